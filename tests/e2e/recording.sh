#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Recording real containers: one that lives for moments, one that already runs, and what the runtime does is not the workload's.
. "$(dirname "$0")/lib.sh"
cd "$work"
cp /bin/busybox . 2>/dev/null || cp /usr/bin/busybox . || { echo "SKIP: busybox-static is not installed"; exit 77; }
mkdir -p context
cp busybox context/
cat >context/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
COPY busybox /usr/share/data
COPY busybox /usr/share/untouched
CMD ["/bin/sh", "-c", "read line </usr/share/data; exit 0"]
DOCKERFILE
image=winnow-e2e/short
other=winnow-e2e/other
DOCKER_BUILDKIT=0 "$docker" build -q -t "$image" context >/dev/null
printf 'FROM winnow-e2e/short\nLABEL other=yes\n' | DOCKER_BUILDKIT=0 "$docker" build -q -t "$other" - >/dev/null
paths='sorted({a.get("resolved") or a["path"] for a in j["accesses"] if a["kinds"] != ["miss"]})'

# From its first instruction, though it is gone before any API could tell of it; another image's container is not recorded.
cat >both.sh <<SCRIPT
"$docker" run --rm --network=none $image
"$docker" run --rm --network=none $other
SCRIPT
gives 0 "$winnow" record --image "$image" -o short.json -- sh both.sh
[ "$(value short.json 'len(j["runs"])')" = 1 ] || flunk "$(value short.json 'j["runs"]')"
[ "$(value short.json 'j["runs"][0]["start"]')" = from-start ] || flunk "it was not recorded from its start"
for path in /bin/sh /usr/share/data; do
  [ "$(value short.json "'$path' in $paths")" = True ] || flunk "$path is missing from $(value short.json "$paths")"
done
[ "$(value short.json "'/usr/share/untouched' in $paths")" = False ] || flunk "an untouched file was recorded"
# The runtime works in the same cgroup before it enters the container's root: none of its host files may appear.
[ "$(value short.json "any('docker' in p or 'runc' in p for p in $paths)")" = False ] || flunk "the runtime's files: $(value short.json "$paths")"

# A name may come to mean another image while it is recorded: that one's containers are not the recorded image's.
renamed=winnow-e2e/renamed
"$docker" tag "$image" "$renamed"
cat >renamed.sh <<SCRIPT
"$docker" run --rm --network=none $renamed
printf 'FROM winnow-e2e/short\nCMD ["/bin/sh", "-c", "read x </usr/share/untouched; exit 0"]\n' | DOCKER_BUILDKIT=0 "$docker" build -q -t $renamed - >/dev/null
"$docker" run --rm --network=none $renamed
SCRIPT
gives 0 "$winnow" record --image "$renamed" -o renamed.json -- sh renamed.sh
[ "$(value renamed.json 'len(j["runs"])')" = 1 ] || flunk "$(value renamed.json 'j["runs"]')"
[ "$(value renamed.json "'/usr/share/data' in $paths, '/usr/share/untouched' in $paths")" = "(True, False)" ] || flunk "$(value renamed.json "$paths")"
"$docker" image rm -f "$renamed" >/dev/null

# One that already runs: what it holds open is found, what it does from now on too, and Ctrl-C saves.
id=$("$docker" run -d --network=none --entrypoint /bin/sh "$image" -c 'exec 3</usr/share/data; while :; do read x </bin/busybox; /bin/busybox sleep 0.1; done')
"$winnow" record --container "$id" -o late.json 2>late.err &
recorder=$!
sleep 2
kill -INT "$recorder"
status=0
wait "$recorder" || status=$?
"$docker" rm -f "$id" >/dev/null
[ "$status" = 130 ] || flunk "Ctrl-C gave $status: $(cat late.err)"
[ "$(value late.json 'j["runs"][0]["start"]')" = late ] || flunk "it was attached late"
for path in /bin/sh /usr/share/data /bin/busybox; do
  [ "$(value late.json "'$path' in $paths")" = True ] || flunk "$path is missing from $(value late.json "$paths")"
done

# What came in from outside is told apart from the workload, a health check from a shell; and a shell can be left out.
{ cat context/Dockerfile; printf 'COPY busybox /usr/share/probed\nHEALTHCHECK --interval=1s CMD read x </usr/share/probed\n'; } >context/Dockerfile.health
watched=winnow-e2e/watched
DOCKER_BUILDKIT=0 "$docker" build -q -t "$watched" -f context/Dockerfile.health context >/dev/null
cat >enter.sh <<SCRIPT
id=\$("$docker" run -d --network=none $watched /bin/sh -c 'read x </usr/share/data; while :; do /bin/busybox sleep 0.2; done')
sleep 2.5
"$docker" exec "\$id" /bin/sh -c 'read x </usr/share/untouched'
"$docker" rm -f "\$id" >/dev/null
SCRIPT
from='{a["path"]: a.get("from", ["workload"]) for a in j["accesses"] if "open" in a["kinds"]}'
gives 0 "$winnow" record --image "$watched" -o entered.json -- sh enter.sh
[ "$(value entered.json "${from}['/usr/share/data']")" = "['workload']" ] || flunk "$(value entered.json "$from")"
[ "$(value entered.json "${from}['/usr/share/probed']")" = "['healthcheck']" ] || flunk "$(value entered.json "$from")"
[ "$(value entered.json "${from}['/usr/share/untouched']")" = "['exec']" ] || flunk "$(value entered.json "$from")"
gives 0 "$winnow" record --image "$watched" --ignore-exec -o ignored.json -- sh enter.sh
[ "$(value ignored.json "'/usr/share/untouched' in ${from}")" = False ] || flunk "the shell was not left out"
[ "$(value ignored.json "'/usr/share/probed' in ${from}")" = True ] || flunk "the health check was left out"

