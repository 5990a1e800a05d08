# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by build.sh and build-newer.sh: what both need to get packages from Debian's archive, by an apt that neither
# needs nor changes the lists and sources of the machine. They set $name, $version, $dir, where it all goes, and $work,
# for what is removed again.

fail() { echo "cluster: $*" >&2; exit 3; }
phase() { printf 'cluster: %s, after %d s\n' "$1" "$SECONDS"; }

# Whether $dir has the programs of this version already.
is_complete() {
  [ "$(cat "$dir/complete" 2>/dev/null)" = "$version" ] || return 1
  echo "cluster: $name $version is complete in $dir/bin"
}

# One build at a time; what an earlier one has left is removed.
begin() {
  exec 9>"$dir/lock"
  flock -n 9 || fail "another build runs in $dir"
  rm -rf "${dir:?}/build" "${dir:?}/bin"
}

end() {
  cd "$dir"
  rm -rf "$work"
  echo "$version" >"$dir/complete"
  phase "$name $version is built: $(du -sm "$dir/bin" | cut -f1) MB in $dir/bin"
}

# The mirror that this machine uses for Debian; $DEBIAN_MIRROR if it is no Debian 12.
mirror() {
  local found
  found=$(apt-get indextargets --format "\$(CODENAME) \$(REPO_URI)" 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "bookworm" { uri = $2 } END { print uri }')
  found=${DEBIAN_MIRROR:-$found}
  [ -n "$found" ] || fail "no source of Debian 12 packages: name one in DEBIAN_MIRROR"
  echo "$found"
}

private_apt() {
  apt-get -q -c "$work/apt/options" "$@" >>"$work/apt/log" 2>&1 || fail "apt-get $* failed: see $work/apt/log"
}

# make_apt SOURCE...: private_apt has these sources, "deb SUITE" or "deb-src SUITE" each.
make_apt() {
  local from source
  from=$(mirror) || exit 1
  mkdir -p "$work"/apt/{parts,lists/partial,cache/archives/partial}
  for source; do
    echo "${source% *} [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $from ${source#* } main"
  done >"$work/apt/sources.list"
  : >"$work/apt/status"
  cat >"$work/apt/options" <<OPTIONS
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "$work/apt/parts";
Dir::Etc::preferencesparts "$work/apt/parts";
Dir::State::lists "$work/apt/lists";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
OPTIONS
  private_apt update
}

# Go builds what is below GOPATH, and asks nobody for anything else.
export GO111MODULE=off GOFLAGS='' GOTOOLCHAIN=local GOPROXY=off CGO_ENABLED=0
