#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures winnow on the real images of tests/e2e/images and writes docs/results.md: for each image and policy the bytes, and
# whether the recorded test (part A) and one that was never recorded (part B) pass on the slim image. Run as root.
#   scripts/results.sh [-o FILE] [IMAGE...]
# Uses the engine that DOCKER_HOST names, or one of its own for as long as it takes. WINNOW names the program; without it
# build/release/winnow is used.
set -euo pipefail
output=
while getopts o: option; do case $option in o) output=$OPTARG ;; *) echo "usage: scripts/results.sh [-o FILE] [IMAGE...]" >&2; exit 2 ;; esac; done
shift $((OPTIND - 1))
cd "$(dirname "$0")/.."
output=${output:-docs/results.md}
winnow=${WINNOW:-$PWD/build/release/winnow}
[ -x "$winnow" ] || { echo "results: no $winnow; build it first, or name one in WINNOW" >&2; exit 2; }
images=("$@")
[ ${#images[@]} -gt 0 ] || images=(nginx python node java ruby postgres redis batch)

engine=
work=$(mktemp -d)
clean_up() {
  rm -rf "$work"
  [ -z "$engine" ] || scripts/engine.sh stop "$engine"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
if [ -z "${DOCKER_HOST:-}" ]; then
  engine=$(mktemp -d /var/tmp/winnow-XXXXXX)
  host=$(scripts/engine.sh start "$engine")
  export "${host?}"
fi
docker=$(scripts/engine.sh client)

now() { date +%s.%N; }

# measure IMAGE: one line of JSON for each policy, in $work/rows.
measure() {
  local name=$1 source test policy slim dir started status
  test=tests/e2e/images/$name/test.sh
  source=$(tests/e2e/images/build.sh "$name")
  dir=$work/$name
  mkdir "$dir"
  started=$(now)
  "$winnow" record --image "$source" -o "$dir/p.json" -- "$test" >"$dir/record.log" 2>&1 || { cat "$dir/record.log" >&2; return 1; }
  for policy in strict families app; do
    slim=$source-slim-$policy
    "$winnow" plan "$dir/p.json" --image "docker-daemon:$source" --policy "$policy" -o "$dir/$policy.json" >"$dir/plan.log" 2>&1 ||
      { cat "$dir/plan.log" >&2; return 1; }
    "$winnow" emit "$dir/$policy.json" --image "docker-daemon:$slim" 2>"$dir/emit.log"
    [ "$policy" != strict ] || echo "$(now) - $started" | bc >"$dir/seconds"
    status=0
    "$winnow" verify "$slim" --keep "$dir/$policy.json" -- "$test" >"$dir/$policy.a" 2>&1 || status=$?
    WINNOW_IMAGE=$slim "tests/e2e/images/$name/test-b.sh" >"$dir/$policy.b" 2>"$dir/$policy.b.log" || true
    # It fails where use is missing, but it has to say of each check how it went.
    grep -qE '^(not )?ok ' "$dir/$policy.b" || { cat "$dir/$policy.b.log" >&2; return 1; }
    echo "$name $policy $status $(cat "$dir/seconds") $("$docker" image inspect -f '{{.Size}}' "$source") \
$("$docker" image inspect -f '{{.Size}}' "$slim") $(grep -c '^ok ' "$dir/$policy.b" || true) $(grep -cE '^(not )?ok ' "$dir/$policy.b" || true) $dir/$policy.json" >>"$work/rows"
    tail -n 1 "$work/rows" >&2
    grep '^not ok' "$dir/$policy.b" >&2 || true
    [ "$status" = 0 ] || cat "$dir/$policy.a" >&2
    "$docker" image rm -f "$slim" >/dev/null
  done
  # All in one go: A three times, B held out, and what B misses put back.
  "$winnow" slim "$source" --self-started --test "$test" --test "$test" --test "$test" --verify-test "tests/e2e/images/$name/test-b.sh" \
    --heal 9 -o "$dir/slim" --tag "$source-slim" >"$dir/slim.log" 2>&1 || cat "$dir/slim.log" >&2
  [ -s "$dir/slim/slim.json" ] || return 1
  echo "$name $dir/slim/slim.json" >>"$work/slims"
  tail -n 4 "$dir/slim.log" >&2
  "$docker" image rm -f "$source-slim" "$source-slim-unproven" &>/dev/null  # one of them is there
}

for name in "${images[@]}"; do measure "$name"; done
python3 -B scripts/results.py "$work/rows" "$work/slims" >"$output"
echo "results: $output"
