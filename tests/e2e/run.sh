#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Without an engine: an image runs as it does with one, is recorded as it is with one, and nothing is left of it, whatever
# happens. The engine is only there to compare with.
. "$(dirname "$0")/lib.sh"
command -v runc >/dev/null || PATH=$PATH:/usr/sbin
command -v runc >/dev/null || { echo "SKIP: needs runc"; exit 77; }
cd "$work"
shopt -s nullglob
export XDG_CACHE_HOME=$work/cache WINNOW_STATE=$work/state
name=winnow-run:$RANDOM
others=
clean_up() {
  local mounted
  for mounted in "$work/over" "$work"; do
    [ -z "$others" ] || WINNOW_STATE=$mounted/state "$winnow" run docker-archive:app.tar -o /dev/null -- true >/dev/null 2>&1 || true
  done
  umount "$work/over" 2>/dev/null || true
  "$docker" image rm -f "$name" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT
cgroups() { find /sys/fs/cgroup -maxdepth 2 -type d -name "winnow-[0-9a-f][0-9a-f]*"; }
before=$(cgroups)
nothing_left() {
  local left=(state/trials/*/ over/state/trials/*/)
  [ ${#left[@]} = 0 ] || flunk "left behind: ${left[*]}"
  [ "$(cgroups)" = "$before" ] || flunk "cgroups are left: $(cgroups)"
  ! grep -F "$work/state" /proc/self/mountinfo || flunk "mounts are left"
}

# An image with what is easily lost: a user by name with groups, a volume with content, a setuid program, a capability.
mkdir -p root/bin root/etc root/data/sub root/unused
cp "$(command -v busybox)" root/bin/busybox
for applet in sh id ls cat cut sleep sort stat true; do ln -s busybox "root/bin/$applet"; done
printf 'root:x:0:0::/:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n' >root/etc/passwd
printf 'root:x:0:\napp:x:1001:\nmore:x:44:app\n' >root/etc/group
echo old >root/etc/mtab
ln -s /run/resolv.conf root/etc/resolv.conf
cat >who.c <<'C'
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  printf("%d %d ", (int)getuid(), (int)geteuid());
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, "CapEff", 6) == 0) fputs(line, stdout);
  return 0;
}
C
cc -O1 -static -o root/bin/suid who.c
cp root/bin/suid root/bin/capable
echo 'content of the volume' >root/data/first
head -c 100000 /dev/urandom >root/unused/large
cat >root/job <<'SH'
id
pwd
echo "$A $HOME $PATH"
ls -ln /data /data/sub
cat /data/first
echo new >/data/new && cat /data/new
suid
capable
test -e /nowhere || echo not there
exit "$1"
SH
chown -R 1000:1001 root/data
chmod 2750 root/data
chmod 4755 root/bin/suid
python3 -c 'import os; os.setxattr("root/bin/capable", "security.capability", b"\1\0\0\2" + b"\0\4\0\0" + bytes(12))'
tar -C root --xattrs --xattrs-include='*' --numeric-owner -cf app-root.tar .
mkdir context && mv app-root.tar context
cat >context/Dockerfile <<'DOCKER'
FROM scratch
ADD app-root.tar /
ENV PATH=/bin A=image
USER app
WORKDIR /made/here
VOLUME /data
ENTRYPOINT ["sh", "/job"]
CMD ["3"]
DOCKER
DOCKER_BUILDKIT=0 "$docker" build -q --network=none -t "$name" context >/dev/null
"$docker" save -o app.tar "$name"
others=1

# The same files where docker puts its own over the image's: whatever kind, mode, owner, and link target.
cat >look.sh <<'SH'
cd /
for at in / /etc /dev /dev/shm /dev/pts /proc /sys; do
  for f in "$at"/* "$at"/.[!.]*; do
    case $at:$f in /proc:*|/sys:*|*/job|*/'*'|*/'.[!.]*') ;; *) stat -c '%n %F %a %u:%g %N' "$f" ;; esac
  done
  stat -c '%n %F %a %u:%g' "$at"
done | sort -u
SH
"$docker" run --rm -i --network=host --user 0 --entrypoint sh "$name" <look.sh >engine.files
gives 0 "$winnow" run docker-archive:app.tar -o /dev/null --user 0 --entrypoint sh <look.sh
grep '^/' out >run.files
diff engine.files run.files || flunk "not the files that docker makes"
grep -q "^//*etc/mtab symbolic link .*'/proc/mounts'" run.files || flunk "no /etc/mtab: $(cat run.files)"

