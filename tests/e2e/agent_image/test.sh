#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is asked of an image of the agent: the agent's own test beside a containerd, and then a store that is a cluster's API.
#   WINNOW=... WINNOW_IMAGE=... tests/e2e/agent_image/test.sh [STEP]     the agent's test up to this step of it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${WINNOW_IMAGE:?it names the image}"
WINNOW_HOST=$(realpath "$WINNOW")
export WINNOW_HOST WINNOW=$here/winnow
"$here/../agent.sh" "$@"

# shellcheck source=../lib.sh
. "$here/../lib.sh"
# shellcheck source=../agent_lib.sh
. "$here/../agent_lib.sh"
cd "$work"
image=winnow-e2e-agent-image:1
server=
clean_up() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  remove_agent -TERM "$image"
  rm -rf "$work"
}
trap clean_up EXIT

echo "== a store that is the API of a cluster, over HTTPS"
mkdir -p root/bin root/data account state
cp "$(command -v busybox)" root/bin/busybox
for name in one never; do echo "$name" >"root/data/$name"; done
tar -C root -c . | "$docker" import - "$image" >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=api -addext subjectAltName=DNS:api.test -days 1 -keyout account/key -out account/ca.crt 2>/dev/null
echo "token-$$" >account/token
echo winnow >account/namespace
"$here/api.py" account "$port" &
server=$!
export ACCOUNT=$work/account KUBERNETES_SERVICE_HOST=api.test KUBERNETES_SERVICE_PORT=$port
objects=kubernetes
start_agent --listen "127.0.0.1:$((port + 1))"
"$docker" run --network=none "$image" /bin/busybox cat /data/one >/dev/null
stored() { "$winnow" fetch "$image" -o p.json >fetch.out 2>&1 && value p.json '[a["path"] for a in j["accesses"] if a["path"].startswith("/data")]' | grep -qF "['/data/one']"; }
until_true 60 stored || flunk "the API has not what was touched: $(cat agent.log fetch.out p.json)"
curl -sf "http://127.0.0.1:$((port + 1))/healthz" >health || flunk "not healthy: $(cat health agent.log)"
stop_agent -TERM
gives 0 "$winnow" agent --compact --idle 0s --store kubernetes
says united
gives 0 "$winnow" fetch --list
says "$image"
echo "no-token" >account/token
gives 3 "$winnow" fetch --list
says 401
