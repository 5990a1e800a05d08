#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Docker engine of our own, apart from any that the machine runs: its data, sockets and containerd live below one directory.
#   scripts/engine.sh start DIR   starts it, waits until it answers, prints DOCKER_HOST=unix://DIR/docker.sock
#   scripts/engine.sh stop DIR    stops it and removes DIR with whatever is still mounted there
#   scripts/engine.sh client      prints the docker client to use
# Containers have no bridge: run and build with --network=host or none. Run as root.
set -euo pipefail

fail() { echo "engine: $*" >&2; exit 3; }

# The distribution's client fits the distribution's engine; another one on PATH may speak only newer API versions.
client() {
  if [ -x /usr/bin/docker ]; then echo /usr/bin/docker; return; fi
  command -v docker || fail "no docker client is installed; scripts/setup.sh installs one"
}

# Succeeds while the process of pid file $1 runs and belongs to the engine in $2 (a number alone may have been reused).
runs() {
  local pid
  pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && grep -qzF -- "$2/" "/proc/$pid/cmdline" 2>/dev/null
}

# overlay2 needs a file system that an overlay can be mounted on; on another overlay, say, only vfs works.
storage_driver() {
  local probe=$1/probe
  mkdir -p "$probe"/{lower,upper,work,merged}
  if mount -t overlay overlay -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work" "$probe/merged" 2>/dev/null; then
    umount "$probe/merged"
    echo overlay2
  else
    echo "engine: no overlay can be mounted below $1: using the vfs driver, which copies every layer" >&2
    echo vfs
  fi
  rm -rf "$probe"
}

# await DIR NAME PIDFILE COMMAND...: waits until COMMAND succeeds, at most 60 s, as long as daemon NAME runs.
await() {
  local dir=$1 name=$2 pidfile=$3 i
  shift 3
  for ((i = 0; i < 300; i++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    if ((i > 10)) && ! runs "$pidfile" "$dir"; then break; fi
    sleep 0.2
  done
  { echo "engine: $name did not come up; the end of its log:"; tail -n 20 "$dir/$name.log"; } >&2
  stop "$dir" >/dev/null 2>&1 || true
  exit 3
}

# Without a containerd of its own, dockerd would share the system's, and its namespace "moby" with the system's dockerd.
start_containerd() {
  local dir=$1
  cat >"$dir/containerd.toml" <<TOML
version = 2
root = "$dir/containerd"
state = "$dir/cstate"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$dir/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$dir/opt"
TOML
  setsid containerd --config "$dir/containerd.toml" </dev/null >"$dir/containerd.log" 2>&1 &
  echo $! >"$dir/containerd.pid"
  await "$dir" containerd "$dir/containerd.pid" test -S "$dir/c.sock"
}

start() {
  local dir=$1 docker
  [ "$(id -u)" = 0 ] || fail "dockerd needs root"
  PATH=$PATH:/usr/sbin:/sbin
  command -v dockerd containerd >/dev/null || fail "dockerd and containerd are not installed; scripts/setup.sh installs them"
  docker=$(client)
  mkdir -p "$dir"
  dir=$(realpath "$dir")
  # sun_path holds 107 bytes; the longest socket below DIR is exec/libnetwork/<12 hex>.sock.
  [ ${#dir} -le 70 ] || fail "$dir is too long for unix sockets: at most 70 bytes"
  ! runs "$dir/pid" "$dir" || fail "an engine already runs in $dir"
  start_containerd "$dir"
  echo '{}' >"$dir/daemon.json"  # instead of the system's
  setsid dockerd --config-file "$dir/daemon.json" --containerd "$dir/c.sock" --data-root "$dir/data" --exec-root "$dir/exec" \
    -H "unix://$dir/docker.sock" -p "$dir/pid" --storage-driver "$(storage_driver "$dir")" --bridge=none --iptables=false \
    </dev/null >"$dir/dockerd.log" 2>&1 &
  echo $! >"$dir/pid.start"
  await "$dir" dockerd "$dir/pid.start" env -u DOCKER_API_VERSION DOCKER_HOST="unix://$dir/docker.sock" "$docker" version
  rm -f "$dir/pid.start"
  echo "DOCKER_HOST=unix://$dir/docker.sock"
}

# Ends the daemon of pid file $1 in $2: asks, waits at most 30 s (dockerd stops its containers first), then insists.
end() {
  local pid i
  runs "$1" "$2" || return 0
  pid=$(cat "$1")
  kill -TERM "$pid"
  for ((i = 0; i < 150; i++)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.2
  done
  echo "engine: process $pid did not stop when asked: killed" >&2
  kill -KILL "$pid"
}

stop() {
  local dir mount
  [ -d "$1" ] || return 0
  dir=$(realpath "$1")
  [ -e "$dir/containerd.toml" ] || fail "$dir was not made by scripts/engine.sh start"
  end "$dir/pid" "$dir"
  end "$dir/pid.start" "$dir"
  end "$dir/containerd.pid" "$dir"
  # Field 5 of mountinfo is the mount point; the deepest first.
  while read -r mount; do umount -l "$mount" || true; done < <(
    awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
  rm -rf --one-file-system "$dir"
}

usage() { echo "usage: scripts/engine.sh start DIR | stop DIR | client" >&2; exit 2; }

case "${1:-} $#" in
  "start 2") start "$2" ;;
  "stop 2") stop "$2" ;;
  "client 1") client ;;
  *) usage ;;
esac
