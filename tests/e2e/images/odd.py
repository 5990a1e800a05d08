#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a docker-archive of one image in which everything is odd that an image may hold: odd.py ARCHIVE NAME BUSYBOX [KIND]
  busybox  its programs are BUSYBOX; the default
  gnu      it has this machine's sh, tar and mkdir with their libraries, and more oddities for a build: names, files that
           builders mount over, a volume, a config that sets everything
  bare     the same without any program
"""
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
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


CONFIG = {"Cmd": ["one", "two words", "$HOME \"'\\"], "Entrypoint": ["/suid"], "User": "1000:2000", "WorkingDir": "/d",
          "Env": ["PATH=/bin:/usr/bin", "QUOTED=say \"$HOME\" \\n 'x' ${y:-z}", "EMPTY="],
          "Labels": {"a b": "c$d \"e\"", "plain": "text"}, "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
          "Volumes": {"/volume": {}}, "StopSignal": "SIGQUIT", "Shell": ["/bin/sh", "-e", "-c"],
          "Healthcheck": {"Test": ["CMD", "/suid", "$x \"y\""], "Interval": 5_000_000_000, "Retries": 3}}


def add_tools(layer):
    """This machine's programs that pick files in a build, and what they are linked to."""
    libraries = set()
    for name in ("sh", "tar", "mkdir"):
        program = shutil.which(name)
        linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        libraries |= set(re.findall(r"(/\S+) \(0x", linked))
        with open(program, "rb") as file:
            layer.add(f"bin/{name}", content=file.read(), mode=0o755)
    directories = {"bin"} | {parent for path in libraries for parent in directories_of(path)}
    for path in sorted(directories):
        layer.dir(path)
    for path in sorted(libraries):
        with open(path, "rb") as file:
            layer.add(path.lstrip("/"), content=file.read(), mode=0o755)


def directories_of(path):
    parts = path.strip("/").split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def for_builds(kind):
    layer = Layer()
    if kind == "gnu":
        add_tools(layer)
    layer.add("dollar $HOME ${x} `id`", content=b"a").add("  two  spaces ", content=b"b").add("-dash", content=b"c")
    layer.add("*?[x]", content=b"d").add("back\\nslash", content=b"e").dir("odd-dir", 0o2731, owner=(77, 88), mtime=1_500_000_000)
    layer.dir("no-write", 0o555, mtime=1_500_000_001).add("no-write/in", content=b"f", mode=0o400, owner=(9, 9))
    layer.dir("closed", 0o000).add("closed/in", content=b"g", mode=0o000)
    layer.dir("etc").add("etc/hosts", content=b"image's hosts\n").add("etc/hostname", content=b"image's name\n", mode=0o640)
    layer.add("etc/resolv.conf", tarfile.SYMTYPE, link="/run/resolv.conf", mode=0o777).add("etc/other", content=b"o", mtime=1_600_000_000.75)
    layer.dir("volume", 0o770, owner=(3, 4)).add("volume/in", content=b"v", owner=(5, 6), mode=0o600)
    layer.dir("./", 0o751, owner=(0, 8), mtime=1_500_000_002).add(".winnow", tarfile.SYMTYPE, link="/d", mode=0o777)
    return layer.done()


def layers(busybox, kind):
    base = Layer().dir("bin").dir("d").dir("d/deep").dir("other").dir("tmp", 0o1777).dir("empty", 0o700, owner=(12, 34))
    if kind == "busybox":
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
    tars = [base.done(), second.done(), third.done(), third.done()]
    return tars if kind == "busybox" else tars + [for_builds(kind)]


def main():
    archive, name, busybox = sys.argv[1:4]
    kind = sys.argv[4] if len(sys.argv) > 4 else "busybox"
    with open(busybox, "rb") as program:
        tars = layers(program.read(), kind)
    diff_ids = ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars]
    config = json.dumps({
        "architecture": "amd64" if os.uname().machine == "x86_64" else "arm64", "os": "linux",
        "config": {"Cmd": ["/bin/sh", "-c", "exec /bin/busybox sleep 300"], "Env": ["PATH=/bin"]} if kind == "busybox" else CONFIG,
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
