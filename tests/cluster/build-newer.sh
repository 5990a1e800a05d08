#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the server of custom resources of a newer Kubernetes (0.36 was tried) from Debian sid's packages, once:
#   tests/cluster/build-newer.sh DIR     leaves apiextensions in DIR/bin
# It downloads 360 MB, takes 8 minutes of processor time, and 5 GB of disk. Sid moves on: remove DIR/complete for a build
# of what it has today. Debian has no newer kubelet or whole API server than those of build.sh.
set -euo pipefail

[ $# = 1 ] || { echo "usage: tests/cluster/build-newer.sh DIR" >&2; exit 2; }
source=$(realpath "$(dirname "$0")/newer/main.go")
name=apiextensions version=$(sha256sum "$source" | cut -c 1-12)
mkdir -p "$1"
dir=$(realpath "$1")
work=$dir/build
# shellcheck source=debian.sh
. "$(dirname "$0")/debian.sh"

download() {
  phase "downloading"
  make_apt "deb sid"
  private_apt install -y --download-only golang-k8s-apiextensions-apiserver-dev golang-go
}

unpack() {
  local package
  phase "unpacking"
  mkdir -p "$work/root" "$dir/bin"
  for package in "$work"/apt/cache/archives/golang-*.deb; do
    dpkg-deb -x "$package" "$work/root"
    rm "$package"
  done
}

compile() {
  local go
  go=$(find "$work"/root/usr/lib/go-*/bin/go | tail -n 1)
  phase "compiling by $(basename "$(dirname "$(dirname "$go")")")"
  GOPATH=$work/root/usr/share/gocode GOCACHE=$work/gocache "$go" build -p 2 -trimpath -ldflags '-s -w' \
    -o "$dir/bin/apiextensions" "$source"
}

! is_complete || exit 0
begin
download
unpack
compile
end
