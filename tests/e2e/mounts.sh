#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Containers that mount: a program in a bubblewrap sandbox, and a directory of the image that the entrypoint binds over
# another. What they use is kept, and what is cut for all that is named.
. "$(dirname "$0")/lib.sh"
cd "$work"
for tool in bwrap busybox; do
  command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
if ! "$docker" info >/dev/null 2>&1; then echo "SKIP: no engine answers"; exit 77; fi

# An image with a merged /usr: busybox, bwrap and its libraries.
root=context/root
mkdir -p "$root"/{usr/bin,usr/lib64,usr/lib,usr/share/app,app/releases/v2/lib,app/current,proc,dev,tmp,etc}
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
cp "$(command -v busybox)" "$root/usr/bin/busybox"
for name in sh cat mount test sleep; do ln -s busybox "$root/usr/bin/$name"; done
cp "$(command -v bwrap)" "$root/usr/bin/"
ldd "$(command -v bwrap)" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$root/usr/${library%/*}"
  cp -L "$library" "$root/usr$library"
done
echo content >"$root/usr/share/app/data-1"
ln -s data-1 "$root/usr/share/app/data"
echo more >"$root/usr/share/app/seen"
head -c 300000 /dev/zero >"$root/usr/share/app/unused"
# It lasts for a moment: while it does, its mounts can be read.
cat >"$root/usr/share/app/main.sh" <<'SH'
cat /usr/share/app/data
test -e /usr/share/app/seen && echo seen
sleep 1
SH
echo two >"$root/app/releases/v2/lib/conf-2"
ln -s conf-2 "$root/app/releases/v2/lib/conf"
echo old >"$root/app/current/old"
head -c 300000 /dev/zero >"$root/app/releases/v2/unused"
cat >context/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY root /
CMD ["/usr/bin/bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin", "--proc", "/proc", "--dev", "/dev", "/bin/sh", "/usr/share/app/main.sh"]
DOCKERFILE
image=winnow-e2e/sandboxed
bound=winnow-e2e/bound
DOCKER_BUILDKIT=0 "$docker" build -q -t "$image" context >/dev/null
# shellcheck disable=SC2016  # the container's shell expands it
printf 'FROM %s\nCMD ["sh", "-c", "mount -o bind /app/releases/v2 /app/current && cat /app/current/lib/conf; status=$?; sleep 1; exit $status"]\n' "$image" |
  DOCKER_BUILDKIT=0 "$docker" build -q -t "$bound" - >/dev/null
may=(--network=none --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined)
kept='{e["path"] for e in j["entries"]}'

# What the sandbox used of the image, by the image's names: the files, the links to them, and nothing more.
gives 0 "$winnow" slim "$image" -o sandboxed -- "${may[@]}"
says "verify: pass"
[ "$(value sandboxed/profile.json 'j["status"]')" = complete ] || flunk "$(value sandboxed/profile.json 'j["reasons"]')"
for path in /usr/bin/sh /usr/share/app/main.sh /usr/share/app/data /usr/share/app/data-1 /usr/share/app/seen; do
  [ "$(value sandboxed/keep.json "'$path' in $kept")" = True ] || flunk "$path is not kept: $(value sandboxed/keep.json "sorted($kept)")"
done
[ "$(value sandboxed/keep.json "'/usr/share/app/unused' in $kept")" = False ] || flunk "an unused file was kept"
[ "$("$docker" run --rm "${may[@]}" "$image-slim")" = "$("$docker" run --rm "${may[@]}" "$image")" ] || flunk "the slim image does something else"

# A file that only the sandbox misses is named by the image's name.
cat >run.sh <<SCRIPT
"$docker" run --rm ${may[@]} \$WINNOW_IMAGE
SCRIPT
gives 0 "$winnow" plan sandboxed/profile.json --image "docker-daemon:$image" --drop '/usr/share/app/data-1' -o short.json
gives 0 "$winnow" emit short.json --image "docker-daemon:$image-short"
gives 1 "$winnow" verify "$image-short" --keep short.json -- sh run.sh
says "/usr/share/app/data-1"

# A bind mount of a directory of the image over another: the files are those of the source, and both directories are kept.
gives 0 "$winnow" slim "$bound" -o bound -- "${may[@]}"
says "verify: pass"
for path in /app/current /app/releases/v2/lib/conf /app/releases/v2/lib/conf-2; do
  [ "$(value bound/keep.json "'$path' in $kept")" = True ] || flunk "$path is not kept: $(value bound/keep.json "sorted($kept)")"
done
[ "$(value bound/keep.json "'/app/releases/v2/unused' in $kept")" = False ] || flunk "an unused file was kept"
[ "$("$docker" run --rm "${may[@]}" "$bound-slim")" = two ] || flunk "the slim image does something else"
gives 0 "$winnow" plan bound/profile.json --image "docker-daemon:$bound" --drop '/app/releases/v2/lib/conf' -o short.json
gives 0 "$winnow" emit short.json --image "docker-daemon:$bound-short"
gives 1 "$winnow" verify "$bound-short" --keep short.json -- sh run.sh
says "/app/releases/v2/lib/conf"
"$docker" image rm -f "$image" "$bound" "$image-slim" "$bound-slim" "$image-short" "$bound-short" >/dev/null