# The same output, status and recorded set as with the engine.
gives 4 "$winnow" run docker-archive:app.tar -o run.json
cp out run.out
says "ended with status 3"
gives 4 "$winnow" record --image "$name" -o engine.json -- "$docker" run --rm --network=host "$name"
sed '/^total/d' out >engine.out
sed -i '/^total/d' run.out
cmp run.out engine.out || flunk "another output than the engine's: $(diff run.out engine.out)"
grep -q '^1000 0 ' run.out || flunk "setuid does not work: $(cat run.out)"
grep -q '^1000 1000 CapEff:.*0400$' run.out || flunk "file capabilities do not work: $(cat run.out)"
grep -q 'gid=1001(app) groups=.*44(more)' run.out || flunk "not the user's groups: $(cat run.out)"
matches_schema run.json profile
[ "$(value run.json 'j["runs"][0]["start"], j["status"]')" = "('from-start', 'complete')" ] || flunk "not from its start"
[ "$(value run.json 'j["image"]["id"]')" = "$(value engine.json 'j["image"]["id"]')" ] || flunk "another image id"
python3 - run.json engine.json <<'PY' || flunk "other accesses than the engine's"
import json, sys
sets = [{(a["path"], a.get("resolved"), tuple(a["kinds"]), a.get("other_mount")) for a in json.load(open(f))["accesses"]} for f in sys.argv[1:]]
for one in sets[0] ^ sets[1]:
    print("only", "run" if one in sets[0] else "engine", one)
assert len(sets[0]) > 40 and ("/data/first", "/data/first", ("open",), True) in sets[0], sets[0]
sys.exit(sets[0] != sets[1])
PY
nothing_left

# What it is cut to does the same, without an engine from the beginning to the end.
gives 0 "$winnow" plan run.json --image docker-archive:app.tar -o keep.json
gives 0 "$winnow" emit keep.json --image oci:slim:1
[ "$(value keep.json 'any(e["path"] == "/unused/large" for e in j["entries"])')" = False ] || flunk "kept what was not used"
gives 4 "$winnow" run oci:slim:1 -o slim.json
sed '/^total/d' out >slim.out
cmp run.out slim.out || flunk "the slim image says something else: $(diff run.out slim.out)"
[ "$(value slim.json 'j["image"]["id"]')" != "$(value run.json 'j["image"]["id"]')" ] || flunk "the slim image has the same id"

# And it is verified without an engine: by its own end, and with a command beside it. The control lacks one file.
gives 0 "$winnow" run docker-archive:app.tar -o ok.json -- 0
gives 0 "$winnow" plan ok.json --image docker-archive:app.tar -o ok.keep.json
gives 0 "$winnow" plan ok.json --image docker-archive:app.tar -o cut.keep.json --drop /etc/group
for spec in ok cut; do gives 0 "$winnow" emit $spec.keep.json --image oci:slim-$spec:1; done
gives 0 "$winnow" run oci:slim-ok:1 --keep ok.keep.json -o again.json -- 0
says "verify: pass"
gives 1 "$winnow" --json run oci:slim-cut:1 --keep cut.keep.json -o again.json -- 0
[ "$(value out 'j["outcome"], [one["path"] for one in j["missing"]]')" = "('missing', ['/etc/group'])" ] || flunk "$(cat out)"
gives 0 "$winnow" verify oci:slim-ok:1 --keep ok.keep.json --report verdict.md -- sleep 1
says "verify: pass"
[ -s verdict.md ] || flunk "no report"
gives 1 "$winnow" verify oci:slim-cut:1 --keep cut.keep.json -- sleep 1
says "missing: /etc/group"
gives 2 "$winnow" verify oci:slim-cut:1 --keep cut.keep.json --source-first -- sleep 1
# A test that does not end.
gives 1 "$winnow" verify oci:slim-ok:1 --keep ok.keep.json --test-timeout 2 -- sleep 600
says "verify: differs"
says "it was ended after 2 s"
gives 4 "$winnow" run oci:slim-ok:1 -o ended.json --test 'sleep 600' --test-timeout 2
says "the test ended with status 143, after 2 s were up"
[ "$(value ended.json 'j["status"]')" = complete ] || flunk "$(cat out)"
gives 2 "$winnow" verify oci:slim-ok:1 --keep ok.keep.json --test-timeout 2
says "--duration"
nothing_left

