#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What programs of several languages see in a directory: the same on the slim image, or the verdict says otherwise. What
# Python's import system reads of a directory is no such thing.
# shellcheck disable=SC2016 # the shells in the containers expand these
. "$(dirname "$0")/lib.sh"
cd "$work"
"$e2e/images/build.sh" listings >/dev/null
source=winnow-e2e/listings
slim=$source-slim
run=("$docker" run --rm --network=none)
kept() { value keep.json "any(e['path'] == '$1' for e in j['entries'])"; }

# All of them at once: the same output, and a pass.
all="${run[*]} \$WINNOW_IMAGE"
gives 0 "$winnow" record --image "$source" -o profile.json -- env WINNOW_IMAGE="$source" sh -c "$all"
cp out source.out
matches_schema profile.json profile
gives 0 "$winnow" plan profile.json --image "$source" -o keep.json
gives 0 "$winnow" emit keep.json --image "docker-daemon:$slim"
gives 0 "$winnow" verify "$slim" --keep keep.json -- sh -c "$all"
says "verify: pass"
gives 0 "${run[@]}" "$slim"
diff source.out out || flunk "the programs see something else on the slim image"
[ "$(grep -c '^== ' out)" = 23 ] || flunk "not all programs ran: $(cat out)"
# Of what Python only searched, no name is kept for its own sake.
library=$("${run[@]}" "$source" python3 -c 'import os; print(os.path.dirname(os.__file__))')
[ "$(kept "$library/os.py")" = True ] || flunk "a module that was loaded is gone"
for unused in turtle.py email/mime/audio.py; do
  [ "$(kept "$library/$unused")" = False ] || flunk "$unused is kept"
done
# Directories that a search alone was seen in: three looks at one are no proof, and its names are kept even so. The program
# in module-looks looks three times where Python has searched already.
searched="sorted(a['path'] for a in j['accesses'] if 'search' in a['kinds'] and not 'list' in a['kinds'] and a['path'].startswith"
[ "$(value profile.json "'$library/encodings' in $searched('$library'))")" = True ] || flunk "no search in $library/encodings"
[ "$(value profile.json "$searched('/srv/'))")" = "['/srv/looks', '/srv/programs']" ] ||
  flunk "a program's own listing is taken for a search: $(value profile.json "$searched('/srv/'))")"

# Names that would cost too much are gone, the smallest last; the verdict begins with that, unless it is accepted.
gives 0 "$winnow" record --image "$source" -o profile.json -- "${run[@]}" "$source" ls /srv/large
gives 0 "$winnow" plan profile.json --image "$source" -o keep.json
gives 0 "$winnow" emit keep.json --image "docker-daemon:$slim"
list="${run[*]} \$WINNOW_IMAGE ls /srv/large"
gives 1 "$winnow" verify "$slim" --keep keep.json --report report.md -- sh -c "$list"
says "empty-1"
[ "$(grep -v '^empty' out | head -1)" = "verify: listing: /srv/large was listed by /usr/bin/ls and has 1 fewer name than in the source image (1.1 MB): large" ] || flunk "$(cat out)"
says "--keep '/srv/large/*'"
grep -q '^# Verdict: listing' report.md || flunk "$(cat report.md)"
gives 1 "$winnow" --json verify "$slim" --keep keep.json --source-first -- sh -c "$list"
cp out verdict.json
matches_schema verdict.json verdict
[ "$(value verdict.json '(j["outcome"], j["status"], j["accepts_listings"])')" = "('listing', 0, False)" ] || flunk "$(cat out)"
gives 0 "$winnow" verify "$slim" --keep keep.json --accept-listings -- sh -c "$list"
says "verify: pass"
says "remark: /srv/large was listed"
gives 1 "$winnow" slim "$source" --tag "$slim" -o made -- --network=none -- ls /srv/large
says "verify: listing: /srv/large"
gives 0 "$winnow" slim "$source" --tag "$slim" -o made --accept-listings -- --network=none -- ls /srv/large

# What was recorded and dropped is named though this run finds it by reading names alone; Python's modules, too.
use="for file in /srv/dropped/*; do cat \$file; done; python3 /srv/modules/main.py"
gives 0 "$winnow" record --image "$source" -o profile.json -- "${run[@]}" "$source" sh -c "$use"
gives 0 "$winnow" plan profile.json --image "$source" -o keep.json --drop /srv/dropped/two --drop /srv/modules/optional.py
matches_schema keep.json keep
gives 0 "$winnow" emit keep.json --image "docker-daemon:$slim"
gives 1 "$winnow" --json verify "$slim" --keep keep.json -- "${run[@]}" "$slim" sh -c "$use"
tail -1 out >verdict.json
matches_schema verdict.json verdict
[ "$(value verdict.json '[(m["path"], m["need"], m["glob"]) for m in j["missing"]]')" = "[('/srv/dropped/two', 'listed', '/srv/dropped/two'), ('/srv/modules/optional.py', 'listed', '/srv/modules/optional.py')]" ] || flunk "$(cat out)"
"$docker" image rm -f "$slim" "$slim-unproven" >/dev/null
echo "23 programs see on the slim image what they saw on the source image"
