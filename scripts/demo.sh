#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows the whole way from a fat image to a slim one that passes the same test, each command as it is run. Run as root.
#   scripts/demo.sh                a web server image, built here from Debian packages
#   scripts/demo.sh IMAGE TEST     an image of your engine, and a command that starts $WINNOW_IMAGE and exercises it
# Uses the engine that runs; where there is none, one of its own for as long as the demo takes.
set -euo pipefail
cd "$(dirname "$0")/.."
case $# in 0 | 2) ;; *) echo "usage: scripts/demo.sh [IMAGE TEST]" >&2; exit 2 ;; esac

engine=
work=$(mktemp -d /var/tmp/winnow-demo-XXXXXX)
clean_up() {
  [ -z "$engine" ] || scripts/engine.sh stop "$engine"
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Prints a command as one would type it, then runs it.
show() {
  printf '\n\033[1m$'
  printf ' %q' "$@"
  printf '\033[0m\n'
  "$@"
}

scripts/setup.sh
docker=$(scripts/engine.sh client)
if ! "$docker" version >/dev/null 2>&1; then
  engine=$(mktemp -d /var/tmp/winnow-XXXXXX)
  host=$(scripts/engine.sh start "$engine")
  export "${host?}"
fi
cmake --preset release >/dev/null
cmake --build --preset release --target winnow
winnow=build/release/winnow

image=${1:-}
workload=${2:-tests/e2e/images/nginx/test.sh}
if [ -z "$image" ]; then
  echo "Building the demonstration image: nginx, and what such images carry along."
  image=$(tests/e2e/images/build.sh nginx)
fi
slim=${image%:*}:slim

show env WINNOW_IMAGE="$image" "$winnow" record --image "$image" -o "$work/profile.json" -- "$workload"
show "$winnow" plan "$work/profile.json" --image "docker-daemon:$image" -o "$work/keep.json"
show "$winnow" emit "$work/keep.json" --image "docker-daemon:$slim"
show env WINNOW_IMAGE="$slim" "$winnow" verify "$slim" --keep "$work/keep.json" -- "$workload"

size() { "$docker" image inspect -f '{{.Size}}' "$1"; }
before=$(size "$image")
after=$(size "$slim")
printf '\n%-40s %6d MB\n%-40s %6d MB, %d %% of it, and the same test passes\n' \
  "$image" $((before / 1000000)) "$slim" $((after / 1000000)) $((after * 100 / before))
