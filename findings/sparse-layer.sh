#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Docker with a graph driver loads and runs an image with a sparse file in a layer, and can never save or push it again.
#
# Versions: Debian 12: docker.io 20.10.24+dfsg1-1+deb12u1+b6, containerd 1.6.20~ds1-1+deb12u3, runc 1.1.5+ds1-1+deb12u1,
# libdevmapper1.02.1 2:1.02.185-2, GNU tar 1.34.
#
# A layer is a tar, and tars have two ways to leave out a file's zeros: pax records (GNU.sparse.*) and GNU's own type "S".
# Whoever writes layers for large files of zeros, such as a lastlog of large user ids, would take one of them. Behaviour:
#   - `tar --sparse --format=gnu` (the format that GNU tar writes by default): `docker load` refuses the layer.
#   - `tar --sparse --format=pax`, map version 0.1 or 1.0: `docker load` succeeds and a container sees the right file, its
#     zeros written out (20 MiB take 20 MiB of the disk). `docker save` of the same image fails: the layer is put together
#     again from the unpacked files by tar-split, whose record of it does not hold the sparse map, and its digest differs.
#   - without --sparse the same file loads, runs and saves. So zeros have to be written, and left to the compression.
#
# Output:
#   load   plain: ok
#   run    plain: 20971520 bytes, 40960 blocks
#   save   plain: ok
#   load   gnu: unhandled tar header type 83
#   load   pax-0.1: ok
#   run    pax-0.1: 20971520 bytes, 40960 blocks
#   save   pax-0.1: could not verify layer data
#   load   pax-1.0: ok
#   run    pax-1.0: 20971520 bytes, 40960 blocks
#   save   pax-1.0: could not verify layer data
#
# Usage, as root on Debian 12, amd64: findings/sparse-layer.sh. The packages are unpacked into a temporary directory; the host
# keeps none of it. Status: 0 as above, 1 something is different now, 77 the packages or root are not to be had.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
# shellcheck source=docker.bash
source "$(dirname "$0")/docker.bash"

mkdir root
cp host/bin/busybox root/busybox
truncate -s 20M root/zeros
printf x | dd of=root/zeros bs=1 seek=9000000 conv=notrunc status=none
# image NAME TAR-OPTION...: an archive of an image whose only layer is ROOT.
image() {
  tar -C root "${@:2}" -cf layer.tar .
  python3 - "$1" <<'PY'
import hashlib, io, json, sys, tarfile
layer = open("layer.tar", "rb").read()
config = {"os": "linux", "architecture": "amd64", "config": {"Cmd": ["/busybox", "stat", "-c", "%s bytes, %b blocks", "/zeros"]},
          "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}
manifest = [{"Config": "config.json", "RepoTags": [f"sparse:{sys.argv[1]}"], "Layers": ["layer.tar"]}]
with tarfile.open("image.tar", "w") as out:
    for name, data in ("layer.tar", layer), ("config.json", json.dumps(config).encode()), ("manifest.json", json.dumps(manifest).encode()):
        member = tarfile.TarInfo(name)
        member.size = len(data)
        out.addfile(member, io.BytesIO(data))
PY
}
# attempt WORD NAME COMMAND...: one line of the output.
attempt() {
  local said
  if said=$("${@:3}" 2>&1); then
    [ "$1" = run ] || said=ok
  else
    said=$(grep -oE "unhandled tar header type [0-9]+|could not verify layer data" <<<"$said" || echo "$said")
  fi
  printf '%-6s %s: %s\n' "$1" "$2" "$said"
}
all() {
  image "$@"
  attempt load "$1" docker load -qi image.tar
  docker image inspect "sparse:$1" >/dev/null 2>&1 || return 0
  attempt run "$1" docker run --rm --network=none "sparse:$1"
  attempt save "$1" docker save -o saved.tar "sparse:$1"
}
{
  all plain
  all gnu --sparse --format=gnu
  all pax-0.1 --sparse --format=pax --sparse-version=0.1
  all pax-1.0 --sparse --format=pax --sparse-version=1.0
} | tee found
as_expected
