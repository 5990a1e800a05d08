#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Dockerfile of an image in which everything is odd gives what `emit --image` gives: with every builder, by tar and by pick,
# with additions, onto a base; and linters have nothing to say.
. "$(dirname "$0")/lib.sh"
compare=$e2e/images/compare.py
cd "$work"
export XDG_CACHE_HOME=$work/cache
for tool in buildah skopeo npm busybox; do
  command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed; scripts/setup.sh installs it"; exit 77; }
done

made=()
clean_up() {
  "$docker" image rm -f "${made[@]}" >/dev/null 2>&1 || true
  # What buildah has mounted, the deepest first.
  awk -v dir="$work/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount || true
  rm -rf "$work"
}
trap clean_up EXIT
name=winnow-dockerfile:$RANDOM
store="overlay@$work/store+$work/run"
buildah=(buildah --root "$work/store" --runroot "$work/run" --storage-driver overlay)

# dockerfilelint, by name from npm; and hadolint's rules, which are written down here.
npm install --prefix "$work/npm" --cache "${WINNOW_NPM_CACHE:-$work/npm-cache}" --no-audit --no-fund --silent dockerfilelint@1.8.0 >err 2>&1 ||
  flunk "npm does not install dockerfilelint: $(cat err)"
gives 0 "$e2e/dockerfile_rules.py" --self
lint() {
  gives 0 "$e2e/dockerfile_rules.py" "$1/Dockerfile"
  gives 0 "$work/npm/node_modules/.bin/dockerfilelint" "$1/Dockerfile"
}
printf 'FROM a\nCMD x\n' >bad.dockerfile
gives 1 "$e2e/dockerfile_rules.py" bad.dockerfile
! "$work/npm/node_modules/.bin/dockerfilelint" bad.dockerfile >/dev/null || flunk "dockerfilelint takes everything"

cat >profile.json <<'JSON'
{"schema":"winnow.profile/1","status":"complete","reasons":[],"image":{"reference":"x","id":""},
 "runs":[{"container":"c","name":"","start":"from-start","started_ms":0,"duration_ms":1,"backend":"syscall","kernel":"6","command":[],"command_status":null,"lost":{}}],
 "counts":{"accesses":1,"misses":0},"accesses":[{"path":"/suid","resolved":"/suid","kinds":["open"],"first_ms":0,"by":"/suid","runs":[0]}]}
JSON

# add FILE: additions for the keep spec FILE.
add() {
  python3 - "$1" <<'PY'
import hashlib, json, sys
keep = json.load(open(sys.argv[1]))
def one(path, mode, content=None, mtime=1_550_000_000):
    entry = {"path": path, "type": "directory" if content is None else "file", "mode": mode, "uid": 0, "gid": 0,
             "size": len(content or ""), "mtime": mtime}
    return entry if content is None else entry | {"sha256": hashlib.sha256(content.encode()).hexdigest(), "content": content}
keep["additions"] = [one("/d/added", "0640", "to a directory that is kept\n"), one("/etc/new dir", "0711"),
                     one("/etc/new dir/$HOME \\x0a'\"", "0444", "odd"), one("/etc/new dir/run", "0755", "s"),
                     one("/etc/no write", "0555"), one("/etc/no write/in", "0600", "")]
json.dump(keep, open(sys.argv[1], "w"))
PY
}

# What they lose: see docs/dockerfile.md. Times of directories that they mount something into are theirs, and BuildKit's
# those of directories of a build context.
daemon=("/labelled xattrs" "/etc mtime" "/volume mtime")
buildkit=("${daemon[@]}" "added mtime" /fifo /char /block)
stored=("/etc mtime" "/volume mtime" "/etc/other mtime")  # it rounds up

# build DIRECTORY BUILDER: the image in built.json.
build() {
  case $2 in
  buildah)
    gives 0 "${buildah[@]}" bud --format docker --isolation=chroot --cap-add=CAP_MKNOD --pull-never --no-cache -q -t "$name-built" "$1"
    gives 0 "$winnow" image --cache "" dump "containers-storage:[$store]localhost/$name-built" ;;
  *)
    DOCKER_BUILDKIT=$2 gives 0 "$docker" build -q --no-cache --network=none -t "$name-built" "$1"
    gives 0 "$winnow" image --cache "" dump "docker-daemon:$name-built" ;;
  esac
  cp out built.json
}

