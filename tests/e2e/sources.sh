#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One odd image through every source reads the same, and is what the kernel shows in a mounted container, file by file.
. "$(dirname "$0")/lib.sh"
compare=$e2e/images/compare.py
name=winnow-odd:$RANDOM
cd "$work"
export XDG_CACHE_HOME=$work/cache

containerd_pid=
container=
inside=
clean_up() {
  [ -z "$inside" ] || kill "$inside" 2>/dev/null || true
  [ -z "$container" ] || "$docker" rm -f "$container" >/dev/null
  "$docker" image rm -f "$name" >/dev/null 2>&1 || true
  if [ -n "$containerd_pid" ]; then
    ctr -a "$work/ctrd/sock" -n odd tasks kill -s KILL odd >/dev/null 2>&1 || true
    ctr -a "$work/ctrd/sock" -n odd tasks delete -f odd >/dev/null 2>&1 || true
    ctr -a "$work/ctrd/sock" -n odd containers delete odd >/dev/null 2>&1 || true
    kill "$containerd_pid"
    wait "$containerd_pid" || true
  fi
  umount "$work/store/overlay" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

dumps=()
# dump LABEL REFERENCE: without the cache, so that each source is really read; with it the same comes out again.
dump() {
  echo "reading $2"
  gives 0 "$winnow" image --cache "" dump "$2"
  cp out "$1.json"
  dumps+=("$1.json")
  gives 0 "$winnow" image dump "$2"
  "$compare" same "$1.json" out || flunk "$2 reads differently with the cache"
}

id=$("$e2e/images/odd.py" odd.tar "$name" "$(command -v busybox)")
dump made docker-archive:odd.tar
[ "$(value made.json 'j["id"]')" = "$id" ] || flunk "the image has another id"

# Docker: by its API, by what it saves, and from the layers of a running container.
"$docker" load -qi odd.tar >/dev/null
"$docker" save -o saved.tar "$name"
gzip -k1 saved.tar
dump daemon "docker-daemon:$name"
dump saved docker-archive:saved.tar
dump saved-gz docker-archive:saved.tar.gz
container=$("$docker" run -d --network=none "$name")
pid=$("$docker" inspect -f '{{.State.Pid}}' "$container")
dump pid "pid:$pid"
"$compare" mounted made.json "/proc/$pid/root" || flunk "the container shows something else"

# skopeo, buildah and umoci, with gzip and zstd.
skopeo --insecure-policy copy -q docker-archive:odd.tar oci:layout:odd
skopeo --insecure-policy copy -q --dest-compress --dest-compress-format zstd docker-archive:odd.tar oci:zstd:odd
skopeo --insecure-policy copy -q docker-archive:odd.tar oci-archive:skopeo.tar:odd
skopeo --insecure-policy copy -q docker-archive:odd.tar docker-archive:skopeo-docker.tar:odd:1
dump layout oci:layout:odd
dump zstd oci:zstd:odd
dump skopeo oci-archive:skopeo.tar
dump skopeo-docker docker-archive:skopeo-docker.tar
umoci tag --image layout:odd umoci
dump umoci oci:layout:umoci
tar -C layout -cf tarred.tar .
dump tarred oci-archive:tarred.tar:odd

# An index within an index, for several platforms.
python3 - layout nested <<'PY'
import hashlib, json, os, shutil, sys
source, nested = sys.argv[1:]
shutil.copytree(source, nested)
index = json.load(open(f"{nested}/index.json"))
manifest = next(m for m in index["manifests"] if m["annotations"]["org.opencontainers.image.ref.name"] == "odd")
del manifest["annotations"]
arch = "amd64" if os.uname().machine == "x86_64" else "arm64"
wrong = dict(manifest, digest="sha256:" + "0" * 64, platform={"os": "linux", "architecture": "s390x"})
note = dict(manifest, digest="sha256:" + "1" * 64, platform={"os": "unknown", "architecture": "unknown"})
inner = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
    wrong, note, dict(manifest, platform={"os": "linux", "architecture": arch})]}).encode()
digest = hashlib.sha256(inner).hexdigest()
open(f"{nested}/blobs/sha256/{digest}", "wb").write(inner)
json.dump({"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json",
    "digest": "sha256:" + digest, "size": len(inner)}]}, open(f"{nested}/index.json", "w"))
PY
dump nested oci:nested
gives 3 "$winnow" image --platform linux/riscv64 ls oci:nested
says "there is: linux/s390x"
gives 3 "$winnow" image --platform linux/s390x ls oci:nested
says "is missing"

# One image under several names, with and without its platform; and beside it one for a processor that can do more.
python3 - layout named <<'PY'
import copy, json, os, shutil, sys
source, named = sys.argv[1:]
shutil.copytree(source, named)
index = json.load(open(f"{named}/index.json"))
manifest = next(m for m in index["manifests"] if m["annotations"]["org.opencontainers.image.ref.name"] == "odd")
arch = "amd64" if os.uname().machine == "x86_64" else "arm64"
platform = {"os": "linux", "architecture": arch}
other = copy.deepcopy(manifest)
other["annotations"]["org.opencontainers.image.ref.name"] = "latest"
better = dict(manifest, digest="sha256:" + "0" * 64, platform=dict(platform, variant="v9"))
del better["annotations"]
index["manifests"] = [better, manifest, dict(other, platform=platform)]
json.dump(index, open(f"{named}/index.json", "w"))
PY
dump named oci:named
[ "$(value named.json 'j["names"]')" = "['odd', 'latest']" ] || flunk "named $(value named.json 'j["names"]')"
case $(uname -m) in x86_64) arch=amd64 ;; *) arch=arm64 ;; esac
gives 3 "$winnow" image --platform linux/$arch/v9 ls oci:named
says "is missing"

