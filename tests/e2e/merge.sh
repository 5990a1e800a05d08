#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Real recordings through merge and coverage: what is one run, what differs between runs, what is refused, exit codes.
. "$(dirname "$0")/lib.sh"
cd "$work"
cp /bin/busybox . 2>/dev/null || cp /usr/bin/busybox . || { echo "SKIP: busybox-static is not installed"; exit 77; }
mkdir data
for name in common first second third; do echo "$name" >"data/$name"; done
printf 'FROM scratch\nCOPY busybox /bin/sh\nCOPY data /data\n' >Dockerfile
image='winnow-e2e/merged'
other='winnow-e2e/merged-other'
DOCKER_BUILDKIT=0 "$docker" build -q -t "$image" . >/dev/null
printf 'FROM %s\nLABEL other=yes\n' "$image" | DOCKER_BUILDKIT=0 "$docker" build -q -t "$other" - >/dev/null

# use.sh FILE...: a container for the file that every run reads, and one for each of the others.
cat >use.sh <<SCRIPT
set -e
for name in common "\$@"; do "$docker" run --rm --network=none "\$WINNOW_IMAGE" /bin/sh -c "read line </data/\$name"; done
SCRIPT
mkdir runs
for name in first second third; do
  gives 0 "$winnow" record --image "$image" -o "runs/$name.json" -- sh use.sh "$name"
done

gives 0 "$winnow" merge runs -o merged.json
says "6 runs, complete"
matches_schema merged.json profile
gives 0 "$winnow" merge runs/third.json runs/first.json runs/second.json merged.json -o again.json
cmp merged.json again.json || flunk "another order, and a part twice, gives another file"
of='sorted(a["runs"] for a in j["accesses"] if a["path"] == "/data/%s" and a["kinds"] != ["miss"])'
# shellcheck disable=SC2059
[ "$(value merged.json "$(printf "$of" common)")" = '[[0, 2, 4]]' ] || flunk "each run's first container read it"
# shellcheck disable=SC2059
[ "$(value merged.json "$(printf "$of" second)")" = '[[3]]' ] || flunk "the second run's second container read it"

# The two containers of one recording are one run: each of the three has one file for itself.
gives 0 "$winnow" --json coverage merged.json --image "$image"
cp "$work/out" coverage.json
[ "$(value coverage.json '(j["runs"], j["observed"], j["once"])')" = '(3, 5, 3)' ] || flunk "$(cat coverage.json)"
gives 0 "$winnow" coverage runs --image "$image"
says "Another run like these is expected to touch about"
gives 1 "$winnow" coverage runs --at-least 99
says "record more runs"
gives 0 "$winnow" coverage runs --at-least 0
gives 1 "$winnow" coverage runs/first.json --at-least 1
gives 3 "$winnow" coverage runs --image "$other"
says "name the image that was recorded"

# Profiles of two images.
gives 0 "$winnow" record --image "$other" -o other.json -- sh use.sh first
gives 3 "$winnow" merge runs other.json -o refused.json
says "other.json is of sha256:"
[ ! -e refused.json ] || flunk "it was written all the same"
gives 0 "$winnow" merge runs other.json --by-image -o by-image
[ "$(find by-image -name '*.json' | wc -l)" = 2 ] || flunk "$(ls by-image)"
cmp merged.json "by-image/$(value merged.json 'j["image"]["id"][7:19]').json" || flunk "not the same as merged alone"
gives 0 "$winnow" merge runs other.json --any-image -o any.json
[ "$(value any.json '(len(j["runs"]), j["image"]["id"])')" = "(8, '')" ] || flunk "$(value any.json 'j["image"]')"

# Words that are wrong.
gives 2 "$winnow" merge runs
gives 2 "$winnow" merge - -o x.json
gives 2 "$winnow" merge runs --by-image --any-image -o x
gives 2 "$winnow" mrege runs -o x.json
says "did you mean merge"
gives 3 "$winnow" merge runs missing.json -o x.json
says "missing.json"
mkdir empty
gives 3 "$winnow" merge empty -o x.json
says "no *.json"
gives 3 "$winnow" merge runs busybox -o x.json
says "busybox: not a profile: line 1: expected an object"
gives 2 "$winnow" record --image "$image" --settle soon -o x.json
[ ! -e x.json ] || flunk "something was written"

# What a pause proves.
id=$("$docker" run -d --network=none "$image" /bin/sh -c 'read line </data/common; while :; do read -t 1 line </dev/zero; sleep 1; done')
gives 0 "$winnow" record --container "$id" --settle 2 -o settled.json
"$docker" rm -f "$id" >/dev/null
says "nothing new for 2."
