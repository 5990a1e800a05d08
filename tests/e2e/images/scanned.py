#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a scanner finds in a root with the packages of which a keep spec keeps a file.
  scanned.py KEEP REPORT [FAT]      REPORT and FAT are trivy's, as CycloneDX, of the slim and of the whole root
The two sets are to be equal, and FAT's is to hold REPORT's. The image's own application, whose package.json no package
owns, is none of either.
"""
import json
import sys
import urllib.parse

MANAGERS = {"npm": "npm", "pypi": "pip", "gem": "gem", "deb": "deb", "apk": "apk", "rpm": "rpm"}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def found_in(report, unowned):
    found = set()
    for part in load(report).get("components", []):
        if part["type"] != "library":
            continue
        properties = {one["name"].rpartition(":")[2]: one["value"] for one in part.get("properties", [])}
        if "/" + properties.get("FilePath", "").lstrip("/") in unowned:
            continue
        purl = urllib.parse.urlsplit(part["purl"])
        version, epoch = part["version"], dict(urllib.parse.parse_qsl(purl.query)).get("epoch")
        if epoch and not version.startswith(epoch + ":"):  # trivy leaves it to the package URL
            version = f"{epoch}:{version}"
        name = f"{part['group']}/{part['name']}" if part.get("group") else part["name"]
        manager = MANAGERS[purl.path.partition("/")[0]]
        found.add(f"{manager}:{name}@{version}")
    return found


def main():
    keep, report, *source = sys.argv[1:]
    entries = [one for one in load(keep)["entries"] if one["type"] != "directory"]
    kept = {one["package"] for one in entries if "package" in one}
    unowned = {one["path"] for one in entries if "package" not in one}
    found = found_in(report, unowned)
    wrong = [f"{one} is kept, and not found" for one in sorted(kept - found)]
    wrong += [f"{one} is found, and not kept" for one in sorted(found - kept)]
    if source:
        wrong += [f"{one} is not found in the whole image" for one in sorted(found - found_in(source[0], unowned))]
    print("\n".join(wrong[:20]))
    counts = {manager: sum(one.startswith(manager + ":") for one in found) for manager in MANAGERS.values()}
    print(f"{len(kept)} kept, found {' '.join(f'{m} {n}' for m, n in counts.items() if n)}")
    sys.exit(1 if wrong or not found else 0)


main()
