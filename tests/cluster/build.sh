#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the programs of a Kubernetes 1.20 node and control plane from Debian's source package, once:
#   tests/cluster/build.sh DIR     leaves kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, etcd and
#                                  kubectl in DIR/bin
# Everything comes from Debian's archive, by a private apt below DIR. The machine only gets packages that the cluster
# runs on (containerd, runc, the CNI plugins). It downloads 130 MB, takes 8 minutes of processor time, and 3 GB of disk.
set -euo pipefail

[ $# = 1 ] || { echo "usage: tests/cluster/build.sh DIR" >&2; exit 2; }
mkdir -p "$1"
dir=$(realpath "$1")
work=$dir/build
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet)
name=Kubernetes version=1.20.2

# shellcheck source=debian.sh
. "$(dirname "$0")/debian.sh"

# What the cluster runs on, by command, with the package that has it.
install_tools() {
  local missing=() pair
  PATH=$PATH:/usr/sbin:/sbin
  for pair in containerd:containerd runc:runc ip:iproute2 openssl:openssl curl:curl nsenter:util-linux python3:python3 \
    mount:mount dpkg-deb:dpkg busybox:busybox-static; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ -x /usr/lib/cni/bridge ] || missing+=(containernetworking-plugins)
  [ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
  [ ${#missing[@]} -gt 0 ] || return 0
  phase "installing ${missing[*]}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    "${missing[@]}"; } >"$dir/apt.log" 2>&1 || fail "cannot install ${missing[*]}: see $dir/apt.log"
}

download() {
  phase "downloading"
  mkdir -p "$work"/{source,packages}
  make_apt "deb bookworm" "deb-src bookworm" "deb trixie"
  (cd "$work/source" && private_apt source --download-only kubernetes/bookworm)
  # kubectl is newer than the cluster: kubectl 1.20 knows only the first syntax of kustomize.
  (cd "$work/packages" && private_apt download golang-1.19-go/bookworm golang-1.19-src/bookworm \
    golang-github-modern-go-reflect2-dev/bookworm etcd-server/bookworm kubectl/trixie)
}

unpack() {
  local package reflect=$work/kubernetes/vendor/github.com/modern-go/reflect2
  phase "unpacking"
  mkdir -p "$work"/{root,kubernetes,gopath/src/k8s.io} "$dir/bin"
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  tar -xzf "$work"/source/kubernetes_*.orig.tar.gz -C "$work/kubernetes" --strip-components=1
  ln -sfn "$work/kubernetes" "$work/gopath/src/k8s.io/kubernetes"
  # The version in the source crashes when compiled by Go 1.18 or later.
  rm -f "$reflect"/*.go "$reflect"/*.s
  cp "$work"/root/usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$reflect/"
  cp "$work/root/usr/bin/etcd" "$work/root/usr/bin/kubectl" "$dir/bin/"
}

# The one generated file that the source package has not.
generate_openapi() {
  local inputs
  go build -trimpath -ldflags '-s -w' -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  # The slash at the end of vendor/k8s.io/*/ makes find follow the symbolic links.
  inputs=$(find pkg cmd plugin vendor/k8s.io/*/ -name '*.go' -not -path '*/zz_generated*' -print0 |
    xargs -0 grep -l '^// +k8s:openapi-gen=' | xargs -n1 dirname | LC_ALL=C sort -u |
    grep -vE '^vendor/k8s.io/(code-generator|sample-)' | sed 's#^#k8s.io/kubernetes/#' | paste -sd,)
  "$work/openapi-gen" -i "$inputs" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$work/violations"
  cmp "$work/violations" api/api-rules/violation_exceptions.list ||
    fail "openapi-gen saw another source than the release did"
}

compile() {
  local flags program in=k8s.io/kubernetes/vendor/k8s.io/component-base/version
  export PATH=$work/root/usr/lib/go-1.19/bin:$PATH GOPATH=$work/gopath GOCACHE=$work/gocache
  cd "$GOPATH/src/k8s.io/kubernetes"
  phase "generating"
  generate_openapi
  phase "compiling"
  flags="-s -w -X $in.gitVersion=v$version -X $in.gitMajor=1 -X $in.gitMinor=20"
  # Without these tags the SDKs of all clouds are compiled in, too.
  go build -p 2 -tags "providerless dockerless" -trimpath -ldflags "$flags" -o "$dir/bin/" "${programs[@]/#/./cmd/}"
  for program in "${programs[@]}"; do [ -x "$dir/bin/$program" ] || fail "$program was not built"; done
}

install_tools
! is_complete || exit 0
begin
download
unpack
compile
end
