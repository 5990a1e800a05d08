#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# record.sh [RUNS]: makes the profiles beside it anew: real runs of three test images, each another use as chance has it.
# From the environment: WINNOW, the program; DOCKER_HOST, an engine that has the images (tests/e2e/images/build.sh NAME).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
runs=${1:-24}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for image in nginx python batch; do
  mkdir "$work/$image"
  for ((run = 1; run <= runs; run++)); do
    "$WINNOW" record --image "winnow-e2e/$image" --no-syscalls -o "$work/$image/$run.json" -- "$here/use.sh" "$image" "$run"
  done
  "$WINNOW" merge "$work/$image" -o "$work/$image.json"
  # Names of programs and of what was not there make most of a profile's size and are not looked at here.
  python3 - "$work/$image.json" "$here/$image.json" <<'PY'
import json, sys
profile = json.load(open(sys.argv[1]))
for access in profile["accesses"]:
    access["by"] = ""
    access.pop("argv0", None)
    access.pop("also_by", None)
for run in profile["runs"]:
    run["command"][0] = "./use.sh"
profile["accesses"] = [one for one in profile["accesses"] if one["kinds"] != ["miss"] and not one.get("other_mount")]
profile["counts"] = {"accesses": len(profile["accesses"]), "misses": 0}
lines = ",\n".join(json.dumps(one) for one in profile.pop("accesses"))
json.dump(profile, out := open(sys.argv[2], "w"))
out.seek(out.tell() - 1)
out.write(',\n"accesses": [\n' + lines + "\n]}\n")
PY
done
