#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The least that can be asked of an image: a container of $WINNOW_IMAGE starts with its own command, and after some seconds it
# still runs or has ended with status 0. A stand-in for a real test: what it does not reach is not recorded.
#   WINNOW_IMAGE=app scripts/smoke.sh [SECONDS]
set -euo pipefail
: "${WINNOW_IMAGE:?name the image in WINNOW_IMAGE}"
seconds=${1:-5}
docker=$("$(dirname "$0")/engine.sh" client)
container=$("$docker" run -d --network=host "$WINNOW_IMAGE")
trap '"$docker" rm -f -v "$container" >/dev/null' EXIT

state() { "$docker" inspect -f "{{.State.$1}}" "$container"; }
for ((i = 0; i < seconds * 10; i++)); do
  [ "$(state Running)" = true ] || break
  sleep 0.1
done
[ "$(state Running)" = true ] && exit 0
status=$(state ExitCode)
[ "$status" = 0 ] && exit 0
echo "smoke: the container of $WINNOW_IMAGE ended with status $status:" >&2
"$docker" logs --tail 20 "$container" >&2
exit 1
