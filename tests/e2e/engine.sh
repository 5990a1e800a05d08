#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/engine.sh: two engines side by side know nothing of each other, run containers, and leave nothing behind.
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
"$engine" stop "$two"
"$engine" stop "$two" || flunk "stopping what is gone is an error"
echo "two engines came and went"
