#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a docker-archive whose one layer has a million empty files: make_million.py ARCHIVE"""
import hashlib
import io
import json
import os
import sys
import tarfile


def main():
    layer = sys.argv[1] + ".layer"
    with tarfile.open(layer, "w", format=tarfile.USTAR_FORMAT) as tar:
        for directory in range(1000):
            info = tarfile.TarInfo(f"usr/share/directory-{directory:04d}")
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
            for number in range(999):
                tar.addfile(tarfile.TarInfo(f"usr/share/directory-{directory:04d}/some-file-name-{number:04d}.txt"))
    with open(layer, "rb") as made:
        diff_id = "sha256:" + hashlib.file_digest(made, "sha256").hexdigest()
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                         "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["million:1"], "Layers": ["0/layer.tar"]}]).encode()
    with tarfile.open(sys.argv[1], "w") as archive:
        for path, content in ((name, config), ("manifest.json", manifest)):
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        archive.add(layer, "0/layer.tar")
    os.remove(layer)


main()