# Layers as pzstd writes them: a skippable frame before each frame.
python3 - layout pzstd <<'PY'
import gzip, hashlib, json, shutil, subprocess, sys
source, made = sys.argv[1:]
shutil.copytree(source, made)
blob = lambda digest: f"{made}/blobs/sha256/{digest.split(':')[1]}"
def store(data):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    open(blob(digest), "wb").write(data)
    return {"digest": digest, "size": len(data)}
index = json.load(open(f"{made}/index.json"))
entry = next(m for m in index["manifests"] if m["annotations"]["org.opencontainers.image.ref.name"] == "odd")
manifest = json.load(open(blob(entry["digest"])))
for layer in manifest["layers"]:
    tar = gzip.decompress(open(blob(layer["digest"]), "rb").read())
    data = subprocess.run(["pzstd", "-q", "-c", "-p", "2"], input=tar, stdout=subprocess.PIPE, check=True).stdout
    assert data[1:4] == b"*M\x18", "pzstd wrote no skippable frame"
    layer.update(store(data), mediaType="application/vnd.oci.image.layer.v1.tar+zstd")
entry.update(store(json.dumps(manifest).encode()))
json.dump(index, open(f"{made}/index.json", "w"))
PY
dump pzstd oci:pzstd:odd

# The store of podman and buildah.
store="overlay@$work/store+$work/run"
if skopeo --insecure-policy copy -q docker-archive:odd.tar "containers-storage:[$store]localhost/$name" 2>err; then
  dump storage "containers-storage:[$store]$name"
  buildah --root "$work/store" --runroot "$work/run" --storage-driver overlay push -q "localhost/$name" "oci-archive:$work/buildah.tar:odd" >/dev/null
  dump buildah oci-archive:buildah.tar
  gives 3 "$winnow" image ls "containers-storage:[$store]nobody:1"
  says "there is: localhost/$name"
  # A process whose root is a container's of that store.
  buildah=(buildah --root "$work/store" --runroot "$work/run" --storage-driver overlay)
  working=$("${buildah[@]}" from --pull-never "localhost/$name")
  # shellcheck disable=SC2016  # its own arguments
  unshare --mount --propagation private sh -ec '
    cd "$1"
    mount --bind . .
    cd "$1"
    mkdir tmp/old
    pivot_root . tmp/old
    exec /bin/busybox sleep 300' - "$("${buildah[@]}" mount "$working")" &
  inside=$!
  for _ in $(seq 50); do [ "$(readlink "/proc/$inside/exe")" = /bin/busybox ] && break; sleep 0.1; done
  dump storage-pid "pid:$inside"
  kill "$inside"
  wait "$inside" || true
  inside=
  "${buildah[@]}" umount "$working" >/dev/null
else
  flunk "no store of containers: $(cat err)"
fi

# containerd's, while it runs, after it has stopped, and from the layers of a running container.
mkdir ctrd
cat >ctrd/config.toml <<TOML
version = 2
root = "$work/ctrd/root"
state = "$work/ctrd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$work/ctrd/sock"
TOML
containerd -c ctrd/config.toml >ctrd/log 2>&1 &
containerd_pid=$!
for _ in $(seq 100); do [ -S ctrd/sock ] && ctr -a ctrd/sock version >/dev/null 2>&1 && break; sleep 0.1; done
ctr -a ctrd/sock -n odd images import --base-name docker.io/library/odd skopeo.tar >/dev/null
image=$(ctr -a ctrd/sock -n odd images ls -q | head -1)
dump containerd "containerd:[$work/ctrd/root]odd/$image"
gives 3 "$winnow" image ls "containerd:[$work/ctrd/root]odd/nobody:1"
says "there is: odd/$image"
ctr -a ctrd/sock -n odd run -d --cgroup "" --snapshotter overlayfs "$image" odd ||
  flunk "containerd runs nothing: $(tail -5 ctrd/log)"
pid=$(ctr -a ctrd/sock -n odd tasks ls | awk '$1 == "odd" {print $2}')
dump containerd-pid "pid:$pid"
"$compare" mounted made.json "/proc/$pid/root" || flunk "containerd's container shows something else"

"$compare" same "${dumps[@]}" || flunk "sources differ"
# The comparison can fail: one bit of one mode.
sed '0,/"mode":"0644"/s//"mode":"0645"/' made.json >changed.json
! "$compare" same made.json changed.json >/dev/null || flunk "compare.py sees no difference"
! "$compare" mounted changed.json "/proc/$pid/root" >/dev/null || flunk "compare.py sees no difference to the mount"

gives 3 "$winnow" image ls pid:$$
says "no overlay of image layers"
echo "${#dumps[@]} sources read the same $(value made.json 'len(j["entries"])') entries"
