#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who owns each file, as winnow reads it from the databases, is what the package managers say themselves.
. "$(dirname "$0")/lib.sh"
owners=$e2e/images/owners.py
cd "$work"
for tool in rpm rpmbuild db5.3_load gem /usr/bin/pip3 umoci; do
  command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed; scripts/setup.sh installs it"; exit 77; }
done

# agrees IMAGE TRUTH PREFIX
agrees() {
  "$winnow" image --cache "" dump "$1" >dump.json
  "$owners" dump.json "$2" "$3" || flunk "winnow does not agree with the package manager of $3"
}

# dpkg, in an image that a workload of ours uses. Files of a few packages were put there by their scripts: those are nobody's.
source=$("$e2e/images/build.sh" python)
# shellcheck disable=SC2016  # for the shell in the container
"$docker" run --rm --network=none --entrypoint /bin/sh "$source" -c '
  dpkg-query -W -f "\${binary:Package} \${Package} \${Version}\n" | while read -r full name version; do
    dpkg-query -L "$full" | sed -n "s|^/.*|deb:$name@$version\t&|p"
  done' >deb.tsv
agrees "docker-daemon:$source" deb.tsv deb:
# The comparison can fail.
sed '/\/bin\/dash$/s/deb:dash@/deb:bash@/' deb.tsv >wrong.tsv
! "$owners" dump.json wrong.tsv deb: >/dev/null || flunk "owners.py sees no difference"

# A tree with rpm, pip and gem packages, each installed by its own tool.
mkdir -p root/usr/lib/sysimage/rpm
spec() { # NAME EPOCH FILES
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
mkdir -p "%{buildroot}/usr/share/$1/a directory"
for i in \$(seq $3); do echo \$i >%{buildroot}/usr/share/$1/file-\$i; done
echo x >"%{buildroot}/usr/share/$1/a directory/file"
%files
/usr/share/$1
SPEC
}
spec small "" 3 >small.spec
spec large "Epoch: 2" 900 >large.spec
for name in small large; do
  rpmbuild --define "_topdir $work/rpm" -bb "$name.spec" >log 2>&1 || flunk "rpmbuild: $(tail -5 log)"
done
rpm=(rpm --root "$work/root" --dbpath /usr/lib/sysimage/rpm)
"${rpm[@]}" -i --nodeps --noscripts rpm/RPMS/noarch/*.rpm 2>log || flunk "rpm: $(cat log)"
"${rpm[@]}" -qa --qf '[rpm:%{=NAME}@%{=EVR}\t%{FILENAMES}\n]' >rpm.tsv 2>/dev/null

mkdir -p wheel
cat >wheel/setup.py <<'PY'
from setuptools import setup
setup(name="winnow-test", version="2.1", packages=["winnow_test"], package_data={"winnow_test": ["*.txt"]})
PY
mkdir wheel/winnow_test
echo 'x = 1' >wheel/winnow_test/__init__.py
echo x >'wheel/winnow_test/odd, name.txt'
site=$work/root/usr/lib/python3/dist-packages
/usr/bin/pip3 install --no-index --no-build-isolation --no-deps --quiet --target "$site" ./wheel >log 2>&1 || flunk "pip: $(cat log)"
/usr/bin/python3 - "$site" >pip.tsv <<'PY'
import importlib.metadata, sys
for dist in importlib.metadata.distributions(path=[sys.argv[1]]):
    for file in dist.files:
        path = file.locate().resolve()
        print(f"pip:{dist.metadata['Name'].replace('-', '_')}@{dist.version}\t/usr/lib/python3/dist-packages/{path.relative_to(sys.argv[1])}")
PY

mkdir -p gem/lib
echo 'X = 1' >gem/lib/winnow-test.rb
cat >gem/winnow-test.gemspec <<'RUBY'
Gem::Specification.new do |s|
  s.name, s.version, s.summary, s.authors, s.files = "winnow-test", "3.2", "of a test", ["nobody"], ["lib/winnow-test.rb"]
end
RUBY
(cd gem && gem build winnow-test.gemspec) >log 2>&1 || flunk "gem build: $(cat log)"
gem install --local --no-document --install-dir root/var/lib/gems gem/winnow-test-3.2.gem >log 2>&1 || flunk "gem: $(cat log)"
GEM_HOME=$work/root/var/lib/gems gem contents winnow-test | sed "s|^$work/root|gem:winnow-test@3.2\t|" >gem.tsv
for path in specifications/winnow-test-3.2.gemspec cache/winnow-test-3.2.gem; do
  printf 'gem:winnow-test@3.2\t/var/lib/gems/%s\n' "$path" >>gem.tsv
done

# image NAME: root as the one layer of oci:layout:NAME.
umoci init --layout layout
image() { umoci new --image "layout:$1" && umoci insert --image "layout:$1" root /; }
image sqlite
for manager in rpm pip gem; do agrees oci:layout:sqlite $manager.tsv $manager:; done

# The same rpm database as Berkeley DB has it: number -> header, and the last number under key 0.
/usr/bin/python3 - root/usr/lib/sysimage/rpm/rpmdb.sqlite >hash.txt <<'PY'
import sqlite3, struct, sys
print("VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\nHEADER=END")
rows = sqlite3.connect(sys.argv[1]).execute("SELECT hnum, blob FROM Packages").fetchall()
for key, value in [(0, struct.pack("<I", len(rows)))] + rows:
    print(f" {struct.pack('<I', key).hex()}\n {value.hex()}")
print("DATA=END")
PY
rm -r root/usr/lib/sysimage/rpm
mkdir -p root/var/lib/rpm
db5.3_load -f hash.txt root/var/lib/rpm/Packages
image bdb
agrees oci:layout:bdb rpm.tsv rpm:

# A damaged database is said to be one, and its files are nobody's.
truncate -s 8192 root/var/lib/rpm/Packages
image damaged
gives 0 "$winnow" image --cache "" packages oci:layout:damaged
says "this rpm database cannot be read"
! grep -q ' rpm:' out || flunk "a package out of a damaged database"
gives 0 "$winnow" image --cache "" packages oci:layout:bdb
says " rpm:large@2:1.5-3"
