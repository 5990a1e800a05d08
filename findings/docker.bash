# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by findings about Docker of Debian 12: runs its engine out of a temporary directory, the working directory from then
# on. The host keeps none of it. SELF is the finding; `as_expected` compares the file "found" with what its head says.
self=$(realpath "$0")
work=$(mktemp -d /var/tmp/finding-XXXXXX)
pids=()
clean_up() {
  local pid
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || continue
    wait "$pid" || true
  done
  awk -v dir="$work/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
cd "$work"

(mkdir debs && cd debs && apt-get -o APT::Sandbox::User=root download docker.io=20.10.24+dfsg1-1+deb12u1+b6 \
  containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1 libdevmapper1.02.1=2:1.02.185-2 busybox-static >../log 2>&1) ||
  { echo "SKIP: no such packages: $(tail -1 log)"; exit 77; }
for deb in debs/*.deb; do dpkg-deb -x "$deb" host; done
export PATH=$work/host/usr/bin:$work/host/usr/sbin:$work/host/sbin:$PATH
export LD_LIBRARY_PATH=$work/host/usr/lib/x86_64-linux-gnu:$work/host/lib/x86_64-linux-gnu
export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config

cat >containerd.toml <<TOML
version = 2
root = "$work/containerd"
state = "$work/cstate"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$work/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$work/opt"
TOML
containerd -c containerd.toml >containerd.log 2>&1 &
pids+=("$!")
for _ in {1..100}; do [ ! -S c.sock ] || break; sleep 0.1; done
dockerd --containerd "$work/c.sock" --data-root "$work/data" --exec-root "$work/exec" -H "$DOCKER_HOST" -p "$work/pid" \
  --storage-driver overlay2 --bridge=none --iptables=false >dockerd.log 2>&1 &
pids=("$!" "${pids[@]}")
for _ in {1..300}; do docker version >/dev/null 2>&1 && break; sleep 0.1; done
docker version >/dev/null || { tail -5 dockerd.log; exit 1; }


as_expected() {
  sed -n '/^# Output:/,/^#$/s/^#   //p' "$self" >expected
  diff expected found || { echo "different now"; exit 1; }
}
