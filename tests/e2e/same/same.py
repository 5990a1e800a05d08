#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each use prints and gives on its slim image what it does on the source image, byte for byte, or the verdict names why not.

  same.py WINNOW DOCKER [--every N | NAME...]     the two programs; one use of N, or these, instead of all

Each use is an image of its own on one of tests/e2e/images, so that several can be recorded at once. What the two images do is compared here
by running them again, not by what winnow says of them. $DOCKER_HOST names the engine. The last line counts.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import runtimes  # noqa: E402
import trees  # noqa: E402

WINNOW, DOCKER, *NAMES = sys.argv[1:]
AT_ONCE = 3


def docker(*words, check=True, **more):
    return subprocess.run([DOCKER, *words], capture_output=True, check=check, **more)


def build(use):
    """An image of the use: its set-up, and its command."""
    command = f"({use.run}\n)\necho status $?"  # a use that fails is no basis for a verdict: what it gives is printed
    lines = [f"FROM winnow-e2e/{use.base}", use.setup, f"LABEL use={use.name}", f"CMD {json.dumps(['sh', '-c', command])}"]
    tag = f"winnow-same/{use.name}"
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    made = docker("build", "--force-rm", "--network=none", "-t", tag, "-", input="\n".join(lines).encode(), env=environment, check=False)
    if made.returncode != 0:
        raise RuntimeError(f"{use.name}: {made.stdout.decode()[-2000:]}{made.stderr.decode()}")
    return tag


def prints(use, image):
    """What a container of the image writes, and its status."""
    done = docker("run", "--rm", "--network=none", *use.options, image, check=False, timeout=120)
    return done.stdout, done.stderr, done.returncode


def named(verdict):
    """What the verdict names as the cause, beside that the output is another one."""
    return [one["path"] for one in verdict["missing"]] + [one["directory"] for one in verdict["shrunk"]]


def judge(use, tag, directory):
    """Nothing, or what is wrong."""
    expected = prints(use, tag)
    words = [WINNOW, "--json", "slim", tag, "--same-output", "-o", directory, "--", "--network=none", *use.options]
    slimmed = subprocess.run(words, capture_output=True, timeout=300)
    try:
        result = json.loads(slimmed.stdout)
        verdict = result["tests"][0]["verdict"]
    except (ValueError, KeyError, IndexError):
        return f"no verdict, status {slimmed.returncode}: {slimmed.stderr.decode()[-2000:]}"
    got = prints(use, result["slim"])
    docker("image", "rm", "-f", result["slim"], check=False)
    same = got == expected
    # A shorter listing is named though this use made nothing of it.
    if same and verdict["outcome"] in ("pass", "listing"):
        return None
    said = f"verdict {verdict['outcome']}, names {named(verdict)}, output {verdict['output']}, doubts {verdict['doubts']}"
    if same:
        return f"the same, yet {said}"
    if verdict["outcome"] == "pass" or not named(verdict):
        return f"SILENT: {got} instead of {expected}; {said}"
    return f"named: {got} instead of {expected}; {said}"


def attempt(use):
    try:
        tag = build(use)
        with tempfile.TemporaryDirectory() as directory:
            return judge(use, tag, directory)
    except (RuntimeError, subprocess.SubprocessError) as error:
        return str(error)


def main():
    uses = runtimes.USES + trees.USES
    if NAMES[:1] == ["--every"]:
        uses = uses[:: int(NAMES[1])]
    elif NAMES:
        uses = [use for use in uses if use.name in NAMES]
    silent, other, explained = [], [], []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for use, fault in zip(uses, pool.map(attempt, uses)):
            print(f"{use.name}: {fault or 'same'}", flush=True)
            if fault:
                (silent if fault.startswith("SILENT") else explained if fault.startswith("named") else other).append(use.name)
    print(f"{len(uses)} uses: {len(silent)} silent differences, {len(explained)} named, {len(other)} other faults")
    return 1 if silent or other or not uses else 0


sys.exit(main())
