#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a real docker-archive out of this machine's own files, one layer for each directory, gzip'd or not."""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import tarfile


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive")
    parser.add_argument("directories", nargs="+")
    parser.add_argument("--gzip", action="store_true", help="compress each layer")
    words = parser.parse_args()
    work = words.archive + ".d"
    os.makedirs(work)
    layers, diff_ids, packing = [], [], []
    for number, directory in enumerate(words.directories):
        tar = f"{work}/{number}.tar"
        with open(tar, "wb") as out:
            subprocess.run(["tar", "-C", "/", "--one-file-system", "-c", directory.strip("/")], stdout=out, check=True,
                           stderr=subprocess.DEVNULL)
        with open(tar, "rb") as made:
            diff_ids.append("sha256:" + hashlib.file_digest(made, "sha256").hexdigest())
        if words.gzip:
            packing.append(subprocess.Popen(["gzip", "-n6", "-S", ".gz", tar]))
        layers.append(f"{number}/layer.tar")
    for number, one in enumerate(packing):
        if one.wait() != 0:
            raise SystemExit("gzip failed")
        os.replace(f"{work}/{number}.tar.gz", f"{work}/{number}.tar")
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                         "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["bench:1"], "Layers": layers}]).encode()
    for path, content in ((f"{work}/{name}", config), (f"{work}/manifest.json", manifest)):
        with open(path, "wb") as out:
            out.write(content)
    with tarfile.open(words.archive, "w") as archive:
        archive.add(f"{work}/{name}", name)
        for number, layer in enumerate(layers):
            archive.add(f"{work}/{number}.tar", layer)
        archive.add(f"{work}/manifest.json", "manifest.json")
    shutil.rmtree(work)


main()
