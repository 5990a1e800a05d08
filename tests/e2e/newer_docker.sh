#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A newer Docker, which keeps images in containerd's store and knows them by another digest, and the archives of its
# BuildKit: they read the same, and the main job is done there too. The engine has a root and mounts of its own.
. "$(dirname "$0")/lib.sh"
compare=$e2e/images/compare.py
cache=${XDG_CACHE_HOME:-$HOME/.cache}/winnow
export XDG_CACHE_HOME=$work/cache
data=$(mktemp -d /var/tmp/winnow-XXXXXX)
root=$data/root
pids=()
clean_up() {
  local pid
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || continue
    wait "$pid" || true
  done
  rm -rf --one-file-system "$data" "$work"
}
trap clean_up EXIT

if [ ! -e "$cache/trixie-docker.tar" ]; then
  mkdir -p "$cache"
  mmdebstrap --variant=apt --include=docker.io,docker-cli,docker-buildx,mount --aptopt='Apt::Install-Recommends "false"' trixie \
    "$cache/trixie-docker.part.tar" >log 2>&1 || flunk "no system with a newer Docker: $(tail -5 log)"
  mv "$cache/trixie-docker.part.tar" "$cache/trixie-docker.tar"
fi
mkdir "$root"
tar -C "$root" -xf "$cache/trixie-docker.tar"
mkdir -p "$root$data" "$data/run"
echo '{"features": {"containerd-snapshotter": true}}' >"$data/daemon.json"
cat >"$data/containerd.toml" <<TOML
version = 2
root = "$data/containerd"
state = "$data/cstate"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$data/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$data/opt"
TOML

# await COMMAND...: at most 30 s.
await() {
  local i
  for ((i = 0; i < 150; i++)); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done
  flunk "$* does not succeed: $(tail -5 "$data"/*.log)"
}

# Its directory has the same name inside and outside, so that the paths of its mounts mean the same.
# shellcheck disable=SC2016  # its own arguments
unshare --mount --propagation private sh -ec '
  mount --bind "$1" "$1"
  for mount in proc sys dev; do mount --rbind "/$mount" "$1/$mount"; done
  mount --bind "$2" "$1$2"
  cd "$1"
  mkdir -p old
  pivot_root . old
  umount -l /old
  exec /usr/bin/containerd --config "$2/containerd.toml"' - "$root" "$data" >"$data/containerd.log" 2>&1 &
containerd=$!
pids=("$containerd")
await test -S "$data/c.sock"
inside=(nsenter "--mount=/proc/$containerd/ns/mnt" "--root=/proc/$containerd/root")
"${inside[@]}" /usr/sbin/dockerd --config-file "$data/daemon.json" --containerd "$data/c.sock" --data-root "$data/docker" \
  --exec-root "$data/exec" -H "unix://$data/docker.sock" -p "$data/pid" --bridge=none --iptables=false --ip6tables=false \
  >"$data/dockerd.log" 2>&1 &
pids=("$!" "$containerd")
export DOCKER_HOST=unix://$data/docker.sock
await "$docker" version
cd "$work"

# What it gives out is what was put in.
id=$("$e2e/images/odd.py" odd.tar odd:1 "$(command -v busybox)")
gives 0 "$winnow" image --cache "" dump docker-archive:odd.tar
cp out made.json
"$docker" load -qi odd.tar >/dev/null
known=$("$docker" image inspect -f '{{.Id}}' odd:1)
[ "$known" != "$id" ] || flunk "the engine knows the image by its config: this is not containerd's store"
dump() {
  gives 0 "$winnow" image --cache "" dump "$1"
  "$compare" same made.json out || flunk "$1 reads differently"
}
dump docker-daemon:odd:1
"$docker" save -o saved.tar odd:1
dump docker-archive:saved.tar
dump oci-archive:saved.tar
for ((i = 0; i < 2; i++)); do gives 0 "$winnow" image dump odd:1; done
"$compare" same made.json out || flunk "the image reads differently from the cache"

