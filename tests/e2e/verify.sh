#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A file that a program does without in silence is named by verify and by its guard; with it there both are content.
. "$(dirname "$0")/lib.sh"
cd "$work"
cp /bin/busybox . 2>/dev/null || cp /usr/bin/busybox . || { echo "SKIP: busybox-static is not installed"; exit 77; }
prefix=winnow-e2e/verify
source=$prefix-fat
build() { DOCKER_BUILDKIT=0 "$docker" build -q -t "$@" >/dev/null; }
run=("$docker" run --rm --network=none)

# app: reads its settings or goes on without; app c ends as the settings say; names in /opt/plugins are only counted.
mkdir context
cp busybox context/
cat >context/app <<'APP'
#!/bin/sh
cat /opt/settings 2>/dev/null || true
cat /opt/never-there 2>/dev/null || true
case ${1:-} in
list) ls /opt/plugins ;;
exit) exit "$2" ;;
strict) cat /opt/settings ;;
esac
exit 0
APP
cat >context/probe.c <<'PROBE'
#include <stdio.h>
int main(void)
{
    char line[80];
    FILE *settings = fopen("/opt/settings", "r"); /* defaults when it is not there */
    printf("%s", settings && fgets(line, sizeof line, settings) ? line : "defaults\n");
    return 0;
}
PROBE
gcc -static -O1 -o context/probe context/probe.c 2>/dev/null || { echo "SKIP: no C compiler with a static library"; exit 77; }
cat >context/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
COPY busybox /bin/cat
COPY busybox /bin/ls
COPY busybox /bin/sleep
COPY app probe /bin/
COPY app /opt/settings
COPY app /opt/plugins/a
COPY busybox /opt/plugins/b
CMD ["/bin/app"]
DOCKERFILE
chmod 755 context/app
build "$source" context

# The recorded run uses all but the listing; two specs, one without the settings.
cat >use.sh <<SCRIPT
set -e
${run[*]} "\${WINNOW_IMAGE:-$source}" /bin/app
${run[*]} "\${WINNOW_IMAGE:-$source}" /bin/probe
SCRIPT
gives 0 "$winnow" record --image "$source" -o profile.json -- sh use.sh
for cut in kept cut; do
  drop=()
  [ $cut = kept ] || drop=(--drop /opt/settings)
  gives 0 "$winnow" plan profile.json --image "$source" --keep /bin/ls --keep /bin/sleep --keep /opt/plugins/a "${drop[@]}" -o $cut.json
  gives 0 "$winnow" emit $cut.json --image "docker-daemon:$prefix-$cut"
done

# Kept: it passes, and a lookup that fails on the source image too is nothing.
gives 0 "$winnow" --json verify "$prefix-kept" --keep kept.json -- sh use.sh
cp out verdict.json
matches_schema verdict.json verdict
[ "$(value verdict.json '(j["outcome"], j["missing"], j["shrunk"], j["mismatches"]["count"], j["status"])')" = "('pass', [], [], 0, 0)" ] || flunk "$(cat out)"
[ "$(value verdict.json 'j["image"]["bytes"] < j["source"]["bytes"]')" = True ] || flunk "$(cat out)"
# Cut: the script swallows the error, the program goes on with defaults, the status is the same; the file is named.
gives 1 "$winnow" --json verify "$prefix-cut" --keep cut.json --report report.md -- sh use.sh
cp out verdict.json
matches_schema verdict.json verdict
[ "$(value verdict.json '(j["outcome"], [m["path"] for m in j["missing"]], j["status"])')" = "('missing', ['/opt/settings'], 0)" ] || flunk "$(cat out)"
[ "$(value verdict.json '(lambda m: (m["containers"], m["cause"], m["glob"], sorted([m["by"]] + m["also_by"])))(j["missing"][0])')" = "(2, 'drop', '/opt/settings', ['/bin/probe', '/bin/sh'])" ] || flunk "$(cat out)"
grep -qF '| /opt/settings |' report.md || flunk "$(cat report.md)"

