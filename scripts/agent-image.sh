#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the image of the agent: a system of Debian packages with the program, which winnow cuts to what the agent's own test uses,
# and verifies by the same test. Run as root on Debian or Ubuntu; the engine is the one that DOCKER_HOST names.
#   scripts/agent-image.sh [-o TAR] [-d DIR] [NAME]
# NAME [winnow-agent] is the image in the engine, TAR an archive of it; DIR [build/agent-image] gets report.md and what winnow writes.
# The agent's test, tests/e2e/agent.sh, runs up to the step $UNTIL; the steps behind it ask nothing else of the image.
# WINNOW names the program that cuts, WINNOW_NODE the one that the image holds; without them they are built.
set -euo pipefail
usage() { echo "usage: scripts/agent-image.sh [-o TAR] [-d DIR] [NAME]" >&2; exit 2; }
tar=
out=$(dirname "$0")/../build/agent-image
while getopts o:d: option; do
  case $option in
    o) tar=$(realpath -m "$OPTARG") ;;
    d) out=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || usage
name=${1:-winnow-agent}
until=${UNTIL-one image under three names}
case "${name##*/}" in *:*) source=${name%:*}-source:${name##*:} ;; *) source=$name-source ;; esac
[ "$(id -u)" = 0 ] || { echo "agent-image: run it as root: it records containers" >&2; exit 3; }
winnow=${WINNOW:+$(realpath "$WINNOW")}
node=${WINNOW_NODE:+$(realpath "$WINNOW_NODE")}
out=$(realpath -m "$out")
cd "$(dirname "$0")/.."
docker=$(scripts/engine.sh client)
if [ -z "$winnow" ]; then
  cmake --preset release >/dev/null
  cmake --build --preset release --target winnow | tail -n 1
  winnow=$PWD/build/release/winnow
fi
if [ -z "$node" ]; then
  cmake --preset small >/dev/null
  cmake --build --preset small | tail -n 1
  node=$PWD/build/small/winnow-node
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The packages that own the libraries which the program asks for itself; apt adds what these need.
packages() {
  local soname path
  for soname in $(readelf -d "$node" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
    path=$(ldconfig -p | awk -v name="$soname" '$1 == name { print $NF; exit }')
    # Some are known by their names below /lib, some by those below /usr/lib.
    dpkg-query -S "*/$(basename "$(dirname "$path")")/$soname"
  done | sed 's/:.*//' | sort -u | paste -sd,
}

echo "agent-image: $source: Debian's packages $(packages)"
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
export SOURCE_DATE_EPOCH=1735689600
# Packages of one source bring the same licence, each its own copy: hard links.
mmdebstrap --quiet --variant=minbase --include="$(packages)" \
  --customize-hook="install -D -s '$node' \"\$1/usr/local/bin/winnow\"" \
  --customize-hook="hardlink -q -c \"\$1/usr/share/doc\"" "$suite" "$work/source.tar"
"$docker" import -c 'ENTRYPOINT ["/usr/local/bin/winnow"]' "$work/source.tar" "$source" >/dev/null
rm "$work/source.tar"

# nsswitch.conf: no test has a resolver as each cluster has one; libc brings all but the order in which to ask.
# Not kept are authorities for HTTPS, since the agent trusts its service account's alone, and time zones, since its log is in UTC.
echo "agent-image: $name: cut to what tests/e2e/agent_image/test.sh uses, and tested again"
WINNOW=$winnow "$winnow" slim "$source" --tag "$name" --self-started --test "tests/e2e/agent_image/test.sh '$until'" \
  --keep /etc/nsswitch.conf -o "$out"
[ -z "$tar" ] || "$docker" save -o "$tar" "$name"
"$docker" image inspect -f '{{.Size}}' "$source" "$name" | paste -sd' ' |
  awk -v name="$name" '{ printf "%s: %.1f MB of %.1f MB\n", name, $2 / 1e6, $1 / 1e6 }'
