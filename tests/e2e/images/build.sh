#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds one of the source images that the end-to-end tests cut down, from Debian packages only: no registry is asked.
#   tests/e2e/images/build.sh NAME [CACHE]      NAME is a directory here that has a Dockerfile
# The engine is the one that DOCKER_HOST names. CACHE (default ~/.cache/winnow) keeps the base system's tarball.
# Prints the image's name, winnow-e2e/NAME.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
cache=${2:-${XDG_CACHE_HOME:-$HOME/.cache}/winnow}
if [ -z "$name" ] || [ ! -e "$here/$name/Dockerfile" ]; then
  names=$(cd "$here" && printf '%s|' */Dockerfile)
  names=${names//\/Dockerfile/}
  echo "usage: tests/e2e/images/build.sh ${names%|} [CACHE]" >&2
  exit 2
fi
docker=$("$here/../../../scripts/engine.sh" client)
# One date for all files that the build makes, so that the same packages give the same base.
export SOURCE_DATE_EPOCH=1735689600

# Runs "$@" quietly; what it printed is shown only if it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" = 0 ] || { echo "build.sh: $1 failed with status $status:" >&2; tail -n 40 "$log" >&2; }
  rm -f "$log"
  return "$status"
}

# One build at a time: several would all make the base.
mkdir -p "$cache"
exec 9>"$cache/build.lock"
flock 9

if ! "$docker" image inspect winnow-e2e/base >/dev/null 2>&1; then
  base=$cache/bookworm-minbase.tar
  if [ ! -e "$base" ]; then
    # As in the images of Debian that people build on: no package waits for the disk.
    quietly mmdebstrap --variant=minbase --dpkgopt=force-unsafe-io bookworm "$base.part.tar"
    mv "$base.part.tar" "$base"
  fi
  quietly "$docker" import "$base" winnow-e2e/base
fi
# Package managers in a build trust whom this machine trusts: an image that asks a registry finds the machine's own
# certificate authorities, if it has any, in ca-certificates/ of its context.
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp -a "$here/$name/." "$context"
mkdir "$context/ca-certificates"
cp /usr/local/share/ca-certificates/*.crt "$context/ca-certificates" 2>/dev/null || true
# The classic builder: BuildKit's front end is not everywhere, and nothing here needs it.
DOCKER_BUILDKIT=0 quietly "$docker" build --force-rm --network=host -t "winnow-e2e/$name" "$context"
echo "winnow-e2e/$name"
