#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_profiles.py DIR [PROFILES [PATHS]]: profiles of one image as replicas write them, for measuring `winnow merge`.

Of each profile's paths nine in ten are everybody's; the others are those of some, each in half of the profiles. The runs
began in another order than that of the files' names.
"""
import argparse
import json
import pathlib
import random

words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
words.add_argument("directory", type=pathlib.Path)
words.add_argument("profiles", type=int, nargs="?", default=1000)
words.add_argument("paths", type=int, nargs="?", default=10_000)
words = words.parse_args()
directory, profiles, paths = words.directory, words.profiles, words.paths
chance = random.Random(1)
directory.mkdir(parents=True, exist_ok=True)


def text_of(number, run):
    path = f"/usr/lib/python3/dist-packages/package{number // 40:04}/module{number:05}.py"
    text = json.dumps({"path": path, "resolved": path, "kinds": ["open", "stat"], "first_ms": 7,
                       "by": "/usr/bin/python3.11", "argv0": "python3", "runs": [run]}, indent=1)
    return text.replace("\n", "\n  ")


common = paths * 9 // 10
texts = [text_of(number, 0) for number in range(common + 2 * (paths - common))]
starts = list(range(profiles))
chance.shuffle(starts)
lost = {name: 0 for name in ("buffers_full", "paths_full", "targets_full", "truncated", "unreadable", "busy", "io_uring")}
for number in range(profiles):
    own = sorted(chance.sample(range(common, len(texts)), paths - common))
    run = {"container": f"{number:064x}", "name": f"replica-{number}", "start": "from-start",
           "started_ms": 1_700_000_000_000 + 1000 * starts[number], "duration_ms": 60_000, "backend": "syscall",
           "kernel": "6.1.0", "command": [], "command_status": None, "recovered": 0, "lost": lost}
    head = json.dumps({"schema": "winnow.profile/1", "status": "complete", "reasons": [],
                       "image": {"reference": "app:1", "id": "sha256:" + "a" * 64}, "runs": [run],
                       "counts": {"accesses": paths, "misses": 0}}, indent=1)
    body = ",\n  ".join(texts[:common] + [texts[at] for at in own])
    (directory / f"{number:05}.json").write_text(f'{head[:-2]},\n "accesses": [\n  {body}\n ]\n}}\n')
