#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what building and testing winnow needs on Debian 12 or Ubuntu 24.04 and later. Run as root.
# An engine is installed only where none is found; one that is there is never replaced.
#   scripts/setup.sh            everything
#   scripts/setup.sh --build    only what building needs
set -euo pipefail
what=${1:---all}
case "$what" in --all | --build) ;; *) echo "usage: scripts/setup.sh [--build]" >&2; exit 2 ;; esac

if ! command -v apt-get >/dev/null; then
  echo "setup: this is not a Debian or Ubuntu system; install the packages that scripts/setup.sh names by hand" >&2
  exit 3
fi

build_packages=(
  g++ cmake ninja-build pkg-config git ca-certificates
  clang-19 libbpf-dev libelf-dev zlib1g-dev
  libarchive-dev libzstd-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev libyaml-dev
  nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev prometheus-cpp-dev libcivetweb-dev
)
test_packages=(
  libgtest-dev libgmock-dev libbenchmark-dev
  clang-format-19 clang-tidy-19 libclang-rt-19-dev shellcheck
  rpm db5.3-util ruby python3-pip
  mmdebstrap debian-archive-keyring busybox-static bubblewrap docker-compose skopeo buildah umoci zstd xz-utils curl python3 python3-jsonschema python3-grpcio python3-yaml procps systemd
)

missing=()
# Adds to missing each named package that is not installed.
want() {
  local p
  for p in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null | grep -q '^ii' || missing+=("$p")
  done
}

# bpftool is a package of its own on Debian and on recent Ubuntu; before that it comes with the kernel tools.
want_bpftool() {
  command -v bpftool >/dev/null || ls /usr/sbin/bpftool /usr/lib/linux-tools*/*/bpftool >/dev/null 2>&1 && return
  local candidate
  candidate=$(apt-cache policy bpftool 2>/dev/null | sed -n 's/ *Candidate: //p')
  case "$candidate" in '' | '(none)') want linux-tools-generic ;; *) want bpftool ;; esac
}

# promtool judges the alerts of deploy/monitoring, prometheus reads what the agent says of itself. Their package would start
# a server, so only the programs are taken out of it.
install_prometheus() {
  local directory
  directory=$(mktemp -d)
  chmod 755 "$directory"  # apt downloads as another user
  if (cd "$directory" && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb unpacked) >/dev/null 2>&1; then
    install "$directory/unpacked/usr/bin/promtool" "$directory/unpacked/usr/bin/prometheus" /usr/local/bin/
  else
    echo "setup: prometheus could not be had; alerts and metrics are not tested" >&2
  fi
  rm -rf "$directory"
}

engine_found() {
  [ -n "${DOCKER_HOST:-}" ] || command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] ||
    [ -S /var/run/docker.sock ] || [ -S /run/podman/podman.sock ]
}

want "${build_packages[@]}"
[ "$what" = --all ] && want "${test_packages[@]}"
[ "$what" = --all ] && ! command -v npm >/dev/null && want npm
# docker.io and Docker's own packages bring one along; another beside theirs would replace it.
[ "$what" = --all ] && ! command -v containerd >/dev/null && [ ! -x /usr/sbin/dockerd ] && want containerd runc
prometheus_missing() { [ "$what" = --all ] && ! command -v prometheus >/dev/null; }
if [ ${#missing[@]} -gt 0 ] || ! command -v bpftool >/dev/null || ! engine_found || prometheus_missing; then
  [ "$(id -u)" = 0 ] || { echo "setup: missing ${missing[*]:-bpftool, prometheus or an engine}; run scripts/setup.sh as root" >&2; exit 3; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null
  want_bpftool
  # The package brings runc and containerd along; --no-install-recommends keeps it to what a container needs to run.
  [ "$what" = --all ] && ! engine_found && want docker.io
  if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: installing ${missing[*]}"
    log=$(mktemp)
    if ! apt-get install -q -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
      tail -n 30 "$log" >&2
      rm -f "$log"
      echo "setup: apt-get install failed; the lines above say why" >&2
      exit 3
    fi
    rm -f "$log"
  fi
  prometheus_missing && install_prometheus
fi
echo "setup: everything is installed"
