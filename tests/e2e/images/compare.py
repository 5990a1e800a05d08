#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what `winnow image dump` says.
  compare.py same DUMP DUMP...     all say the same of the image, but for its names and how its blobs are stored
  compare.py mounted DUMP ROOT     the dump is what stands in the directory ROOT, file by file
  compare.py built KEEP WANT DUMP [LOSS...]   a Dockerfile's image DUMP holds what WANT does and the additions of the keep
                                   spec KEEP; a builder that loses something is forgiven LOSS: "PATH KEY", "PATH" or "config KEY"
                                   or, of all additions that are directories, "added mtime"
  compare.py onto BASE KEEP WANT DUMP [LOSS...]   the same of an image that adds to BASE, whose other entries are there too
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


COMPARED = ("type", "mode", "uid", "gid", "size", "sha256", "link_target", "device", "xattrs", "mtime")
CONFIG = ("Cmd", "Env", "Entrypoint", "User", "WorkingDir", "ExposedPorts", "Volumes", "Labels", "StopSignal", "Healthcheck",
          "Shell", "OnBuild")
# Builders mount there while they build, and no builder gives the root directory any attributes.
NOT_BUILT = re.compile(rb"/((dev|proc|sys)(/.*)?)?$")


def read(path):
    with open(path, encoding="utf-8") as file:
        dump = json.load(file)
    entries = {raw(e["path"]): e for e in dump["entries"] if not NOT_BUILT.match(raw(e["path"]))}
    return entries, json.loads(raw(dump["config"]))["config"]


def link_groups(entries):
    groups = {}
    for path, entry in entries.items():
        if "hard_link_group" in entry:
            groups.setdefault(entry["hard_link_group"], set()).add(path)
    return {frozenset(group) for group in groups.values()}


def built(keep, want, dump, *lost, base=None):
    lost = {tuple(loss.encode().split(b" ")) for loss in lost}
    (wanted, config), (found, made) = read(want), read(dump)
    with open(keep, encoding="utf-8") as file:
        spec = json.load(file)
    added = {raw(e["path"]): e for e in spec["additions"]}
    implied = {raw(e["path"]) for e in spec["entries"] if e.get("implied")}  # made with the time of the unpacking
    wanted = wanted | {path: {key: value for key, value in e.items() if key in COMPARED} for path, e in added.items()}
    if (b"added", b"mtime") in lost:
        lost |= {(path, b"mtime") for path, e in added.items() if e["type"] == "directory"}
    problems = []
    if base:  # what the base had stays, unless something took its place
        under = read(base)[0]
        made["Env"] = [one for one in made["Env"] if one in config["Env"]]
        wanted = under | wanted
    for path in sorted(set(wanted) | set(found)):
        if (path,) in lost:
            continue
        one, other = wanted.get(path), found.get(path)
        if one is None or other is None:
            problems.append(f"{path} is only {'wanted' if other is None else 'built'}")
            continue
        problems += [f"{path} {key}: wanted {one.get(key)}, built {other.get(key)}" for key in COMPARED
                     if one.get(key) != other.get(key) and (path, key.encode()) not in lost
                     and not (key == "mtime" and (path in implied or base))]
    for group in link_groups({path: e for path, e in wanted.items() if (path,) not in lost}) ^ link_groups(found):
        problems.append(f"hard links differ: {sorted(group)}")
    for key in CONFIG:
        one, other = config.get(key) or None, made.get(key) or None
        if key == "Labels" and other:
            other.pop("io.buildah.version", None)
        if one != (other or None) and (b"config", key.encode()) not in lost:
            problems.append(f"config {key}: wanted {one}, built {other}")
    print(f"{len(found)} entries compared with what was wanted")
    return problems


def main():
    mode, *words = sys.argv[1:]
    problems = (same(words) if mode == "same" else mounted(*words) if mode == "mounted" else
                built(*words) if mode == "built" else built(*words[1:], base=words[0]))
    print("\n".join(problems[:50]))
    sys.exit(1 if problems else 0)


main()