# BuildKit's archives: with attestations beside the image or without, gzip and zstd, and for docker load.
mkdir "$data/context"
echo 'FROM odd:1' >"$data/context/Dockerfile"
build() {
  "${inside[@]}" /usr/bin/env HOME=/root "DOCKER_HOST=$DOCKER_HOST" /usr/bin/docker buildx build -q --network=none "$@" \
    "$data/context" >log 2>&1 || flunk "buildx: $(cat log)"
}
build --output "type=oci,dest=$data/oci.tar"
build --output "type=oci,compression=zstd,force-compression=true,dest=$data/zstd.tar"
build --provenance=true --output "type=oci,name=x:1,dest=$data/attested.tar"
build --output "type=docker,dest=$data/docker.tar"
tar -xOf "$data/attested.tar" index.json | grep -q image.index || flunk "there is no index for the attestations"
for name in oci zstd attested; do dump "oci-archive:$data/$name.tar"; done
dump "docker-archive:$data/docker.tar"

# The layers of a running container.
container=$("$docker" run -d --network=none odd:1)
pid=$("$docker" inspect -f '{{.State.Pid}}' "$container")
dump "pid:$pid"
"$compare" mounted made.json "/proc/$pid/root" || flunk "the container shows something else"
"$docker" rm -f "$container" >/dev/null

# The main job: the profile has the engine's id, the plan that of the config.
cat >use.sh <<SH
#!/bin/sh
exec "$docker" run --rm --network=none "\$WINNOW_IMAGE" /bin/busybox cat /d/file
SH
chmod +x use.sh
gives 0 "$winnow" record --image odd:1 -o p.json -- ./use.sh
[ "$(value p.json 'j["image"]["id"]')" = "$known" ] || flunk "the profile is of another image"
for source in docker-daemon:odd:1 docker-archive:saved.tar oci-archive:saved.tar; do
  gives 0 "$winnow" plan p.json --image "$source" -o keep.json
  [ "$(value keep.json 'j["image"]["id"]')" = "$id" ] || flunk "the plan is of another image"
done
sed "s/$known/sha256:$(printf '0%.0s' {1..64})/" p.json >other.json
gives 3 "$winnow" plan other.json --image docker-daemon:odd:1 -o other-keep.json
says "was recorded from"
gives 0 "$winnow" plan p.json --image docker-daemon:odd:1 -o keep.json
gives 0 "$winnow" emit keep.json --image docker-daemon:odd-slim:1
gives 0 "$winnow" verify odd-slim:1 --keep keep.json -- ./use.sh
says "verify: pass"
gives 3 "$winnow" verify odd:1 --keep keep.json -- ./use.sh
says "is the source image itself"

# An image without layers, from every source: its slim image runs what a volume brings.
mkdir "$data/empty"
printf 'FROM scratch\nCMD ["/mnt/busybox", "true"]\n' >"$data/empty/Dockerfile"
"${inside[@]}" /usr/bin/env HOME=/root "DOCKER_HOST=$DOCKER_HOST" /usr/bin/docker buildx build -q -t empty:1 "$data/empty" >log 2>&1 ||
  flunk "buildx: $(cat log)"
"$docker" save -o empty.tar empty:1
tar -xOf empty.tar | grep -aqE '"(layers|diff_ids|Layers)": ?null' || echo "this engine writes empty lists"
mkdir "$data/bin"
cp "$(command -v busybox)" "$data/bin/busybox"
cat >empty-use.sh <<SH
#!/bin/sh
exec "$docker" run --rm --network=none -v "$data/bin:/mnt" "\$WINNOW_IMAGE"
SH
chmod +x empty-use.sh
gives 0 "$winnow" record --image empty:1 -o empty.json -- ./empty-use.sh
for source in docker-daemon:empty:1 docker-archive:empty.tar oci-archive:empty.tar; do
  gives 0 "$winnow" image --cache "" ls "$source"
  gives 0 "$winnow" plan empty.json --image "$source" -o empty-keep.json
  [ "$(value empty-keep.json 'len(j["image"]["layers"]), [e["path"] for e in j["entries"]]')" = "(0, ['/'])" ] || flunk "$source is not empty"
  gives 0 "$winnow" emit empty-keep.json --image docker-daemon:empty-slim:1
  gives 0 "$winnow" emit empty-keep.json --layers preserve --image oci-archive:empty-slim.tar:1
done
gives 0 "$winnow" image --cache "" ls oci-archive:empty-slim.tar
gives 0 "$winnow" verify empty-slim:1 --keep empty-keep.json -- ./empty-use.sh
echo "a Docker on containerd's store: $("$docker" version -f '{{.Server.Version}}')"
