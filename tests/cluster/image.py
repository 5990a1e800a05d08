#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an image as an OCI archive, without an engine:
  tests/cluster/image.py OUT NAME:TAG COMMAND SOURCE=PATH... [--layer SOURCE=PATH...]
COMMAND is the entry point as a JSON list. SOURCE is a file or a directory of this machine; "@TARGET=PATH" makes a
symbolic link, "!SOURCE=PATH" puts a program with its libraries. Each --layer starts the next layer."""
import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
TYPE = "application/vnd.oci.image."


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layer:
    """A tar of files that all belong to root and are of one time, so that equal input makes an equal image."""

    def __init__(self):
        self.buffer = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT)
        self.names = set()

    def add(self, name, kind, mode, data=b"", link=""):
        if name in self.names or not name:
            return
        if os.path.dirname(name):
            self.add(os.path.dirname(name), tarfile.DIRTYPE, 0o755)
        self.names.add(name)
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.size, info.linkname = kind, mode, len(data), link
        self.tar.addfile(info, io.BytesIO(data))

    def put(self, source, path):
        name = path.strip("/")
        if source.startswith("@"):
            self.add(name, tarfile.SYMTYPE, 0o777, link=source[1:])
        elif source.startswith("!"):
            self.put(source[1:], path)
            for library in libraries(source[1:]):
                self.put(library, library)
        elif os.path.isdir(source):
            self.add(name, tarfile.DIRTYPE, 0o755)
            for entry in sorted(os.listdir(source)):
                self.put(os.path.join(source, entry), os.path.join(path, entry))
        else:
            with open(source, "rb") as file:
                self.add(name, tarfile.REGTYPE, 0o755 if os.access(source, os.X_OK) else 0o644, file.read())

    def bytes(self):
        self.tar.close()
        return self.buffer.getvalue()


def libraries(program):
    """What the dynamic linker loads for PROGRAM, itself included; nothing for a static one."""
    printed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return [word for line in printed.splitlines() for word in line.split() if word.startswith("/")]


def layers_of(arguments):
    layers = [Layer()]
    layers[0].add("tmp", tarfile.DIRTYPE, 0o1777)
    for argument in arguments:
        if argument == "--layer":
            layers.append(Layer())
        else:
            layers[-1].put(*argument.split("=", 1))
    return [layer.bytes() for layer in layers]


def main(out, name, command, *arguments):
    blobs = {}

    def blob(data, kind):
        blobs[digest(data)] = data
        return {"mediaType": TYPE + kind, "digest": digest(data), "size": len(data)}

    def document(value, kind):
        return blob(json.dumps(value).encode(), kind)

    layers = layers_of(arguments)
    config = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux",
        "config": {"Entrypoint": json.loads(command), "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
        "history": [{"created_by": "tests/cluster/image.py"} for layer in layers],
    }
    manifest = document({
        "schemaVersion": 2, "mediaType": TYPE + "manifest.v1+json", "config": document(config, "config.v1+json"),
        "layers": [blob(gzip.compress(layer, 1, mtime=0), "layer.v1.tar+gzip") for layer in layers],
    }, "manifest.v1+json")
    tag = name.rpartition(":")[2]
    manifest["annotations"] = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag}
    files = {"oci-layout": json.dumps({"imageLayoutVersion": "1.0.0"}).encode(),
             "index.json": json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()}
    files |= {"blobs/sha256/" + key.partition(":")[2]: data for key, data in blobs.items()}
    with tarfile.open(out, "w") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


if len(sys.argv) < 4:
    sys.exit(__doc__)
main(*sys.argv[1:])