# One document on stdout, whatever the container and the test print there.
gives 0 "$winnow" --json verify oci:slim-ok:1 --keep ok.keep.json -- sh -c 'sleep 1; echo printed'
[ "$(value out 'j["outcome"]')" = pass ] || flunk "$(cat out)"
grep -qx printed err || flunk "what the command printed is nowhere"
gives 2 "$winnow" --json verify oci:slim-ok:1 --keep ok.keep.json --report - -- sleep 1
gives 0 "$winnow" run docker-archive:app.tar -o - -- 0
[ "$(value out 'j["schema"]')" = winnow.profile/1 ] || flunk "$(cat out)"
gives 0 "$winnow" --json plan ok.json --image docker-archive:app.tar -o -
[ "$(value out 'j["schema"]')" = winnow.keep/1 ] || flunk "$(cat out)"
gives 0 "$winnow" --json merge ok.json run.json -o -
[ "$(value out 'j["schema"]')" = winnow.profile/1 ] || flunk "$(cat out)"
gives 0 "$winnow" --json emit ok.keep.json --list - --image oci:again:1
! grep -q '^{' out || flunk "a list and JSON: $(cat out)"
gives 4 "$winnow" record --image "$name" -o - -- "$docker" run --rm --network=host "$name"
[ "$(value out 'j["schema"]')" = winnow.profile/1 ] || flunk "$(cat out)"
nothing_left

