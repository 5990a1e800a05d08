#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A scanner finds in a slim image exactly the packages of which something is kept, with their versions, and the bill of
# materials names the same: dpkg, npm and gem in images of real workloads, apk and rpm in small roots.
. "$(dirname "$0")/lib.sh"
. "$e2e/npm.sh"
for tool in rpm rpmbuild; do
  command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed; scripts/setup.sh installs it"; exit 77; }
done
have_trivy
have_validator
scanned=$e2e/images/scanned.py
cd "$work"

images=()
clean_up() {
  [ ${#images[@]} = 0 ] || "$docker" image rm -f "${images[@]}" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT

# root_of IMAGE DIR [OPTION...]: its files, unpacked with these options of tar.
root_of() {
  local container
  container=$("$docker" create --network=none "$1" /none)
  mkdir "$2"
  "$docker" export "$container" | tar -x -C "$2" "${@:3}"
  "$docker" rm "$container" >/dev/null
}

# slimmed NAME FAT [OPTION...]: NAME.keep.json from FAT.tar and $profile, NAME.cdx from winnow, and in slim-NAME the files.
slimmed() {
  local name=$1 source=$2
  shift 2
  gives 0 "$winnow" plan "$profile" --image "docker-archive:$source.tar" -o "$name.keep.json" "$@"
  images+=("winnow-scanned:$name")
  gives 0 "$winnow" emit "$name.keep.json" --image "docker-daemon:winnow-scanned:$name" --sbom "$name.cdx"
  root_of "winnow-scanned:$name" "slim-$name"
  scan "slim-$name" "slim-$name.json"
}

# agree NAME: what the scanner finds in both roots, what is kept, and what winnow's own bill says.
agree() {
  "$scanned" "$1.keep.json" "slim-$1.json" "source-$1.json" >said || flunk "$1: the scanner says $(cat said)"
  "$scanned" "$1.keep.json" "$1.cdx" >bill || flunk "$1: the bill says $(cat bill)"
  is_cyclonedx "$1.cdx" || flunk "$1: no valid CycloneDX: $(cat err)"
  echo "$1: $(tail -1 said)"
}

for name in node ruby; do
  source=$("$e2e/images/build.sh" "$name")
  gives 0 "$winnow" record --image "$source" -o "$name.profile.json" -- "$e2e/images/$name/test.sh"
  # But for the bulk of what no scanner of packages opens: it takes longer than all the rest.
  root_of "$source" "source-$name" --exclude=usr/include --exclude=usr/lib/gcc --exclude=usr/lib/git-core --exclude='usr/bin/*' \
    --exclude='usr/share/doc/*' --exclude='usr/share/locale/*' --exclude='usr/share/man/*' --exclude='*.a' --exclude='*.so.*'
  scan "source-$name" "source-$name.json"
  "$docker" save -o "$name.tar" "$source"
  profile=$name.profile.json
  slimmed "$name" "$name"
  agree "$name"
done

# The controls: without records there is nothing to find; a broken bill is refused.
slimmed bare ruby --drop '/var/lib/dpkg/**'
! grep -q '"pkg:deb/' slim-bare.json || flunk "packages are found without any record of them"
grep -q '"pkg:deb/' slim-ruby.json || flunk "no purl of a deb package looks like that"
! "$scanned" bare.keep.json slim-bare.json >/dev/null || flunk "scanned.py sees no difference"
sed 's/"type": "library"/"type": "libary"/' ruby.cdx >broken.cdx
! is_cyclonedx broken.cdx || flunk "a type that does not exist is valid"
sed '0,/"bom-ref": "pkg:/s//"wrong": "pkg:/' ruby.cdx >broken.cdx
! is_cyclonedx broken.cdx || flunk "a field that does not exist is valid"
for files in all none; do
  gives 0 "$winnow" emit node.keep.json --sbom "$files.cdx" --sbom-files $files
  is_cyclonedx "$files.cdx" || flunk "--sbom-files $files: no valid CycloneDX: $(cat err)"
done
# The other files for other programs: all of one spec, each read as its reader would.
gives 0 "$winnow" emit node.keep.json --sbom again.cdx --removed removed.json --removed-csv removed.csv \
  --prefetch prefetch.list --prefetch-nydus nydus.json --prefetch-stargz stargz.jsonl
python3 - <<'PY' || flunk "the files do not agree"
import csv, json
removed = json.load(open("removed.json"))
rows = list(csv.DictReader(open("removed.csv", newline="")))
assert len(rows) == len(removed["entries"]) > 1000
for row, entry in zip(rows, removed["entries"]):
    assert (row["path"], row["type"], int(row["size"]), int(row["layer"]), row["package"]) == \
        (entry["path"], entry["type"], entry["size"], entry["layer"], entry.get("package", "")), row
    assert row["created_by"] == removed["layers"][entry["layer"]]["created_by"], row
lines = open("prefetch.list").read().splitlines()
assert "/usr/bin/node" in lines and "/app/server.js" in lines, lines
assert lines.index("/usr/bin/node") < lines.index("/app/server.js") < len(lines) == len(set(lines))
nydus = json.load(open("nydus.json"))
assert nydus == {"version": "v1", "files": [{"path": line, "ranges": None} for line in lines]}
stargz = [json.loads(line) for line in open("stargz.jsonl")]
assert ["/" + one["path"] for one in stargz] == lines
layers = {entry["path"]: entry["layer"] for entry in json.load(open("node.keep.json"))["entries"]}
assert all(one["layerIndex"] == layers["/" + one["path"]] for one in stargz)
PY
cmp again.cdx node.cdx || flunk "two bills of one spec differ"

# profile_of NAME PATH...: of a workload that opened these.
profile_of() {
  profile=$1.profile.json
  python3 - "$@" <<'PY'
import json, sys
name, *paths = sys.argv[1:]
run = {"container": "", "name": "", "start": "from-start", "started_ms": 0, "duration_ms": 1, "backend": "", "kernel": "",
       "command": [], "command_status": None, "recovered": 0, "lost": {}}
json.dump({"schema": "winnow.profile/1", "status": "complete", "reasons": [], "image": {"reference": "", "id": ""},
           "runs": [run], "counts": {"accesses": len(paths), "misses": 0},
           "accesses": [{"path": path, "kinds": ["open"], "first_ms": 0, "by": "", "runs": [0]} for path in paths]},
          open(f"{name}.profile.json", "w"))
PY
}
# small_image NAME: of the files in source-NAME.
small_image() {
  tar -C "source-$1" -c . | "$docker" import - "winnow-small:$1" >/dev/null
  images+=("winnow-small:$1")
  "$docker" save -o "$1.tar" "winnow-small:$1"
  scan "source-$1" "source-$1.json"
}

mkdir -p source-apk/{lib/apk/db,etc,bin,usr/bin,usr/lib}
printf 'ID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n' >source-apk/usr/lib/os-release
ln -s ../usr/lib/os-release source-apk/etc/os-release
echo 3.19.1 >source-apk/etc/alpine-release
apk() { # NAME VERSION DIRECTORY FILE...
  printf 'C:Q1qqqqqqqqqqqqqqqqqqqqqqqqqqq=\nP:%s\nV:%s\nA:x86_64\nS:1\nI:1\nT:of a test\nL:MIT\no:%s\nF:%s\n' "$1" "$2" "$1" "$3"
  local file directory=$3
  for file in "${@:4}"; do
    echo "$file of $1" >"source-apk/$directory/$file"
    printf 'R:%s\na:0:0:755\nZ:Q1qqqqqqqqqqqqqqqqqqqqqqqqqqq=\n' "$file"
  done
  echo
}
{
  apk musl 1.2.4_git20230717-r4 lib ld-musl-x86_64.so.1
  apk busybox 1.36.1-r15 bin busybox unused
  apk gone 1.0-r0 usr/bin gone
} >source-apk/lib/apk/db/installed
small_image apk
profile_of apk /bin/busybox /lib/ld-musl-x86_64.so.1 /etc/alpine-release
slimmed apk apk
agree apk
[ "$(grep -c '^P:' slim-apk/lib/apk/db/installed)" = 2 ] || flunk "apk: $(cat slim-apk/lib/apk/db/installed)"
! grep -q '^R:unused' slim-apk/lib/apk/db/installed || flunk "apk: a file that is gone is listed"
grep -q '"pkg:apk/alpine/musl@1.2.4_git20230717-r4?arch=x86_64&distro=alpine-3.19.1"' apk.cdx || flunk "apk: another purl"

spec() { # NAME EPOCH
  cat <<SPEC
Name: $1
Version: 1.5
Release: 3
$2
Summary: of a test
License: none
BuildArch: noarch
%description
Of a test.
%install
mkdir -p %{buildroot}/usr/share/$1
echo used >%{buildroot}/usr/share/$1/used
echo unused >%{buildroot}/usr/share/$1/unused
%files
/usr/share/$1
SPEC
}
mkdir -p source-rpm/{etc,usr/lib/sysimage/rpm}
printf 'ID="rocky"\nVERSION_ID="9.3"\n' >source-rpm/usr/lib/os-release
ln -s ../usr/lib/os-release source-rpm/etc/os-release
echo 'Rocky Linux release 9.3 (Blue Onyx)' >source-rpm/etc/redhat-release
for one in plain with-epoch gone; do
  epoch=""
  [ $one != with-epoch ] || epoch="Epoch: 2"
  spec $one "$epoch" >$one.spec
  rpmbuild --define "_topdir $work/rpm" -bb $one.spec >log 2>&1 || flunk "rpmbuild: $(tail -5 log)"
done
rpm --root "$work/source-rpm" --dbpath /usr/lib/sysimage/rpm -i --nodeps --noscripts rpm/RPMS/noarch/*.rpm 2>log || flunk "rpm: $(cat log)"
small_image rpm
profile_of rpm /usr/share/plain/used /usr/share/with-epoch/used /etc/redhat-release
slimmed rpm rpm
agree rpm
grep -q '"pkg:rpm/rocky/with-epoch@1.5-3?arch=noarch&distro=rocky-9.3&epoch=2"' rpm.cdx || flunk "rpm: another purl"

# rpm itself reads the database that is cut: as it writes locks, a copy.
ask() {
  rm -rf asked
  cp -r slim-rpm/usr/lib/sysimage/rpm asked
  rpm --dbpath "$work/asked" "$@" 2>&1 | sort
}
[ "$(ask -qa)" = "$(printf '%s\n' plain-1.5-3.noarch with-epoch-1.5-3.noarch)" ] || flunk "rpm -qa: $(ask -qa)"
[ "$(ask -q with-epoch --qf '%{EVR}')" = 2:1.5-3 ] || flunk "rpm -q: $(ask -q with-epoch)"
[ "$(ask -ql plain)" = "$(printf '%s\n' /usr/share/plain /usr/share/plain/unused /usr/share/plain/used)" ] || flunk "rpm -ql: $(ask -ql plain)"
[ "$(ask -q --whatprovides plain)" = plain-1.5-3.noarch ] || flunk "rpm --whatprovides: $(ask -q --whatprovides plain)"
rm -rf asked
cp -r slim-rpm/usr/lib/sysimage/rpm slim-rpm/asked
of() { rpm --root "$work/slim-rpm" --dbpath /asked -qf "$1" 2>&1 || true; }
[ "$(of /usr/share/with-epoch/used)" = with-epoch-1.5-3.noarch ] || flunk "rpm -qf: $(of /usr/share/with-epoch/used)"
! of /usr/share/gone/used | grep -q gone-1.5 || flunk "rpm -qf: $(of /usr/share/gone/used)"
