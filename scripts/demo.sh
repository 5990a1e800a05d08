#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows the whole way from a source image to a slim one that passes the same test, each command as it is run. Run as root.
#   scripts/demo.sh                  a web server image, built here from Debian packages
#   scripts/demo.sh IMAGE [TEST]     an image of your engine, and a command that starts $WINNOW_IMAGE and exercises it
#                                    (without TEST: scripts/smoke.sh, which only starts it)
# Uses the engine that runs; where there is none, one of its own for as long as the demo takes. What it writes stays in
# winnow-demo/, and the slim image in the engine.
set -euo pipefail
case $# in 0 | 1 | 2) ;; *) echo "usage: scripts/demo.sh [IMAGE [TEST]]" >&2; exit 2 ;; esac
case "${1:-}" in -*) echo "usage: scripts/demo.sh [IMAGE [TEST]]" >&2; exit 2 ;; esac
out=$PWD/winnow-demo
cd "$(dirname "$0")/.."

engine=
clean_up() { [ -z "$engine" ] || scripts/engine.sh stop "$engine"; }
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
  [ $# = 0 ] || { echo "demo: no engine answers, so it cannot have an image $1" >&2; exit 3; }
  engine=$(mktemp -d /var/tmp/winnow-XXXXXX)
  host=$(scripts/engine.sh start "$engine")
  export "${host?}"
fi
echo "building winnow (build/release)"
cmake --preset release >/dev/null
cmake --build --preset release --target winnow | tail -n 1
winnow=build/release/winnow

image=${1:-}
workload=${2:-scripts/smoke.sh}
if [ -z "$image" ]; then
  echo "building the demonstration image: nginx, and what such images carry along"
  image=$(tests/e2e/images/build.sh nginx)
  workload=tests/e2e/images/nginx/test.sh
fi
case "${image##*/}" in *@*) slim=${image%@*}-slim ;; *:*) slim=${image%:*}-slim:${image##*:} ;; *) slim=$image-slim ;; esac
mkdir -p "$out"

show "$winnow" record --image "$image" -o "$out/profile.json" -- "$workload"
show "$winnow" plan "$out/profile.json" --image "docker-daemon:$image" -o "$out/keep.json"
show "$winnow" emit "$out/keep.json" --image "docker-daemon:$slim" --removed "$out/removed.json" --report "$out/report.md"
show "$winnow" verify "$slim" --keep "$out/keep.json" -- "$workload"

size() { "$docker" image inspect -f '{{.Size}}' "$1"; }
before=$(size "$image")
after=$(size "$slim")
printf '\n%-32s %6d MB\n%-32s %6d MB   %d.%d %% of it, and the same test passes\n' "$image" $((before / 1000000)) "$slim" \
  $((after / 1000000)) $((after * 100 / before)) $((after * 1000 / before % 10))
echo "where the bytes went: $out/report.md"
