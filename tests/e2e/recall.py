#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""recall.py LOG PROFILE AT-LEAST: every name that `strace -f -y -o LOG` saw a container look up with success is in the profile of
the same run, and those are at least so many. What lies on file systems of the kernel's own is no file of an image."""
import json
import posixpath
import re
import sys

OUTSIDE = re.compile(r"/(proc|sys|dev|trace)(/|$)")
CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)(?:<(.*?)>)?(?: (\w+))?")
UNFINISHED = re.compile(r"^(\d+) +(\w+\(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
FORKS = {"clone", "clone3", "fork", "vfork"}
NAMED = re.compile(r'(?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)"')


def lines(path):
    """The calls, those that were interrupted put together again."""
    waiting = {}
    with open(path, encoding="utf-8", errors="surrogateescape") as log:
        for line in log:
            line = line.rstrip("\n")
            if match := UNFINISHED.match(line):
                waiting[match[1]] = match[2]
            elif match := RESUMED.match(line):
                yield f"{match[1]} {waiting.pop(match[1], '')}{match[2]}"
            else:
                yield line


def looked_up(path):
    """What each successful call named first, made absolute; and how it was called."""
    calls = [match for match in map(CALL.match, lines(path)) if match and int(match[4]) >= 0]
    # A child may be seen before its parent's call returns.
    parents = {match[4]: (match[1], "CLONE_FS" in match[3]) for match in calls if match[2] in FORKS}
    directories = {}  # of each process: a list of one, which threads share

    def directory_of(pid):
        if pid not in directories:
            parent, shares = parents.get(pid, (None, False))
            inherited = directory_of(parent) if parent else ["/"]
            directories[pid] = inherited if shares else list(inherited)
        return directories[pid]

    for match in calls:
        pid, call, arguments = match[1], match[2], match[3]
        name = NAMED.match(arguments) if call not in FORKS else None
        if not name or not name[2]:
            continue
        base = name[1] or directory_of(pid)[0]
        full = posixpath.normpath(posixpath.join(base, name[2]))
        if call == "chdir":
            directory_of(pid)[0] = full
        if not OUTSIDE.match(full):
            yield full, call


def main():
    log, profile, least = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(profile, encoding="utf-8") as file:
        accesses = json.load(file)["accesses"]
    recorded = set()
    for access in accesses:
        if access["kinds"] != ["miss"]:
            recorded |= {posixpath.normpath(p) for p in (access["path"], access.get("resolved")) if p}
    seen = dict(looked_up(log))
    missing = {path: call for path, call in seen.items() if path not in recorded}
    print(f"{len(seen)} names by strace, {len(missing)} of them not recorded")
    for path, call in sorted(missing.items())[:20]:
        print(f"  {call} {path}")
    sys.exit(1 if missing or len(seen) < least else 0)


main()