# Killed and resumed, it has what was done meanwhile, by containers that were born and gone meanwhile too.
session=winnow-e2e-$$
"$winnow" record --image "$image" --session "$session" -o resumed.json 2>session.err &
recorder=$!
# The name of the backend is the last of a session's pins.
for ((i = 0; i < 600; i++)); do
  compgen -G "/sys/fs/bpf/winnow-$session/backend-*" >/dev/null && break
  sleep 0.1
done
sleep 2
"$docker" run --rm --network=none "$image"
kill -KILL "$recorder"
wait "$recorder" || true
"$docker" run --rm --network=none "$image" /bin/sh -c 'read x </usr/share/untouched; exit 0'
gives 0 "$winnow" record --resume "$session" --duration 2 -o resumed.json
[ "$(value resumed.json 'len(j["runs"])')" = 2 ] || flunk "$(value resumed.json 'j["runs"]')"
[ "$(value resumed.json "'/usr/share/untouched' in $paths")" = True ] || flunk "what was done while nobody recorded is missing"
gives 0 "$winnow" record --cleanup "$session"
says "there was no session"

# A failing command is reported, and the profile is written all the same.
gives 4 "$winnow" record --image "$image" -o four.json -- sh -c "$docker run --rm --network=none $image; exit 9"
[ "$(value four.json 'j["runs"][0]["command_status"]')" = 9 ] || flunk "the command's status is not in the profile"
# All in one go, for a container whose own end is the test.
gives 0 "$winnow" slim "$image" -o slimmed -- --network=none
says "verify: pass"

# A socket that is made at run time, on a mount of its own, and reached by way of a link of the image: the link is kept.
mkdir -p reached/tree/opt/app reached/tree/run
cat >reached/client.c <<'CLIENT'
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
int main(void)
{
    struct sockaddr_un made = {AF_UNIX, "/run/sock/x"}, asked = {AF_UNIX, "/opt/app/live/x"};
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    int failed = bind(server, (struct sockaddr *)&made, sizeof made) || listen(server, 1) ||
                 connect(client, (struct sockaddr *)&asked, sizeof asked);
    return puts(failed ? "unreachable" : "reached") < 0 || failed;
}
CLIENT
if gcc -static -O1 -o reached/tree/client reached/client.c 2>/dev/null; then
  ln -s ../../run/sock reached/tree/opt/app/live
  printf 'FROM scratch\nCOPY tree/ /\nCMD ["/client"]\n' >reached/Dockerfile
  DOCKER_BUILDKIT=0 "$docker" build -q -t winnow-e2e/reached reached >/dev/null
  gives 0 "$winnow" slim winnow-e2e/reached -o reached-out -- --network=none --tmpfs /run/sock
  says "verify: pass"
  [ "$(value reached-out/keep.json 'any(e["path"] == "/opt/app/live" for e in j["entries"])')" = True ] || flunk "the link was cut"
  "$docker" image rm -f winnow-e2e/reached winnow-e2e/reached-slim >/dev/null
fi

# Interrupted, it saves what it has seen, and the container that it started is gone.
long=winnow-e2e/long
printf 'FROM winnow-e2e/short\nCMD ["/bin/busybox", "sleep", "100"]\n' | DOCKER_BUILDKIT=0 "$docker" build -q -t "$long" - >/dev/null
"$winnow" slim "$long" --test 'sleep 50' -o interrupted -- --network=none 2>slim.err &
slimming=$!
for ((i = 0; i < 100; i++)); do
  [ -z "$("$docker" ps -q --filter "ancestor=$long")" ] || break
  sleep 0.1
done
[ "$i" -lt 100 ] || flunk "slim started no container: $(cat slim.err)"
sleep 0.5
kill -INT "$slimming"
status=0
wait "$slimming" || status=$?
[ "$status" = 130 ] || flunk "an interrupted slim gave $status: $(cat slim.err)"
[ "$(value interrupted/profile.json "'/bin/busybox' in $paths")" = True ] || flunk "nothing was saved"
[ -z "$("$docker" ps -aq --filter "ancestor=$long")" ] || flunk "a container was left behind"
"$docker" image rm -f "$image" "$other" "$long" "$image-slim" >/dev/null
