#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What each policy saves on one real image: part A is recorded and passes on every slim image; part B, which was not, passes
# under "families", and what it needs there is named beforehand: among the risks of the strict plan, or by explain.
#   tests/e2e/policies.sh IMAGE
. "$(dirname "$0")/lib.sh"
name=$1
part_a=$e2e/images/$name/test.sh part_b=$e2e/images/$name/test-b.sh
source=$("$e2e/images/build.sh" "$name")
cd "$work"

gives 0 "$winnow" record --image "$source" -o p.json -- "$part_a"
gives 0 env WINNOW_IMAGE="$source" "$part_b"
for policy in strict families; do
  gives 0 "$winnow" plan p.json --image "docker-daemon:$source" --policy $policy -o $policy.json
  matches_schema $policy.json keep
  gives 0 "$winnow" emit $policy.json --image "docker-daemon:$source-$policy"
  gives 0 "$winnow" verify "$source-$policy" --keep $policy.json -- "$part_a"
done
says "verify: pass"
gives 0 env WINNOW_IMAGE="$source-families" "$part_b"
# The control: without its families part B has something to miss.
gives 1 env WINNOW_IMAGE="$source-strict" "$part_b"

# Each family that was kept is a risk of the strict plan, and none of the other.
python3 - strict.json families.json <<'PY' || flunk "risks and families do not match"
import json, sys
strict, families = (json.load(open(name)) for name in sys.argv[1:])
kept = {entry["path"] for entry in strict["entries"]}
more = [e for e in families["entries"] if e["path"] not in kept and not e["reasons"]]
groups = lambda entry: {tuple(families["groups"][i]["detail"].split(": ", 1)) for i in entry["groups"]}
told = {(risk["family"], risk["glob"]) for risk in strict["risks"]}
assert more and told
for entry in more:
    assert groups(entry) <= told, entry
    assert not groups(entry) & {(risk["family"], risk["glob"]) for risk in families["risks"]}, entry
PY

# A file that only "families" keeps is explained under both.
path=$(value families.json 'next(e["path"] for e in j["entries"] if e["type"] == "file" and not e["reasons"])')
gives 0 "$winnow" explain families.json "$path"
says "family: "
says "accessed: "
gives 1 "$winnow" explain strict.json "$path"
says "is not kept"
says "at risk: "
gives 0 "$winnow" --json explain families.json "$path"
says '"rule":"family"'
gives 1 "$winnow" --json explain strict.json "$path"
says '"kept":false,"in_image":true'
says '"family":'

# What the project says beside its Dockerfile is obeyed, and what is wrong with it is told.
echo '{"schema": "winnow.settings/1", "policy": "families", "drop": ["'"$path"'"]}' >.winnow.json
gives 0 "$winnow" plan p.json --image "docker-daemon:$source" -o settings.json
says "with the settings of .winnow.json"
[ "$(value settings.json 'j["plan"]["policy"]')" = families ] || flunk "the policy of .winnow.json is not taken"
gives 1 "$winnow" explain settings.json "$path"
says "dropped by --drop"
gives 1 "$winnow" --json explain settings.json "$path"
says '"dropped_by":"'
echo '{"polcy": "families"}' >.winnow.json
gives 3 "$winnow" plan p.json --image "docker-daemon:$source" -o settings.json
says '"polcy" is none of'

"$docker" image rm -f "$source-strict" "$source-families" >/dev/null
echo "$name: families keep $(value families.json 'j["summary"]["bytes"]["kept"]') bytes, strict $(value strict.json 'j["summary"]["bytes"]["kept"]')"
