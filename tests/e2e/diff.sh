#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two versions of an image, recorded and planned for real: what winnow diff says of the images, the profiles and the keep
# specs, for people, for pull requests and for programs, and which limits they cross.
. "$(dirname "$0")/lib.sh"
tag=$RANDOM
cd "$work"
export XDG_CACHE_HOME=$work/cache
images=("winnow-diff:$tag-base" "winnow-diff:$tag-1" "winnow-diff:$tag-2")
clean_up() {
  "$docker" image rm -f "${images[@]}" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT
lacks() { ! grep -qF -- "$1" "$work/out" || flunk "'$1' is in: $(cat "$work/out")"; }
build() { DOCKER_BUILDKIT=0 "$docker" build -q --network=none -t "$1" . >/dev/null; }

# Version 2 has another version of a package, one file less, one changed, a setuid program, curl, and a file that is named
# to break out of what shows it. Its config has another secret, and its user is root.
# shellcheck disable=SC2016  # nothing is to be expanded
hostile=$'/etc/\x1b[31m`|<script>'
version() {
  mkdir -p "$1"/etc "$1"/usr/bin "$1"/var/lib/dpkg/info
  printf 'Package: tool\nStatus: install ok installed\nArchitecture: all\nVersion: 1.%s\n' "$1" >"$1/var/lib/dpkg/status"
  printf '/.\n/usr\n/usr/bin\n/usr/bin/tool\n' >"$1/var/lib/dpkg/info/tool.list"
  printf '#!/bin/busybox sh\n# %s\nexit 0\n' "$1" | install -m 0755 /dev/stdin "$1/usr/bin/tool"
  echo "version $1" >"$1/etc/conf"
  echo same >"$1/etc/same"
}
mkdir base context
cp "$(command -v busybox)" base/busybox
(cd base && printf 'FROM scratch\nCOPY busybox /bin/busybox\n' >Dockerfile && build "winnow-diff:$tag-base")
version 1
head -c 5000 /dev/zero >1/etc/old
version 2
install -m 0755 2/usr/bin/tool 2/usr/bin/curl
install -m 0755 2/usr/bin/tool 2/usr/bin/su
head -c 20000 /dev/zero >"2$hostile"
for v in 1 2; do
  {
    printf 'FROM winnow-diff:%s-base\nENV TOKEN=hunter%s PATH=/bin:/usr/bin\n' $tag $v
    printf 'COPY %s /\n' $v
    [ $v = 1 ] && echo 'USER 65534' || echo 'RUN ["/bin/busybox", "chmod", "4755", "/usr/bin/su"]'
  } >Dockerfile
  build "winnow-diff:$tag-$v"
  "$docker" save -o v$v.tar "winnow-diff:$tag-$v"
done

# Images: in the engine and in archives.
gives 0 "$winnow" diff docker-archive:v1.tar docker-archive:v2.tar
says "3 entries added, 1 removed, 3 changed"
says "1.1 -> 1.2"
says "1 of 3 layers are shared"
for text in "runs-as-root" "setuid" "/usr/bin/su" "network-tool" "/usr/bin/curl" "TOKEN" "/etc/old"; do says "$text"; done
lacks hunter
lacks $'\x1b'
gives 0 "$winnow" diff "winnow-diff:$tag-1" "docker-daemon:winnow-diff:$tag-2"
says "3 entries added, 1 removed, 3 changed"
gives 0 "$winnow" diff "winnow-diff:$tag-2" docker-archive:v2.tar --fail-on any --max-growth 0
says "no differences"
gives 1 "$winnow" diff "winnow-diff:$tag-1" docker-archive:v2.tar --fail-on any
says "over the limit: --fail-on any"

# Profiles of real runs.
record() { gives 0 "$winnow" record --image "winnow-diff:$tag-$1" -o "p$1.json" -- "$docker" run --rm --network=none "winnow-diff:$tag-$1" /bin/busybox sh -c "$2"; }
record 1 'busybox cat /etc/conf /etc/old >/dev/null; /usr/bin/tool; :'
record 2 "busybox cat /etc/conf /etc/*script* >/dev/null; /usr/bin/tool; /usr/bin/curl; :"
gives 0 "$winnow" diff p1.json p2.json
for text in "/etc/old" "/usr/bin/curl" "complete"; do says "$text"; done
lacks /etc/conf
gives 0 "$winnow" diff p1.json p1.json --fail-on any
says "no differences"
gives 1 "$winnow" diff p1.json p2.json --max-added 0
says "over the limit: --max-added 0"
gives 2 "$winnow" diff p1.json p2.json --max-growth 5
says "says nothing about profiles"

# Keep specs: who brought curl in, what became larger, what a reviewer has to see.
gives 0 "$winnow" plan p1.json --image docker-archive:v1.tar -o k1.json
gives 0 "$winnow" plan p2.json --image docker-archive:v2.tar -o k2.json --keep /usr/bin/su
gives 0 "$winnow" diff k1.json k2.json
for text in "1.1 -> 1.2" "setuid" "network-tool" "accessed by" "keep: --keep /usr/bin/su" "TOKEN"; do says "$text"; done
lacks hunter
lacks $'\x1b'
cp out first
gives 0 "$winnow" diff k1.json k2.json
cmp first out || flunk "two runs differ"
gives 0 "$winnow" diff k1.json k1.json --fail-on any --max-added 0 --max-added-bytes 0
says "no differences"
# Each limit, just below and just above what there is; all that are crossed are named.
growth=$(($(value k2.json 'j["summary"]["bytes"]["kept"]') - $(value k1.json 'j["summary"]["bytes"]["kept"]')))
gives 0 "$winnow" diff k1.json k2.json --max-added-bytes $growth
gives 1 "$winnow" diff k1.json k2.json --max-added-bytes $((growth - 1)) --fail-on setuid,removed --fail-on config
for limit in "--max-added-bytes $((growth - 1))" "--fail-on setuid" "--fail-on removed" "--fail-on config"; do says "over the limit: $limit"; done
gives 0 "$winnow" diff k2.json k1.json --fail-on setuid --max-growth 0
gives 2 "$winnow" diff k1.json k2.json --fail-on everything
says "setuid, attention and any"

# Markdown: the file is what stdout is, small enough, and nothing in it is markup of somebody else's.
gives 0 "$winnow" diff k1.json k2.json --markdown -o comment.md
[ ! -s out ] || flunk "-o writes to stdout: $(cat out)"
gives 0 "$winnow" diff k1.json k2.json --markdown
cmp out comment.md || flunk "-o writes something else"
[ "$(wc -c <comment.md)" -lt 60000 ] || flunk "the comment is too long"
for text in "<details>" "&#60;script&#62;" "<code>/usr/bin/curl</code>"; do says "$text"; done
for text in "<script" '`' $'\x1b' hunter; do lacks "$text"; done

# JSON: complete, and what the schema says; a damaged one is not.
for pair in "docker-archive:v1.tar docker-archive:v2.tar" "p1.json p2.json" "k1.json k2.json" "k1.json k1.json"; do
  read -r a b <<<"$pair"
  gives 0 "$winnow" --json diff "$a" "$b"
  cp out diff.json
  matches_schema diff.json diff
done
gives 1 "$winnow" --json diff k1.json k2.json --fail-on added
cp out diff.json
matches_schema diff.json diff
[ "$(value diff.json 'j["crossed"][0]["limit"]')" = "--fail-on added" ] || flunk "no limit in the JSON"
[ "$(value diff.json 'next(e["origin"]["rule"] for e in j["entries"] if e["path"] == "/usr/bin/curl")')" = accessed ] || flunk "no reason"
grep -q hunter diff.json && flunk "a secret in the JSON"
sed 's/"kind":"keep"/"kind":"profile"/' diff.json >damaged.json
(matches_schema damaged.json diff) 2>/dev/null && flunk "the schema takes anything"

# What cannot be compared.
gives 2 "$winnow" diff p1.json k1.json
says "p1.json is a profile and k1.json is a keep spec"
gives 2 "$winnow" --json diff k1.json k2.json --markdown
gives 3 "$winnow" diff v1.tar k1.json
says "docker-archive:v1.tar"
gives 3 "$winnow" diff none.json k1.json
says "winnow record"
gives 3 "$winnow" diff docker-archive:none.tar docker-archive:v1.tar
says "none.tar"
gives 3 "$winnow" diff "winnow-diff:$tag-none" docker-archive:v1.tar
says "no such image"
gives 3 "$winnow" diff context docker-archive:v1.tar
says "oci:context"
echo '{"schema": "winnow.removed/1"}' >other.json
gives 3 "$winnow" diff other.json k1.json
says 'its schema is "winnow.removed/1"'
sed 's#winnow.keep/1#winnow.keep/9#' k1.json >newer.json
gives 3 "$winnow" diff k1.json newer.json
says "use the winnow that wrote it"
gives 3 "$winnow" diff k1.json k2.json -o no/such/dir/out
echo "images, profiles and keep specs compared; $growth bytes of growth"
