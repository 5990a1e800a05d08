#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what `winnow image dump` says.
  compare.py same DUMP DUMP...     all say the same of the image, but for its names and how its blobs are stored
  compare.py mounted DUMP ROOT     the dump is what stands in the directory ROOT, file by file
"""
import hashlib
import json
import os
import re
import stat
import sys

TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink", stat.S_IFCHR: "char-device",
         stat.S_IFBLK: "block-device", stat.S_IFIFO: "fifo"}
# What the engine puts or mounts there itself; the directories around it are touched by that.
ENGINE = re.compile(rb"/(\.dockerenv|dev|proc|sys|etc|run)(/.*)?$")


def raw(text):
    """escape_path, undone."""
    parts = re.split(r"(\\\\|\\x[0-9a-f]{2})", text)
    return b"".join(b"\\" if p == "\\\\" else bytes([int(p[2:], 16)]) if re.fullmatch(r"\\x..", p) else p.encode()
                    for p in parts)


def load(path):
    with open(path, encoding="utf-8") as file:
        dump = json.load(file)
    # Tools that make an OCI image of a Docker one write the config anew, which changes the id: what it says has to stay.
    del dump["names"], dump["id"]
    config = json.loads(raw(dump["config"]))
    dump["config"] = {key: config.get(key) for key in ("architecture", "os", "rootfs")}
    dump["config"] |= {key: config["config"].get(key) for key in ("Cmd", "Env", "Entrypoint", "User", "WorkingDir")}
    for layer in dump["layers"]:
        del layer["digest"], layer["size"]
    return dump


def differences(one, other, what):
    for key in sorted(set(one) | set(other)):
        if one.get(key) != other.get(key):
            yield f"{what} {key}: {one.get(key)} / {other.get(key)}"


def same(paths):
    first = load(paths[0])
    found = []
    for path in paths[1:]:
        dump = load(path)
        for part in ("entries", "shadowed"):
            by_path = [{f"{e['path']} in {e['layer']}": e for e in d.pop(part)} for d in (dict(first), dump)]
            found += differences(*by_path, f"{path} {part}")
        rest = {key: value for key, value in first.items() if key not in ("entries", "shadowed")}
        found += differences(rest, dump, path)
    return found


def mounted(path, root):
    root = os.fsencode(root).rstrip(b"/") + b"/"  # /proc/PID/root is a link
    entries = {raw(entry["path"]): entry for entry in load(path)["entries"]}
    device = os.lstat(root).st_dev
    seen, groups, found = set(), {}, []
    for directory, names, files in os.walk(root):
        for name in [b""] * (directory == root) + names + files:
            full = os.path.join(directory, name) if name else root
            inside = full[len(root) - 1:]
            try:
                status = os.lstat(full)
            except FileNotFoundError:  # a whiteout in a directory that hides no other is listed, though not there
                continue
            if ENGINE.match(inside) or (stat.S_ISDIR(status.st_mode) and status.st_dev != device):
                if name in names:
                    names.remove(name)
                continue
            seen.add(inside)
            if inside not in entries:
                found.append(f"{inside} is mounted, and not in the dump")
                continue
            entry = dict(entries[inside])
            truth = {"type": TYPES[stat.S_IFMT(status.st_mode)], "mode": f"{stat.S_IMODE(status.st_mode):04o}",
                     "uid": status.st_uid, "gid": status.st_gid}
            if truth["type"] == "file":
                truth["size"] = status.st_size
                with open(full, "rb") as file:
                    truth["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
                if status.st_nlink > 1:
                    groups.setdefault(status.st_ino, set()).add(entry.get("hard_link_group"))
            if truth["type"] == "symlink":
                truth["link_target"] = os.readlink(full)
                entry["link_target"] = raw(entry.get("link_target", ""))
            if truth["type"].endswith("device"):
                truth["device"] = [os.major(status.st_rdev), os.minor(status.st_rdev)]
            if not entry.get("implied"):  # made while unpacking, with the time of that
                truth["mtime"] = status.st_mtime_ns // 10**9
                truth["mtime_ns"] = status.st_mtime_ns % 10**9
                entry.setdefault("mtime_ns", 0)
            xattrs = {n: "0x" + os.getxattr(full, n, follow_symlinks=False).hex()
                      for n in os.listxattr(full, follow_symlinks=False)}
            if xattrs or "xattrs" in entry:
                truth["xattrs"] = xattrs
            found += [f"{inside}: {key} is {value}, the dump says {entry.get(key)}"
                      for key, value in truth.items() if entry.get(key) != value]
    found += [f"{p} is in the dump, and not mounted" for p in entries if p not in seen and not ENGINE.match(p)]
    found += [f"hard links have the groups {g}" for g in groups.values() if len(g) != 1 or None in g]
    print(f"{len(seen)} entries compared with the mount, {len(groups)} files with several names")
    return found


def main():
    problems = same(sys.argv[2:]) if sys.argv[1] == "same" else mounted(*sys.argv[2:])
    print("\n".join(problems[:50]))
    sys.exit(1 if problems else 0)


main()
