#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a docker-archive of one image in which everything is odd that an image may hold: odd.py ARCHIVE NAME BUSYBOX"""
import hashlib
import io
import json
import os
import sys
import tarfile

CAPABILITY = b"\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # cap_net_bind_service+ep


class Layer:
    def __init__(self):
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape")

    def add(self, name, kind=tarfile.REGTYPE, content=b"", mode=0o644, owner=(0, 0), mtime=1_600_000_000, link="",
            device=(0, 0), xattrs=None):
        info = tarfile.TarInfo(os.fsdecode(name) if isinstance(name, bytes) else name)
        info.type, info.size, info.mode, info.mtime, info.linkname = kind, len(content), mode, mtime, link
        info.uid, info.gid = owner
        info.devmajor, info.devminor = device
        info.pax_headers = {f"SCHILY.xattr.{key}": value.decode("utf-8", "surrogateescape")
                            for key, value in (xattrs or {}).items()}
        self.tar.addfile(info, io.BytesIO(content))
        return self

    def dir(self, name, mode=0o755, **rest):
        return self.add(name, tarfile.DIRTYPE, mode=mode, **rest)

    def done(self):
        self.tar.close()
        return self.bytes.getvalue()


def layers(busybox):
    base = Layer().dir("bin").dir("d").dir("d/deep").dir("other").dir("tmp", 0o1777).dir("empty", 0o700, owner=(12, 34))
    base.add("bin/busybox", content=busybox, mode=0o755)
    base.add("bin/sh", tarfile.SYMTYPE, link="busybox", mode=0o777)
    base.add("suid", content=b"s", mode=0o6755, owner=(1000, 2000), mtime=1_600_000_000.25)
    base.add("capable", content=b"c", mode=0o755, xattrs={"security.capability": CAPABILITY})
    base.add("labelled", content=b"l", xattrs={"user.note": b"two\nlines", "user.bytes": b"\x01\xff"})
    base.add(b"new\nline", content=b"1").add(b"qu\"o'te\\", content=b"2").add(b"inv\xff\xfe", content=b"3")
    base.add(b"tab\tesc\x1b[31m", content=b"4").add("accent\u0301", content=b"5").add("n" * 255, content=b"6")
    base.dir("p" * 200).dir("p" * 200 + "/" + "q" * 200).add("p" * 200 + "/" + "q" * 200 + "/long", content=b"7")
    base.add("d/file", content=b"shared" * 1000).add("other/link", tarfile.LNKTYPE, link="d/file")
    base.add("d/deep/link", tarfile.LNKTYPE, link="d/file").add("fifo", tarfile.FIFOTYPE, mode=0o600)
    base.add("char", tarfile.CHRTYPE, device=(1, 3), mode=0o666).add("block", tarfile.BLKTYPE, device=(7, 1))
    base.add("zero", content=bytes(1_000_000)).add("nothing", content=b"").add("old", content=b"", mtime=0)
    base.dir("opaque").add("opaque/hidden", content=b"h").dir("becomes-link").add("becomes-link/in", content=b"x")
    base.add("deleted", content=b"gone").add("readded", content=b"first").dir("becomes-file").add("becomes-file/in")
    base.add("marked-file", content=b"m").add("marked-link", tarfile.SYMTYPE, link="other", mode=0o777)
    base.add("becomes-dir", content=b"file").add("absolute", tarfile.SYMTYPE, link="/other/../d", mode=0o777)

    # A whiteout below what is no directory in the layer below, and which the layer does not list.
    second = Layer().add("marked-file/.wh.x").add("marked-link/.wh.link")
    second.add(".wh.deleted").add(".wh.readded").dir("opaque").add("opaque/.wh..wh..opq")
    second.add("opaque/new", content=b"n").add("becomes-link", tarfile.SYMTYPE, link="other", mode=0o777)
    second.add("becomes-file", content=b"f").dir("becomes-dir").add("becomes-dir/in", content=b"i")
    second.dir("d", 0o750, owner=(5, 6)).add("suid", content=b"s2", mode=0o4711)

    third = Layer().add("readded", content=b"second").dir("twice").add("twice/file", content=b"t")
    return [base.done(), second.done(), third.done(), third.done()]


def main():
    archive, name, busybox = sys.argv[1:]
    with open(busybox, "rb") as program:
        tars = layers(program.read())
    diff_ids = ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars]
    config = json.dumps({
        "architecture": "amd64" if os.uname().machine == "x86_64" else "arm64", "os": "linux",
        "config": {"Cmd": ["/bin/sh", "-c", "exec /bin/busybox sleep 300"], "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created_by": f"ADD layer {number}"} for number in range(len(tars))]}).encode()
    digest = hashlib.sha256(config).hexdigest()
    files = {f"{digest}.json": config}
    names = [f"{number}/layer.tar" for number in range(len(tars))]
    files.update(zip(names, tars))
    files["manifest.json"] = json.dumps([{"Config": f"{digest}.json", "RepoTags": [name], "Layers": names}]).encode()
    with tarfile.open(archive, "w") as out:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    print("sha256:" + digest)


main()