# source KIND: loads the odd image for every builder and plans to keep nearly all of it.
source_image() {
  "$e2e/images/odd.py" "$1.tar" "$name-$1" "$(command -v busybox)" "$1" >/dev/null
  made+=("$name-$1" "$name-built")
  "$docker" load -qi "$1.tar" >/dev/null
  gives 0 "$winnow" plan profile.json --image "docker-archive:$1.tar" -o "$1.keep.json" --keep '/**' --drop '/twice/**'
  gives 0 "$winnow" emit "$1.keep.json" --image "oci-archive:$1.want.tar:x"
  gives 0 "$winnow" image --cache "" dump "oci-archive:$1.want.tar"
  cp out "$1.want.json"
}

# stages KIND HELPER PROGRAM: all builders on one image, where PROGRAM does the picking.
stages() {
  local kind=$1 context=$work/context-$1-$2 pinned
  umask 077  # modes in the context are not the shell's
  gives 0 "$winnow" emit "$kind.keep.json" --dockerfile "$context" --helper "$2"
  umask 022
  grep -q "^RUN \[\"$3\"" "$context/Dockerfile" || flunk "not $3 picks: $(cat "$context/Dockerfile")"
  lint "$context"
  pinned=$(sed -n 's/^FROM \(winnow-source:[0-9a-f]*\) AS pick$/\1/p' "$context/Dockerfile")
  made+=("$pinned")
  skopeo --insecure-policy copy -q "docker-archive:$kind.tar" "containers-storage:[$store]localhost/$pinned"
  build "$context" 0
  "$compare" built "$kind.keep.json" "$kind.want.json" built.json "${daemon[@]}" || flunk "$kind: the classic builder gives something else"
  build "$context" 1
  [ "$("$docker" history --format '{{.Size}}' "$name-built" | grep -cvx 0B)" = 1 ] || flunk "several layers hold files"
  "$compare" built "$kind.keep.json" "$kind.want.json" built.json "${buildkit[@]}" || flunk "$kind: BuildKit gives something else"
  build "$context" buildah
  "$compare" built "$kind.keep.json" "$kind.want.json" built.json "${stored[@]}" || flunk "$kind: buildah gives something else"
}

source_image bare
add bare.keep.json
stages bare auto /.winnow-1/pick
# The comparison can fail: one bit of one mode, a link less, another owner.
for change in 's/"mode":"4711"/"mode":"4710"/' 's/"hard_link_group":[0-9]*/"x":0/' 's/"uid":77,/"uid":78,/'; do
  sed "$change" bare.want.json >changed.json
  ! "$compare" built bare.keep.json changed.json built.json "${stored[@]}" >/dev/null || flunk "compare.py does not see $change"
done
# A second time into the same directory, and never through a link that lies there.
gives 0 "$winnow" emit bare.keep.json --dockerfile context-bare-auto
mkdir trap outside
ln -s ../outside trap/additions
gives 3 "$winnow" emit bare.keep.json --dockerfile trap
says "remove it: it is a link"
[ -z "$(ls outside)" ] || flunk "written through a link"
gives 3 "$winnow" emit bare.keep.json --dockerfile never --helper never
says "has no /bin/sh"

source_image gnu
add gnu.keep.json
stages gnu never /bin/sh
gives 0 "$winnow" emit gnu.keep.json --dockerfile context-gnu-auto
grep -q '^RUN \["/.winnow-1/pick"' context-gnu-auto/Dockerfile || flunk "tar was trusted with extended attributes"

