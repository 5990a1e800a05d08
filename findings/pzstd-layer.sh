#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A layer that pzstd compressed is zstd to its decoders and to containerd, and "no zstd" to skopeo, buildah and GNU tar.
#
# Versions: Debian 12: zstd 1.5.4+dfsg2-5+deb12u1, skopeo 1.9.3+ds1-1+b10, buildah 1.28.2+ds1-3+deb12u1+b3,
# containerd 1.6.20~ds1-1+deb12u3, tar 1.34+dfsg-1.2+deb12u1.
#
# pzstd (of the zstd package, the parallel compressor) begins each of its frames with a skippable frame (RFC 8878, 3.1.2) that
# holds the frame's size, so its files begin with 50 2a 4d 18 and not with zstd's 28 b5 2f fd. Any decoder of zstd reads them.
# But what tells the compression of a layer by its first bytes knows the second only, and the media type, which says tar+zstd, is
# not asked. Behaviour, for the same tar as the one layer of an OCI layout (media type
# application/vnd.oci.image.layer.v1.tar+zstd), compressed by zstd and by pzstd:
#   - skopeo with --dest-decompress writes the layer of pzstd as it is, compressed, and succeeds without a word.
#   - buildah takes it for a tar, and refuses it.
#   - containerd tells skippable frames and unpacks it.
#   - GNU tar tells zstd's own files without an option, and takes those of pzstd for a tar; with --zstd it reads both.
#
# Output:
#   first bytes zstd: 28b52ffd
#   zstd -d     zstd: the same tar
#   tar -t      zstd: hello
#   tar --zstd  zstd: hello
#   skopeo      zstd: tar, the same tar
#   buildah     zstd: hello
#   containerd  zstd: unpacked
#   first bytes pzstd: 502a4d18
#   zstd -d     pzstd: the same tar
#   tar -t      pzstd: This does not look like a tar archive
#   tar --zstd  pzstd: hello
#   skopeo      pzstd: tar+zstd, the same file as before
#   buildah     pzstd: archive/tar: invalid tar header
#   containerd  pzstd: unpacked
#
# Usage, as root on Debian 12, amd64: findings/pzstd-layer.sh. The packages are unpacked into a temporary directory; the host
# keeps none of it. Status: 0 as above, 1 something is different now, 77 the packages or root are not to be had.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
# shellcheck source=docker.bash
source "$(dirname "$0")/docker.bash" # its containerd unpacks one of the layers

(cd debs && apt-get -o APT::Sandbox::User=root download zstd=1.5.4+dfsg2-5+deb12u1 skopeo=1.9.3+ds1-1+b10 \
  buildah=1.28.2+ds1-3+deb12u1+b3 tar=1.34+dfsg-1.2+deb12u1 libgpgme11 libassuan0 libseccomp2 >>../log 2>&1) ||
  { echo "SKIP: no such packages: $(tail -1 log)"; exit 77; }
for deb in debs/*.deb; do dpkg-deb -x "$deb" tools; done
export PATH=$work/tools/usr/bin:$work/tools/bin:$PATH
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu:$LD_LIBRARY_PATH
unset DOCKER_CONFIG # buildah would want a file in it
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >policy.json

mkdir root
echo hello >root/hello
seq 10000 >root/numbers
tar -C root -cf layer.tar hello numbers
# layout NAME: an image whose only layer is the file NAME.
layout() {
  python3 - "$1" <<'PY'
import hashlib, json, pathlib, sys
name = sys.argv[1]
blobs = pathlib.Path(f"layout-{name}/blobs/sha256")
blobs.mkdir(parents=True)
oci = "application/vnd.oci.image."
def put(data, media):
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": oci + media, "digest": "sha256:" + digest, "size": len(data)}
layer = put(pathlib.Path(name).read_bytes(), "layer.v1.tar+zstd")
diff_id = "sha256:" + hashlib.sha256(pathlib.Path("layer.tar").read_bytes()).hexdigest()
config = put(json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode(), "config.v1+json")
manifest = put(json.dumps({"schemaVersion": 2, "mediaType": oci + "manifest.v1+json", "config": config, "layers": [layer]}).encode(), "manifest.v1+json")
manifest["annotations"] = {"org.opencontainers.image.ref.name": "latest", "io.containerd.image.name": f"layer:{name}"}
layout = blobs.parent.parent
(layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
(layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
PY
}
# same FILE NAME: what a file is.
same() {
  if cmp -s "$1" layer.tar; then echo "the same tar"; elif cmp -s "$1" "$2"; then echo "the same file as before"; else echo other; fi
}
by_tar() {
  tar "$@" 2>&1 | head -1 | sed 's/^tar: //' || true
}
by_skopeo() {
  skopeo --policy policy.json copy -q --dest-decompress "oci:layout-$1:latest" "dir:copy-$1" >said 2>&1 || { tail -1 said; return 0; }
  python3 - "$1" >copied <<'PY'
import json, sys
layer = json.load(open(f"copy-{sys.argv[1]}/manifest.json"))["layers"][0]
print(layer["mediaType"].removeprefix("application/vnd.oci.image.layer.v1."), layer["digest"].removeprefix("sha256:"))
PY
  local media digest
  read -r media digest <copied
  echo "$media, $(same "copy-$1/$digest" "$1")"
}
by_buildah() {
  local options=(--storage-driver vfs --root "$work/storage" --runroot "$work/run") mounted
  if buildah "${options[@]}" from --signature-policy policy.json --name "of-$1" "oci:layout-$1:latest" >said 2>&1; then
    mounted=$(buildah "${options[@]}" mount "of-$1")
    cat "$mounted/hello"
  else
    grep -oE "archive/tar: invalid tar header" said | head -1 || cat said
  fi
}
by_containerd() {
  tar -C "layout-$1" -cf archive.tar oci-layout index.json blobs
  if ctr -a c.sock images import --snapshotter native archive.tar >said 2>&1; then echo unpacked; else tail -1 said; fi
}
zstd -q layer.tar -o zstd
pzstd -q layer.tar -o pzstd
for name in zstd pzstd; do
  layout "$name"
  zstd -q -dc "$name" >decoded
  echo "first bytes $name: $(head -c 4 "$name" | od -An -tx1 | tr -d ' ')"
  echo "zstd -d     $name: $(same decoded "$name")"
  echo "tar -t      $name: $(by_tar -tf "$name")"
  echo "tar --zstd  $name: $(by_tar --zstd -tf "$name")"
  echo "skopeo      $name: $(by_skopeo "$name")"
  echo "buildah     $name: $(by_buildah "$name")"
  echo "containerd  $name: $(by_containerd "$name")"
done | tee found
as_expected
