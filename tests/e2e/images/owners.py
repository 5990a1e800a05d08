#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the owners that `winnow image dump` tells with what package managers say themselves.
  owners.py DUMP TRUTH PREFIX      TRUTH has lines "PACKAGE<tab>PATH"; PREFIX chooses packages, "deb:" for example
Files and links are compared, in both directions. A path of TRUTH may lead through links of the image (usr-merge).
"""
import json
import posixpath
import sys


def real(path, links):
    """PATH with the links of its directories followed."""
    done = ""
    for part in path.strip("/").split("/"):
        done = links.get(done, done) + "/" + part
    return done


def main():
    dump, truth, prefix = sys.argv[1:]
    with open(dump, encoding="utf-8") as file:
        entries = json.load(file)["entries"]
    links = {e["path"]: posixpath.normpath(posixpath.join(posixpath.dirname(e["path"]), e["link_target"]))
             for e in entries if e["type"] == "symlink"}
    said = {e["path"]: e.get("package") for e in entries if e["type"] in ("file", "symlink")}
    expected = {}
    with open(truth, encoding="utf-8") as file:
        for line in file:
            package, path = line.rstrip("\n").split("\t")
            expected.setdefault(real(path, links), set()).add(package)
    known = {path: owners for path, owners in expected.items() if path in said}
    # What package managers do not list: bytecode goes with its source, dpkg's notes on a package with the package, and a
    # link to a directory that several packages list is nobody's.
    for path in said:
        directory, name = posixpath.split(path)
        source = f"{posixpath.dirname(directory)}/{name.split('.')[0]}.py"
        if directory.endswith("/__pycache__") and source in known:
            known.setdefault(path, known[source])
        if directory == "/var/lib/dpkg/info" and prefix == "deb:":
            known[path] = {said[path]}
        if path in links and len(known.get(path, ())) > 1:
            known[path] = {None}
    wrong = [f"{path} is of {' or '.join(map(str, owners))}, winnow says {said[path]}"
             for path, owners in known.items() if said[path] not in owners]
    wrong += [f"{path} is of nobody, winnow says {owner}" for path, owner in said.items()
              if owner and owner.startswith(prefix) and path not in known]
    print("\n".join(wrong[:20]))
    print(f"{len(known)} files of {len(set().union(*known.values()) if known else ())} packages compared, {len(wrong)} differ")
    sys.exit(1 if wrong or not known else 0)


main()