# The tree that a container sees is the image's, entry by entry.
"$e2e/images/odd.py" odd.tar odd "$(command -v busybox)" >/dev/null
"$winnow" image dump docker-archive:odd.tar >odd.json
"$winnow" run docker-archive:odd.tar -o odd.profile -- /bin/sh -c 'exec /bin/busybox sleep 300' >/dev/null 2>err &
running=$!
find_container() {  # sets pid to the only container's first process, once it runs its program
  local file group
  for _ in $(seq 100); do
    for file in state/trials/*/container/cgroup; do
      group=$(cat "$file")
      pid=$(cat "/sys/fs/cgroup/pids$group/cgroup.procs" "/sys/fs/cgroup$group/cgroup.procs" 2>/dev/null | head -1) || true
      [ -z "$group" ] || [ -z "$pid" ] || [ "$(readlink "/proc/$pid/exe")" != /bin/busybox ] || return 0
    done
    sleep 0.1
  done
  flunk "it does not start: $(cat err)"
}
find_container
"$e2e/images/compare.py" mounted odd.json "/proc/$pid/root" || flunk "the container shows something else"
# An interrupt ends it, and the profile is saved. The container's first process has no handler: ten seconds, then SIGKILL.
kill -INT "$running"
status=0
wait "$running" || status=$?
[ "$status" = 130 ] || flunk "status $status after an interrupt: $(cat err)"
[ "$(value odd.profile 'len(j["runs"])')" = 1 ] || flunk "no profile after an interrupt"
nothing_left

# A test beside the container: its status counts; the container is told to stop.
# shellcheck disable=SC2016  # the test's own variable
gives 4 "$winnow" run docker-archive:app.tar --entrypoint sh --ready 'test -e mark' -v "$work:/mark" -u 0 -o test.json --test 'echo "tested $WINNOW_IMAGE"; exit 9' \
  -- -c 'trap "echo bye; exit 0" TERM; : >/mark/mark; while :; do sleep 0.1; done'
says "tested docker-archive:app.tar"
says bye
says "the test ended with status 9"
[ "$(value test.json 'j["runs"][0]["command_status"]')" = 9 ] || flunk "not the status of the test"

# Mistakes are told in one breath, and leave nothing.
rm -f none.json
for wrong in '3 is not in the image:-u:nobody' '3 nowhere:--entrypoint:nowhere' '2 neither ro:-v:/a:/b:c' '3 No such file:-v:/none:/x'; do
  IFS=: read -r expected option value <<<"$wrong"
  gives "${expected%% *}" "$winnow" run docker-archive:app.tar -o none.json "$option" "$value"
  grep -q "${expected#* }" err || flunk "not told of $wrong: $(cat err)"
done
gives 3 env PATH=/nowhere "$winnow" run docker-archive:none.tar -o none.json
says none.tar
python3 - app.tar other.tar <<'PY'
import hashlib, io, json, sys, tarfile
with tarfile.open(sys.argv[1]) as source, tarfile.open(sys.argv[2], "w") as out:
    manifest = json.load(source.extractfile("manifest.json"))
    config = source.extractfile(manifest[0]["Config"]).read()
    changed = json.dumps(json.loads(config) | {"architecture": "s390x"}).encode()
    old, manifest[0]["Config"] = manifest[0]["Config"], hashlib.sha256(changed).hexdigest() + ".json"
    for member in source:
        content = source.extractfile(member).read() if member.isfile() else b""
        if member.name == old:
            member.name, content = manifest[0]["Config"], changed
        if member.name == "manifest.json":
            content = json.dumps(manifest).encode()
        member.size = len(content)
        out.addfile(member, io.BytesIO(content))
PY
gives 3 "$winnow" run docker-archive:other.tar -o none.json
says "the image is for linux/s390x"
[ ! -e none.json ] || flunk "a profile of what never ran"
nothing_left

# Several at once do not know of each other.
pids=()
for i in 1 2 3 4; do
  "$winnow" run docker-archive:app.tar -o "at-once$i.json" >"at-once$i.out" 2>"at-once$i.err" &
  pids+=($!)
done
for i in 1 2 3 4; do
  status=0
  wait "${pids[i - 1]}" || status=$?
  [ "$status" = 4 ] || flunk "status $status of four at once: $(cat "at-once$i.err")"
  sed '/^total/d' "at-once$i.out" | cmp - run.out || flunk "another output when four run at once"
  [ "$(value "at-once$i.json" 'len(j["accesses"])')" = "$(value run.json 'len(j["accesses"])')" ] || flunk "other accesses when four run at once"
done
nothing_left

# Killed at any moment: the next start removes what is left. The last ones die while their container runs.
for delay in 0.05 0.3 0.6 running running; do
  "$winnow" run docker-archive:app.tar --entrypoint sh -o /dev/null -- -c 'exec sleep 300' >/dev/null 2>err &
  running=$!
  if [ "$delay" = running ]; then find_container; else sleep "$delay"; fi
  kill -KILL "$running"
  wait "$running" 2>/dev/null || true
  ! grep -F "$work/state" /proc/self/mountinfo || flunk "mounts are left"
  [ "$delay" != running ] || [ "$(cgroups)" != "$before" ] || flunk "nothing is left to be removed"
  gives 0 "$winnow" run docker-archive:app.tar --entrypoint true -o /dev/null
  nothing_left
  [ "$delay" != running ] || [ -z "$(cat "/proc/$pid/cmdline" 2>/dev/null)" ] || flunk "the container still runs"
done

# A test that was running when winnow was killed is ended by the next start, too.
"$winnow" run docker-archive:app.tar --entrypoint sh -o /dev/null --test 'exec sleep 4321' -- -c 'exec sleep 300' >/dev/null 2>err &
running=$!
for ((i = 0; i < 200; i++)); do
  tested=$(pgrep -x -P "$running" sleep) && break
  sleep 0.1
done
[ -n "$tested" ] || flunk "the test does not start: $(cat err)"
kill -KILL "$running"
wait "$running" 2>/dev/null || true
[ -e "/proc/$tested" ] || flunk "the control: the test outlives winnow"
gives 0 "$winnow" run docker-archive:app.tar --entrypoint true -o /dev/null
[ -z "$(cat "/proc/$tested/cmdline" 2>/dev/null)" ] || { kill "$tested"; flunk "the test still runs"; }
nothing_left

# Where no overlay can be mounted, on another overlay, the container works on the unpacked files.
mkdir lower upper workdir over
mount -t overlay overlay -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/workdir" over
WINNOW_STATE=$work/over/state gives 4 "$winnow" run docker-archive:app.tar -o over.json
says "works on the unpacked files themselves"
sed '/^total/d' out | cmp - run.out || flunk "another output without an overlay: $(cat out)"
[ "$(value over.json 'len(j["accesses"])')" = "$(value run.json 'len(j["accesses"])')" ] || flunk "other accesses without an overlay"
nothing_left