# Onto a base that is mostly the same, and sets what the source does not.
source_image busybox
mkdir base
cat >base/Dockerfile <<DOCKERFILE
FROM $name-busybox
USER 0:0
RUN ["/bin/busybox", "sh", "-c", "chmod 700 /suid; chown 5 /zero; echo changed >/nothing; rm -r /other/link /opaque; mkdir /only-base"]
ENV ONLY_BASE=1
LABEL only=base
USER 7
WORKDIR /tmp
STOPSIGNAL SIGINT
HEALTHCHECK CMD ["/none"]
ENTRYPOINT ["/none"]
CMD ["none"]
DOCKERFILE
DOCKER_BUILDKIT=0 gives 0 "$docker" build -q --network=none -t "$name-base" base
made+=("$name-base")
gives 2 "$winnow" emit busybox.keep.json --dockerfile onto --style distroless
gives 0 "$winnow" emit busybox.keep.json --dockerfile onto --style distroless --base "docker-daemon:$name-base"
grep -qx "FROM $name-base" onto/Dockerfile || flunk "not on the base: $(cat onto/Dockerfile)"
grep -q "no instruction takes them back: ENV ONLY_BASE, LABEL only$" onto/Dockerfile || flunk "no word of what the base leaves"
lint onto
[ "$(tr '\0' '\n' <onto/keep.list)" = "$(printf '%s\n' ./d ./d/deep ./d/deep/link ./d/file ./nothing ./opaque ./opaque/new ./other ./other/link ./suid ./zero)" ] ||
  flunk "copied onto the base: $(tr '\0' '\n' <onto/keep.list)"
gives 0 "$winnow" image --cache "" dump "docker-daemon:$name-base"
cp out base.json
for buildkit in 0 1; do
  build onto $buildkit
  "$compare" onto base.json busybox.keep.json busybox.want.json built.json "/labelled xattrs" "config Labels" "config StopSignal" \
    "config WorkingDir" "config Healthcheck" "config User" "/char" "/block" || flunk "something else stands on the base"
  [ "$("$docker" image inspect -f '{{.Config.User}} {{.Config.WorkingDir}} {{.Config.StopSignal}} {{.Config.Healthcheck.Test}}' "$name-built")" = \
    "0 / SIGTERM [NONE]" ] || flunk "the base's config shows"
  [ "$("$docker" run --rm --network=none "$name-built" /bin/busybox id -u)" = 0 ] || flunk "what stands on the base does not run"
done

# Line breaks in variables and labels come in by a build argument, and no build goes well without it.
mkdir lines
# shellcheck disable=SC2016  # the builder's own variable
printf 'FROM %s\nARG NL\nENV LINES="a${NL}b"\nLABEL lines="1${NL}2${NL}"\n' "$name-busybox" >lines/Dockerfile
DOCKER_BUILDKIT=0 gives 0 "$docker" build -q --network=none --build-arg NL=$'\n' -t "$name-lines" lines
"$docker" save -o lines.tar "$name-lines"
gives 0 "$winnow" plan profile.json --image "docker-archive:lines.tar" -o lines.json --keep /bin/busybox
gives 0 "$winnow" emit lines.json --dockerfile context-lines
says "--build-arg WINNOW_LINE_BREAK="
lint context-lines
pinned=$(sed -n 's/^FROM \(winnow-source:[0-9a-f]*\) AS pick$/\1/p' context-lines/Dockerfile)
made+=("$name-lines" "$pinned")
skopeo --insecure-policy copy -q docker-archive:lines.tar "containers-storage:[$store]localhost/$pinned"
argument=(--build-arg WINNOW_LINE_BREAK=$'\n')
# holds_lines: the config in the file out, with fields Env and Labels.
holds_lines() {
  [ "$(value out '"LINES=a\nb" in j["Env"] and j["Labels"]["lines"] == "1\n2\n"')" = True ] || flunk "$1: other line breaks: $(cat out)"
}
for buildkit in 0 1; do
  DOCKER_BUILDKIT=$buildkit gives 0 "$docker" build -q --no-cache --network=none "${argument[@]}" -t "$name-built" context-lines
  gives 0 "$docker" image inspect -f '{{json .Config}}' "$name-built"
  holds_lines "$buildkit"
  DOCKER_BUILDKIT=$buildkit gives 1 "$docker" build --no-cache --network=none -t "$name-built" context-lines
  says "no-build-arg-WINNOW_LINE_BREAK"
done
bud=("${buildah[@]}" bud --format docker --isolation=chroot --pull-never --no-cache -t "$name-built")
gives 0 "${bud[@]}" "${argument[@]}" context-lines
gives 0 "${buildah[@]}" inspect --type image "localhost/$name-built"
value out 'json.dumps(j["Docker"]["config"])' >config.json
mv config.json out
holds_lines buildah
gives 125 "${bud[@]}" context-lines
says "no-build-arg-WINNOW_LINE_BREAK"
echo "$(grep -c . <(tr '\0' '\n' <context-bare-auto/keep.list)) names picked by pick and by tar, with three builders; $(stat -c %s context-bare-auto/pick) bytes of pick"
