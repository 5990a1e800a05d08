#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a profile against what a container is known to have touched: exits with 1 and says what differs, or prints nothing.

truth.py PROFILE FILES [--runs N] [--entries N] [--start S] [--where KEY=VALUE] [--partial] [--maybe PATH] -- PATH...
FILES lists all files of the image, a path on a line. Of these exactly PATH... (and perhaps what --maybe names) were touched.
"""
import argparse
import json
import sys

OF_THE_NODE = ("runc", "containerd", "/var/tmp/")  # what a runtime touches before the entrypoint; none of it is the container's


def indexes(runs):
    """The runs of an access: a list, or ranges in a string."""
    if isinstance(runs, list):
        return set(runs)
    parts = [part.split("-") for part in runs.split(",")]
    return {number for part in parts for number in range(int(part[0]), int(part[-1]) + 1)}


def matches(run, wanted):
    key, _, value = wanted.partition("=")
    return str(run.get("workload", {}).get(key)) == value


def faults(profile, options):
    chosen = {number for number, run in enumerate(profile["runs"]) if all(matches(run, wanted) for wanted in options.where)}
    counted = sum(profile["runs"][number].get("times", 1) for number in chosen)
    if options.runs is not None and counted != options.runs:
        yield f"{counted} runs instead of {options.runs}"
    if options.entries is not None and len(chosen) > options.entries:
        yield f"{len(chosen)} entries for {counted} runs; at most {options.entries} were expected"
    starts = {profile["runs"][number]["start"] for number in chosen}
    if options.start and starts != {options.start}:
        yield f"start is {starts} instead of {options.start}"
    if profile["status"] != ("partial" if options.partial else "complete"):
        yield f"the profile is {profile['status']}: {profile['reasons']}"
    with open(options.files, encoding="utf-8") as listed:
        files = set(listed.read().splitlines())
    touched, missed = set(), set()
    for access in profile["accesses"]:
        if not chosen & indexes(access["runs"]):
            continue
        names = {access["path"], access.get("resolved", access["path"])}
        if access["kinds"] == ["miss"]:
            missed |= names
        elif not access.get("other_mount"):
            touched |= names
    expected, maybe = set(options.paths), set(options.maybe)
    of_image = touched & files
    if expected - of_image:
        yield f"missing: {sorted(expected - of_image)}"
    if of_image - expected - maybe:
        yield f"never touched: {sorted(of_image - expected - maybe)}"
    if of_node := [path for path in touched | missed if any(part in path for part in OF_THE_NODE)]:
        yield f"of the node: {sorted(of_node)}"
    if options.missed and options.missed not in missed:
        yield f"no failed lookup of {options.missed}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("profile")
    parser.add_argument("files")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--entries", type=int, help="at most so many entries stand for the runs")
    parser.add_argument("--start")
    parser.add_argument("--where", action="append", default=[])
    parser.add_argument("--partial", action="store_true")
    parser.add_argument("--maybe", action="append", default=[])
    parser.add_argument("--missed")
    split = sys.argv.index("--")
    options = parser.parse_args(sys.argv[1:split], argparse.Namespace(paths=sys.argv[split + 1:]))
    with open(options.profile, encoding="utf-8") as file:
        found = list(faults(json.load(file), options))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))


main()
