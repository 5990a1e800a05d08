#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/agent-image.sh: the image of the agent is the program and what it needs, at most 25 MB, and passes the agent's own test.
source "$(dirname "$0")/lib.sh"
for tool in mmdebstrap containerd ctr runc busybox curl openssl readelf; do command -v "$tool" >/dev/null || { echo "SKIP: no $tool"; exit 77; }; done
name=winnow-e2e-agent-image
clean_up() {
  "$docker" rmi -f "$name" "$name-source" "$name-unproven" "$name-broken" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT
size() { "$docker" image inspect -f '{{.Size}}' "$1"; }
# files IMAGE: all that is no directory, a path on a line.
files() {
  local container
  container=$("$docker" create "$1" --version)
  "$docker" export "$container" | tar -tf - | sed -n '/[^/]$/s,^,/,p'
  "$docker" rm "$container" >/dev/null
}

echo "== made, cut and tested"
"$e2e/../../scripts/agent-image.sh" -o "$work/agent.tar" -d "$work/made" "$name"
[ "$(value "$work/made/slim.json" 'j["outcome"]')" = pass ] || flunk "$(cat "$work/made/report.md")"

echo "== small, and nothing but the program"
[ "$(size "$name")" -le 25000000 ] || flunk "$(size "$name") bytes"
[ "$("$docker" image inspect -f '{{len .RootFS.Layers}} {{.Config.Entrypoint}}' "$name")" = "1 [/usr/local/bin/winnow]" ] || flunk "$("$docker" image inspect "$name")"
files "$name-source" >"$work/source.files"
grep -qx /usr/bin/dash "$work/source.files" || flunk "the list of the source image's files has no shell"
files "$name" >"$work/files"
# Libraries, the records and licences of their packages, and some files of /etc; the engine adds the last line's to every container.
grep -vxE "/usr/local/bin/winnow|/(usr/)?lib(64)?/([a-z0-9_]+-linux-gnu/)?[^/]*\.so[.0-9]*|/lib|/lib64\
|/var/lib/dpkg/.*|/usr/share/doc/[^/]*(/copyright)?|/(etc|usr/lib)/os-release|/etc/debian_version\
|/etc/(group|host\.conf|ld\.so\.cache|ld\.so\.conf|ld\.so\.conf\.d/.*|localtime|nsswitch\.conf|passwd)|/usr/share/zoneinfo/Etc/UTC\
|/var/run|/dev/(console|null)|/\.dockerenv|/etc/(hosts|hostname|mtab|resolv\.conf)" "$work/files" >"$work/others" || true
[ ! -s "$work/others" ] || flunk "others than the program and its libraries: $(cat "$work/others")"
gives 0 "$docker" run --rm --network=none "$name" --version

echo "== an image without one of its libraries passes nothing"
mkdir "$work/broken"
library=$(grep -m1 "libnghttp2\.so\.[0-9]*$" "$work/files")
container=$("$docker" create "$name" --version)
"$docker" export "$container" | tar --delete -f - "${library#/}" | "$docker" import -c 'ENTRYPOINT ["/usr/local/bin/winnow"]' - "$name-broken" >/dev/null
"$docker" rm "$container" >/dev/null
gives 1 env WINNOW_IMAGE="$name-broken" "$e2e/agent_image/test.sh"
says "the agent node-a does not come up"
gives 1 "$winnow" verify "$name-broken" --keep "$work/made/keep.json" -- "$docker" run --rm --network=none "$name-broken" --version
says "$library"

echo "== the archive is the image"
id=$("$docker" image inspect -f '{{.Id}}' "$name")
"$docker" rmi "$name" >/dev/null
"$docker" load -q -i "$work/agent.tar" >/dev/null
[ "$("$docker" image inspect -f '{{.Id}}' "$name")" = "$id" ] || flunk "another image"
