#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What goes wrong gives one clear line, the right exit code, and no file that is half there.
. "$(dirname "$0")/lib.sh"
cd "$work"
mkdir files
one_line() { [ "$(grep -vc "^winnow: engine: " "$work/err")" = 1 ] || flunk "more than one line: $(cat "$work/err")"; }
nothing_left() { [ -z "$(ls -A files)" ] || flunk "left behind: $(ls -A files)"; }

gives 2 "$winnow" recrod
one_line
says "did you mean record"
# Options: of the command, of winnow itself, with one dash, with a value, begun only, of a command's command, and like nothing.
for typed in "slim app --tset x:--test" "plan p.json --jsno:--json" "slim app -test:--test" "slim app --heel=3:--heal" \
  "record --ignore:--ignore-exec" "image ls x --platfrom y:--platform" "plan --imgae x:--image"; do
  read -ra words <<<"${typed%:*}"
  gives 2 "$winnow" "${words[@]}"
  one_line
  says "did you mean ${typed##*:}?"
done
gives 2 "$winnow" slim app --frobnicate
one_line
says "winnow slim has no option --frobnicate; see \`winnow slim --help\`"
gives 3 "$winnow" record --cgroup /x -o files/no/dir/p.json
one_line
says "files/no/dir"
gives 2 "$winnow" record
one_line
says "--container"
gives 3 "$winnow" record --container no-such-container -o files/p.json
one_line
says "no container no-such-container"
gives 3 "$winnow" record --image no/such-image -o files/p.json -- true
one_line
says "no image no/such-image"
gives 3 "$winnow" record --cgroup /no/such/group -o files/p.json
one_line
gives 3 "$winnow" record --cgroup / -o files/p.json
one_line
says "root cgroup"
gives 3 env DOCKER_HOST=unix:///nowhere/docker.sock "$winnow" record --container x -o files/p.json
one_line
says "/nowhere/docker.sock"
nothing_left

# Without root.
chmod 755 "$work"
chmod 777 files
gives 3 setpriv --reuid=65534 --regid=65534 --clear-groups "$winnow" record --pid 1 -o files/p.json --duration 1
one_line
says "run as root"
# Without BTF: an empty directory in its place, in a mount namespace of its own.
mkdir empty
gives 3 unshare -m sh -c 'mount --bind empty /sys/kernel/btf && exec "$@"' sh "$winnow" record --cgroup "$(mktemp -d "$(findmnt -nt cgroup2 -o TARGET | head -n1)/winnow-e2e.XXXXXX")" -o files/p.json --duration 1
find "$(findmnt -nt cgroup2 -o TARGET | head -n1)" -maxdepth 1 -name 'winnow-e2e.*' -exec rmdir {} +
one_line
says "BTF"
nothing_left

# A small real image, to be damaged.
printf 'FROM scratch\nCOPY file /file\n' >Dockerfile
head -c 300000 /dev/urandom >file
DOCKER_BUILDKIT=0 "$docker" build -q -t winnow-e2e/error . >/dev/null
"$docker" save -o good.tar winnow-e2e/error
cat >profile.json <<'JSON'
{"schema":"winnow.profile/1","status":"complete","reasons":[],"image":{"reference":"x","id":""},
 "runs":[],"counts":{"accesses":1,"misses":0},
 "accesses":[{"path":"/file","kinds":["open"],"first_ms":0,"by":"/file","runs":[]}]}
JSON
gives 0 "$winnow" plan profile.json --image docker-archive:good.tar -o keep.json
head -c 200000 good.tar >cut.tar
gives 3 "$winnow" plan profile.json --image docker-archive:cut.tar -o files/keep.json
one_line
says "cut.tar"
gives 3 "$winnow" plan profile.json --image docker-archive:none.tar -o files/keep.json
one_line
gives 3 "$winnow" plan profile.json --image docker-daemon:no/such-image -o files/keep.json
one_line
gives 2 "$winnow" plan profile.json --image atomic:x -o files/keep.json
one_line
gives 3 "$winnow" plan good.tar --image docker-archive:good.tar -o files/keep.json
one_line
nothing_left

# emit: another image is refused, a target that cannot be written leaves nothing.
printf 'FROM winnow-e2e/error\nLABEL a=b\n' | DOCKER_BUILDKIT=0 "$docker" build -q -t winnow-e2e/error2 - >/dev/null
gives 3 "$winnow" emit keep.json --source docker-daemon:winnow-e2e/error2 --image docker-archive:files/slim.tar
one_line
says "made for sha256:"
gives 0 "$winnow" emit keep.json --source docker-daemon:winnow-e2e/error --image docker-archive:slim.tar
gives 3 "$winnow" emit keep.json --source docker-archive:cut.tar --image docker-archive:files/slim.tar
gives 3 "$winnow" emit keep.json --image docker-archive:files/no/such/dir/slim.tar
gives 2 "$winnow" emit keep.json
one_line
for place in pid:1 containers-storage:slim containerd:moby/slim; do
  gives 2 "$winnow" emit keep.json --image "$place"
  says "only read from"
done
nothing_left
# Words that are nearly right, and references that are of another kind.
gives 2 "$winnow" image lss winnow-e2e/error
says "did you mean ls?"
gives 3 "$winnow" image ls docker-deamon:winnow-e2e/error
says "did you mean docker-daemon:?"
mkdir a-directory
gives 3 "$winnow" image ls a-directory
says "did you mean oci:a-directory?"
gives 3 "$winnow" image ls docker-archive:a-directory
says "oci:DIRECTORY"
gives 3 "$winnow" image ls oci:good.tar
says "oci-archive:FILE"
gives 2 "$winnow" image ls 'containers-storage:[vfs@/tmp]app'
says "[overlay@DIRECTORY]"
gives 3 "$winnow" image ls pid:4194305
says "is the process still running?"
for image in winnow-e2e/error docker-archive:good.tar; do
  gives 3 "$winnow" image --platform linux/s390x ls "$image"
  says "not for linux/s390x"
done
# Limits hold for what is remembered, too; a cache that cannot be written is told of.
gives 0 "$winnow" image --cache cache ls docker-archive:good.tar
gives 3 "$winnow" image --cache cache --max-bytes 10 ls docker-archive:good.tar
says "--max-bytes"
gives 0 "$winnow" image --cache /proc/none ls docker-archive:good.tar
says "cannot be written"
gives 0 "$winnow" --json image packages docker-archive:good.tar
says '{"package":null,"bytes":'
# A partial profile is refused, and accepted when asked.
sed 's/"runs":\[\],"counts"/"runs":[{"container":"c","name":"","start":"from-start","started_ms":0,"duration_ms":1,"backend":"syscall","kernel":"6","command":[],"command_status":null,"lost":{"buffers_full":5}}],"counts"/' profile.json >partial.json
gives 3 "$winnow" plan partial.json --image docker-archive:good.tar -o files/keep.json
says "--allow-partial"
gives 0 "$winnow" plan partial.json --image docker-archive:good.tar -o keep2.json --allow-partial
nothing_left
# verify without a container is no proof.
gives 1 "$winnow" verify winnow-e2e/error2 --keep keep.json -- true
says "inconclusive"
gives 3 "$winnow" verify winnow-e2e/error --keep keep.json -- true
says "the source image itself"
gives 2 "$winnow" verify winnow-e2e/error --keep keep.json
"$docker" image rm -f winnow-e2e/error winnow-e2e/error2 >/dev/null