# The test itself fails: on the source image, which is run first, so nobody blames the cut.
gives 1 "$winnow" verify "$prefix-kept" --keep kept.json --source-first -- sh -c "${run[*]} \$WINNOW_IMAGE /bin/app exit 9"
says "the test fails on the source image itself (status 9)"
gives 0 "$winnow" --json verify "$prefix-kept" --keep kept.json --source-first -- sh use.sh
cp out verdict.json
[ "$(value verdict.json '(j["outcome"], j["source_status"], j["expected_from"])')" = "('pass', 0, 'as the source image returned just now')" ] || flunk "$(cat out)"
gives 1 "$winnow" verify "$prefix-kept" --keep kept.json --source-first -- true
says "no container of the source image"
# What a mount hides on the source image as well is not missed.
mount=(--mount "type=tmpfs,dst=/opt")
gives 1 "$winnow" verify "$prefix-cut" --keep cut.json -- sh -c "${run[*]} ${mount[*]} \$WINNOW_IMAGE /bin/app"
gives 0 "$winnow" verify "$prefix-cut" --keep cut.json --source-first -- sh -c "${run[*]} ${mount[*]} \$WINNOW_IMAGE /bin/app"
says "a mount hides it"

# A status that differs for another reason, no container at all, a command that is not there, a container that cannot start.
gives 1 "$winnow" verify "$prefix-kept" --keep kept.json -- sh -c "${run[*]} \$WINNOW_IMAGE /bin/app exit 4"
says "verify: differs"
says "4; expected 0"
gives 1 "$winnow" verify "$prefix-kept" --keep kept.json -- false
says "verify: inconclusive"
says "no container of the slim image"
gives 3 "$winnow" verify "$prefix-kept" --keep kept.json -- no-such-command-anywhere
says "no-such-command-anywhere"
says "sh -c"
gives 1 "$winnow" --json verify "$prefix-kept" --keep kept.json -- sh -c "$docker run --network=none \$WINNOW_IMAGE /bin/none || true"
cp out verdict.json
matches_schema verdict.json verdict
[ "$(value verdict.json 'j["outcome"], "/bin/none" in j["start_failures"][0]')" = "('differs', True)" ] || flunk "$(cat out)"

# A command that does not end is ended, and what was missed until then is told; one that is in time is not.
gives 1 "$winnow" --json verify "$prefix-cut" --keep cut.json --test-timeout 12 -- sh -c "sh use.sh; sleep 600"
cp out verdict.json
matches_schema verdict.json verdict
[ "$(value verdict.json '(j["outcome"], [m["path"] for m in j["missing"]], j["status"], j["ended_after_ms"])')" = "('missing', ['/opt/settings'], None, 12000)" ] || flunk "$(cat out)"
gives 1 "$winnow" verify "$prefix-kept" --keep kept.json --test-timeout 12 -- sh -c "sh use.sh; sleep 600"
says "verify: differs"
says "it was ended after 12 s"
gives 1 "$winnow" verify "$prefix-kept" --keep kept.json --source-first --test-timeout 3 -- sh -c "sh use.sh; sleep 600"
says "the test fails on the source image itself"
gives 0 "$winnow" verify "$prefix-kept" --keep kept.json --test-timeout 600 -- sh use.sh

# A directory that is only listed: no lookup fails, yet a name is gone. It is no pass, unless that is accepted.
list=(sh -c "${run[*]} \$WINNOW_IMAGE /bin/app list")
gives 1 "$winnow" --json verify "$prefix-kept" --keep kept.json -- "${list[@]}"
cp out verdict.json
matches_schema verdict.json verdict
[ "$(value verdict.json 'j["outcome"], [(s["directory"], s["names"], s["by"]) for s in j["shrunk"]]')" = "('listing', [('/opt/plugins', ['b'], '/bin/sh')])" ] || flunk "$(cat out)"
gives 0 "$winnow" verify "$prefix-kept" --keep kept.json --accept-listings -- "${list[@]}"
says "remark: /opt/plugins was listed by /bin/sh"

