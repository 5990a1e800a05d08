#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs winnow's node agent in a real Kubernetes of one node, which tests/cluster builds from Debian packages and starts.
# Run as root. The first run takes some minutes longer than the others.
#   scripts/test-cluster.sh [--keep] [--newer] [CHECK...]   all checks, or these (tests/cluster/checks.sh names them)
# --newer: winnow's API is served by a newer Kubernetes, and the checks are those of tests/cluster/newer/checks.sh.
# --keep leaves the cluster for a look at it, and the next run with --keep uses it. WINNOW names the program; without it
# build/release/winnow is built. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."

keep='' newer=''
[ "${1:-}" != --keep ] || { keep=1; shift; }
[ "${1:-}" != --newer ] || { newer=1; shift; }
case "${1:-}" in -*) sed -n '5,5s/^# *//p' "$0" >&2; exit 2 ;; esac
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }

# shellcheck source=../tests/cluster/lib.sh
. tests/cluster/lib.sh
# shellcheck source=../tests/cluster/checks.sh
. tests/cluster/checks.sh
# shellcheck source=../tests/cluster/newer/checks.sh
[ -z "$newer" ] || . tests/cluster/newer/checks.sh
[ $# = 0 ] || checks=("$@")

work=$(mktemp -d /var/tmp/winnow-XXXXXX)
clean_up() {
  [ -n "$keep" ] || cluster down
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

winnow=${WINNOW:-}
if [ -z "$winnow" ]; then
  echo "building winnow (build/release)"
  cmake --preset release >/dev/null
  cmake --build --preset release --target winnow -j2 | tail -n 1
  winnow=$PWD/build/release/winnow
fi
winnow=$(realpath "$winnow")
mkdir "$work/bin"
ln -s "$winnow" "$work/bin/kubectl-winnow"
export PATH=$work/bin:$PATH

# The agent's image: winnow, what it is linked with, and the certificates of public authorities.
agent_image() {
  tests/cluster/image.py "$work/agent.tar" localhost/winnow:test '["/usr/bin/winnow"]' "!$winnow=/usr/bin/winnow" \
    /etc/ssl/certs/ca-certificates.crt=/etc/ssl/certs/ca-certificates.crt
  cluster import "$work/agent.tar"
}

# A check runs by itself, with errexit; a condition around it would switch that off.
passed=0 failed=0
run_check() {
  local began=$SECONDS status
  set +e
  (set -e; "$1") >"$work/output" 2>&1
  status=$?
  set -e
  if [ $status = 0 ]; then
    passed=$((passed + 1))
    echo "ok $1 ($((SECONDS - began)) s)"
    cat "$work/output"
  else
    failed=$((failed + 1))
    echo "not ok $1 ($((SECONDS - began)) s)"
    sed 's/^/  /' "$work/output"
    echo "  the end of the agent's log:"
    # Containers of other engines of this machine are not of interest.
    agent_log 2>&1 | grep -v '(unknown)' | tail -n 15 | sed 's/^/    /' || true
  fi
}

if [ -z "$keep" ] || ! cluster pid holder >/dev/null 2>&1; then cluster up; fi
agent_image
app_data
app_image early 1 2 static hidden silent loud large killed rolled outage refused
kubectl create namespace shop --dry-run=client -o yaml | kubectl apply -f - >/dev/null
eventually 30 kubectl get serviceaccount -n shop default
[ -z "$newer" ] || begin_newer
echo "the cluster and the images are ready, after $SECONDS s"
for check in "${checks[@]}"; do run_check "$check"; done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
