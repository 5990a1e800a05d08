#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/engine.sh: two engines side by side know nothing of each other, run containers, and leave nothing behind. What
# was recorded is saved when the engine ends meanwhile.
set -euo pipefail
engine=$(dirname "$0")/../../scripts/engine.sh
[ "$(id -u)" = 0 ] || { echo "SKIP: dockerd needs root"; exit 77; }
[ -x /usr/sbin/dockerd ] || command -v dockerd >/dev/null || { echo "SKIP: dockerd is not installed"; exit 77; }
docker=$("$engine" client)
one=$(mktemp -d /var/tmp/winnow-e1-XXXXXX)
two=$(mktemp -d /var/tmp/winnow-e2-XXXXXX)
trap '"$engine" stop "$one"; "$engine" stop "$two"' EXIT

flunk() { echo "engine.sh: $*" >&2; exit 1; }

host_one=$("$engine" start "$one")
host_two=$("$engine" start "$two")
[ "$host_one" = "DOCKER_HOST=unix://$one/docker.sock" ] || flunk "start printed $host_one"
if "$engine" start "$one" 2>/dev/null; then flunk "started twice in one directory"; fi

busybox=$(command -v busybox)
tar -C "$(dirname "$busybox")" -c busybox | env "$host_one" "$docker" import - probe >/dev/null
env "$host_one" "$docker" run -d --network=none --stop-signal=KILL --name probe probe /busybox sleep 1000 >/dev/null
[ "$(env "$host_one" "$docker" ps -q | wc -l)" = 1 ] || flunk "the first engine does not run its container"
[ -z "$(env "$host_two" "$docker" ps -aq)" ] || flunk "the second engine sees the first one's container"
[ -z "$(env "$host_two" "$docker" images -q)" ] || flunk "the second engine sees the first one's image"

"$engine" stop "$one"
[ ! -e "$one" ] || flunk "$one is still there"
if grep -q " $one" /proc/self/mountinfo; then flunk "something is still mounted below $one"; fi
if pgrep -f -- "$one/" >/dev/null; then flunk "a process of the first engine still runs"; fi
env "$host_two" "$docker" version >/dev/null || flunk "the second engine ended with the first"
# What was recorded before an engine ends is saved, and that it ended is an error.
if [ -n "${WINNOW:-}" ]; then
  saved=$(mktemp -d)
  trap '"$engine" stop "$one"; "$engine" stop "$two"; rm -rf "$saved"' EXIT
  tar -C "$(dirname "$busybox")" -c busybox | env "$host_two" "$docker" import - probe >/dev/null
  printf '%s\n' "'$docker' run --rm --network=none probe /busybox true" "'$engine' stop '$two'" 'sleep 20' >"$saved/work.sh"
  status=0
  env "$host_two" "$WINNOW" record --image probe -o "$saved/profile.json" -- bash "$saved/work.sh" 2>"$saved/err" || status=$?
  [ "$status" = 3 ] || flunk "record gave $status when its engine ended: $(cat "$saved/err")"
  grep -qF "engine's events" "$saved/err" || flunk "it does not say why: $(cat "$saved/err")"
  grep -qF '"/busybox"' "$saved/profile.json" || flunk "what was seen until then was not saved: $(cat "$saved/err")"
fi
"$engine" stop "$two"
"$engine" stop "$two" || flunk "stopping what is gone is an error"
echo "two engines came and went"