# An image that is not made from the spec is noticed; one that has more than it is fine.
gives 1 "$winnow" --json verify "$prefix-cut" --keep kept.json -- true
says '{"path":"/opt/settings","what":"lacks"}'
gives 1 "$winnow" verify "$prefix-cut" --keep kept.json -- sh use.sh
says "missing: /opt/settings "
says "the spec keeps it, but it is missing in the image"
printf 'FROM %s-kept\nCOPY more /opt/more\n' "$prefix" >context/Dockerfile.child
echo more >context/more
build "$prefix-child" -f context/Dockerfile.child context
gives 0 "$winnow" verify "$prefix-child" --keep kept.json -- sh use.sh
printf 'FROM %s-kept\nCOPY more /opt/settings\n' "$prefix" >context/Dockerfile.child
build "$prefix-child" -f context/Dockerfile.child context
gives 1 "$winnow" verify "$prefix-child" --keep kept.json -- sh use.sh
says "has other content in /opt/settings"

# The guard: attached late, it tells of each missing file once, while the container runs.
loop='while :; do /bin/app; /bin/probe; /bin/sleep 0.3; done'
start() { "$docker" run -d --network=none "$@"; }
events='[e["event"] for e in j]'
as_json() { python3 -c 'import json, sys; print(json.dumps([json.loads(line) for line in open(sys.argv[1])]))' "$1" >lines.json; }
each_matches_schema() {
  as_json "$1"
  python3 - lines.json "$e2e/../../docs/guard.schema.json" <<'PY' || flunk "$1 does not match docs/guard.schema.json: $(cat "$1")"
import json, sys, jsonschema
check = jsonschema.Draft202012Validator(json.load(open(sys.argv[2])))
for line in json.load(open(sys.argv[1])): check.validate(line)
PY
}
id=$(start "$prefix-cut" /bin/sh -c "$loop")
gives 1 "$winnow" verify --watch "$id" --keep cut.json --duration 3
says "cannot be seen"
each_matches_schema out
[ "$(value lines.json "$events")" = "['watching', 'missing', 'stopped']" ] || flunk "$(cat out)"
[ "$(value lines.json '(j[1]["path"], j[1]["keep"], j[2]["missing"])')" = "('/opt/settings', '/opt/settings', 1)" ] || flunk "$(cat out)"
# It is told at once, not at the end; Ctrl-C ends it, and the finding is its status.
"$winnow" verify --watch "$id" --keep cut.json >live 2>live.err &
guard=$!
for ((i = 0; i < 100; i++)); do
  ! grep -q '"missing"' live || break
  sleep 0.1
done
grep -qF '/opt/settings' live || flunk "nothing was told while it ran: $(cat live live.err)"
kill -INT "$guard"
status=0
wait "$guard" || status=$?
[ "$status" = 1 ] || flunk "an interrupted guard with a finding gave $status: $(cat live live.err)"
# Nobody reads: it ends by itself, with something to tell or without.
for cut in cut kept; do
  other=$(start "$prefix-$cut" /bin/sh -c "$loop")
  status=0
  timeout 20 "$winnow" verify --watch "$other" --keep $cut.json 2>live.err > >(head -n1 >/dev/null) || status=$?
  [ "$status" = 3 ] || flunk "without a reader it gave $status: $(cat live.err)"
  "$docker" rm -f "$other" >/dev/null
done
"$docker" rm -f "$id" >/dev/null
# With the file there it is silent until the container ends, and through a restart.
id=$(start "$prefix-kept" /bin/sh -c "$loop")
"$winnow" verify --watch "$id" --keep kept.json >live 2>live.err &
guard=$!
for ((i = 0; i < 100; i++)); do
  ! grep -q '"watching"' live || break
  sleep 0.1
done
sleep 0.5
"$docker" restart -t 0 "$id" >/dev/null
for ((i = 0; i < 100; i++)); do
  ! grep -q '"restarted"' live || break
  sleep 0.1
done
sleep 0.5
"$docker" rm -f "$id" >/dev/null
status=0
wait "$guard" || status=$?
each_matches_schema live
[ "$status:$(value lines.json "$events")" = "0:['watching', 'restarted', 'ended']" ] || flunk "$status $(cat live live.err)"
gives 3 "$winnow" verify --watch no-such-container --keep kept.json
says "no container no-such-container"
gives 2 "$winnow" verify --watch x "$source" --keep kept.json
"$docker" ps -aq --filter "ancestor=$prefix-kept" | xargs -r "$docker" rm -f >/dev/null
"$docker" image rm -f "$source" "$prefix-kept" "$prefix-cut" "$prefix-child" >/dev/null
