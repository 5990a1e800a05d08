#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A containerd with the CRI of our own, as a node of Kubernetes has one, apart from any that the machine runs.
#   scripts/containerd.sh start DIR   starts it, waits until it answers, prints CONTAINERD_ADDRESS=DIR/c.sock; its root is DIR/root.
#                                     If it was ended by DIR/pid, it is started again, and its containers have gone on
#   scripts/containerd.sh stop DIR    ends its containers and it, and removes DIR with whatever is still mounted there
#   scripts/containerd.sh import DIR NAME TREE... -- COMMAND...    imports an image, one layer for each directory
# Pods have no network plugin: they use the host's network. Their cgroups belong below /winnow-NAME, NAME being DIR's last part:
# there `stop` removes what is left. A pod whose cgroup parent is a slice gets it where systemd would make it; if there is a
# file DIR/no-systemd, where runc makes it without systemd. Run as root.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
pause=localhost/winnow-pause:1

fail() { echo "containerd: $*" >&2; exit 3; }

# Succeeds while the process of pid file DIR/pid runs and belongs to DIR (a number alone may have been reused).
runs() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) && [ -n "$pid" ] && grep -qzF -- "$1/" "/proc/$pid/cmdline" 2>/dev/null
}

in_k8s() {
  local dir=$1
  shift
  ctr --address "$dir/c.sock" --namespace k8s.io "$@"
}

# What systemd would do with a group "SLICE:cri-containerd:ID", without systemd: a slice's name says which slices it is in.
runtime() {
  cat <<'SH'
#!/usr/bin/env bash
dir=$(dirname "$0")
previous=
for word; do
  config=$word/config.json
  if [ "$previous" = --bundle ] && [ ! -e "$dir/no-systemd" ] && [[ $(<"$config") =~ \"cgroupsPath\":\"([^\":]*)\.slice:cri-containerd:([0-9a-f]*)\" ]]; then
    path=/winnow-${dir##*/} slice=
    IFS=- read -ra parts <<<"${BASH_REMATCH[1]}"
    for part in "${parts[@]}"; do slice+=${slice:+-}$part path+=/$slice.slice; done
    sed -i "s|\"cgroupsPath\":\"[^\"]*\"|\"cgroupsPath\":\"$path/cri-containerd-${BASH_REMATCH[2]}.scope\"|" "$config"
  fi
  previous=$word
done
SH
  echo "exec $(command -v runc) \"\$@\""
}

# The plugins of the CRI come up after the socket does.
answers() { in_k8s "$1" plugins ls 2>/dev/null | awk '$2 == "cri" && $NF == "ok" { found = 1 } END { exit !found }'; }

configuration() {
  local dir=$1
  cat <<TOML
version = 2
root = "$dir/root"
state = "$dir/state"
[grpc]
  address = "$dir/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$dir/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$dir/cni"
    conf_dir = "$dir/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "$dir/runc"
      SystemdCgroup = false
TOML
}

start() {
  local dir=$1 i
  [ "$(id -u)" = 0 ] || fail "containerd needs root"
  command -v containerd ctr runc busybox >/dev/null || fail "containerd, runc or busybox is not installed; scripts/setup.sh installs them"
  mkdir -p "$dir"
  dir=$(realpath "$dir")
  # sun_path holds 107 bytes; containerd adds ".ttrpc".
  [ ${#dir} -le 90 ] || fail "$dir is too long for unix sockets: at most 90 bytes"
  ! runs "$dir" || fail "a containerd already runs in $dir"
  mkdir -p "$dir/cni"
  configuration "$dir" >"$dir/config.toml"
  runtime >"$dir/runc"
  chmod +x "$dir/runc"
  setsid containerd --config "$dir/config.toml" </dev/null >>"$dir/log" 2>&1 &
  echo $! >"$dir/pid"
  for ((i = 0; i < 300; i++)); do
    if answers "$dir"; then break; fi
    if ((i > 10)) && ! runs "$dir"; then break; fi
    sleep 0.1
  done
  answers "$dir" || { tail -n 20 "$dir/log" >&2; fail "it did not come up; the end of its log is above"; }
  if ! in_k8s "$dir" images ls -q | grep -qxF "$pause"; then
    mkdir -p "$dir/pause/bin"
    cp "$(command -v busybox)" "$dir/pause/bin/busybox"
    import "$dir" "$pause" "$dir/pause" -- /bin/busybox sleep 2147483647
  fi
  echo "CONTAINERD_ADDRESS=$dir/c.sock"
}

# add LAYOUT FILE: moves it to the layout's blobs; prints its descriptor without the media type.
add() {
  local digest
  digest=$(sha256sum <"$2")
  digest=${digest%% *}
  printf '"digest":"sha256:%s","size":%d' "$digest" "$(stat -c %s "$2")"
  mv "$2" "$1/blobs/sha256/$digest"
}

json() { python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "$@"; }

# Layers are gzip'd, as a registry has them: then a layer has another digest than its content.
import() {
  local dir=$1 name=$2 layout diffs='' layers='' config manifest diff arch
  shift 2
  layout=$(mktemp -d "$(realpath "$dir")/import-XXXXXX")
  mkdir -p "$layout/blobs/sha256"
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    tar -C "$1" --sort=name --numeric-owner -cf "$layout/layer" .
    diff=$(sha256sum <"$layout/layer")
    diffs+=${diffs:+,}\"sha256:${diff%% *}\"
    gzip -n -1 "$layout/layer"
    layers+=${layers:+,}"{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",$(add "$layout" "$layout/layer.gz")}"
    shift
  done
  shift
  case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) arch=$(uname -m) ;; esac
  printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":%s,"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$arch" "$(json "$@")" "$diffs" >"$layout/config"
  config="{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",$(add "$layout" "$layout/config")}"
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' "$config" "$layers" >"$layout/manifest"
  manifest="{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",$(add "$layout" "$layout/manifest")"
  printf '{"schemaVersion":2,"manifests":[%s,"annotations":{"io.containerd.image.name":%s}}]}' "$manifest" "$(json "$name" | sed 's/^\[\(.*\)\]$/\1/')" >"$layout/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  tar -C "$layout" -cf "$layout.tar" .
  in_k8s "$dir" images import "$layout.tar" >/dev/null
  rm -rf "$layout" "$layout.tar"
}

# Ends containerd: asks, waits at most 10 s, then insists.
end() {
  local pid i
  runs "$1" || return 0
  pid=$(cat "$1/pid")
  kill -TERM "$pid"
  for ((i = 0; i < 100; i++)); do
    runs "$1" || return 0
    sleep 0.1
  done
  echo "containerd: process $pid did not stop when asked: killed" >&2
  kill -KILL "$pid"
}

stop() {
  local dir task mount i group pid
  [ -d "$1" ] || return 0
  dir=$(realpath "$1")
  [ -e "$dir/config.toml" ] || fail "$dir was not made by scripts/containerd.sh start"
  runs "$dir" || start "$dir" >/dev/null || true  # only it can end the containers that outlived it
  for task in $(in_k8s "$dir" tasks ls -q 2>/dev/null); do
    timeout 20 ctr --address "$dir/c.sock" --namespace k8s.io tasks rm -f "$task" >/dev/null 2>&1 || true
  done
  for ((i = 0; i < 50; i++)); do  # each pod's shim ends itself a moment after its last container
    pgrep -f -- "-address $dir/c.sock" >/dev/null || break
    sleep 0.1
  done
  end "$dir"
  for pid in $(pgrep -f -- "-address $dir/c.sock"); do  # a shim that was starved outlives all others
    case $(readlink "/proc/$pid/exe") in */containerd-shim*) kill -KILL "$pid" 2>/dev/null || true ;; esac
  done
  for group in /sys/fs/cgroup/"winnow-${dir##*/}" /sys/fs/cgroup/*/"winnow-${dir##*/}"; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + || true
  done
  # Field 5 of mountinfo is the mount point; the deepest first.
  while read -r mount; do umount -l "$mount" || true; done < <(
    awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
  rm -rf --one-file-system "$dir"
}

usage() { echo "usage: scripts/containerd.sh start DIR | stop DIR | import DIR NAME TREE... -- COMMAND..." >&2; exit 2; }

case "${1:-} $#" in
  "start 2") start "$2" ;;
  "stop 2") stop "$2" ;;
  "import "*) [ $# -ge 6 ] || usage; shift; import "$@" ;;
  *) usage ;;
esac
