#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures reading an image beside other tools, in rounds of new order: compare.py BUILD [--rounds N] [--work DIR]

Makes a docker-archive of this machine's /usr (at least 1 GB and 50,000 entries), with plain layers and with gzip'd ones.
Prints medians of the ratio to the yardstick of the same round: sha256sum of the whole archive, or `gzip -dc | sha256sum` of
all layers at the same time; and the memory that a million entries take. Wants skopeo, umoci and gzip.
"""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DIRECTORIES = ["/usr/share", "/usr/lib/x86_64-linux-gnu", "/usr/include", "/usr/bin", "/usr/lib/gcc", "/usr/lib/llvm-19"]


def seconds(command, **options):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.monotonic() - start


def index(words, reference, cache=""):
    return seconds([words.winnow, "image", "--cache", cache, "ls", reference, "/usr/bin/env"])


def parallel_gunzip(layers):
    start = time.monotonic()
    running = [subprocess.Popen(f"gzip -dc {layer} | sha256sum", shell=True, stdout=subprocess.DEVNULL) for layer in layers]
    for one in running:
        one.wait()
    return time.monotonic() - start


def fresh(directory):
    shutil.rmtree(directory, ignore_errors=True)
    return directory


def table(title, yardstick, tools, rounds):
    """tools: name -> function that gives seconds. Prints each one's ratio to the yardstick."""
    ratios = {name: [] for name in tools}
    took = {name: [] for name in tools}
    for _ in range(rounds):
        order = list(tools)
        random.shuffle(order)
        once = {name: tools[name]() for name in order}
        for name in tools:
            took[name].append(once[name])
            ratios[name].append(once[name] / once[yardstick])
    print(f"\n{title}\n")
    for name in tools:
        spread = f"({min(ratios[name]):.2f} to {max(ratios[name]):.2f})"
        print(f"{name:44} {statistics.median(took[name]):7.2f} s   x {statistics.median(ratios[name]):.2f}  {spread}")
    sys.stdout.flush()


def make(words, name, *options):
    path = f"{words.work}/{name}.tar"
    directories = [d for d in DIRECTORIES if os.path.isdir(d)]
    subprocess.run([f"{HERE}/make_archive.py", path, *directories, *options], check=True)
    return path


def plain(words):
    archive = make(words, "plain")
    reference = f"docker-archive:{archive}"
    warm = f"{words.work}/warm"
    index(words, reference, warm)
    listed = subprocess.run([words.winnow, "image", "ls", "--cache", warm, reference], check=True, capture_output=True)
    print(f"{os.path.getsize(archive) / 1e9:.2f} GB, {listed.stdout.count(bytes([10]))} entries")
    layout = f"oci:{words.work}/layout:bench"
    table("plain layers, beside sha256sum of the archive", "sha256sum", {
        "sha256sum": lambda: seconds(["sha256sum", archive]),
        "openssl dgst -sha256 (SHA instructions)": lambda: seconds(["openssl", "dgst", "-sha256", archive]),
        "winnow": lambda: index(words, reference),
        "winnow, and the cache written": lambda: index(words, reference, fresh(f"{words.work}/cold")),
        "winnow, from the cache": lambda: index(words, reference, warm),
        "tar -t of the archive and of its layers": lambda: seconds(
            ["sh", "-c", 'tar -tf "$1" | grep layer.tar | while read l; do tar -xOf "$1" "$l" | tar -t; done', "-", archive]),
        "skopeo copy to an OCI layout (it gzips)": lambda: fresh(f"{words.work}/layout") and seconds(
            ["skopeo", "--insecure-policy", "copy", "-q", reference, layout]),
    }, words.rounds)
    fresh(f"{words.work}/layout")
    os.remove(archive)


def gzipped(words):
    archive = make(words, "gzip", "--gzip")
    with tarfile.open(archive) as outer:
        names = [name for name in outer.getnames() if name.endswith("layer.tar")]
        outer.extractall(f"{words.work}/layers", filter="data") if sys.version_info >= (3, 12) else outer.extractall(
            f"{words.work}/layers")
    layers = [f"{words.work}/layers/{name}" for name in names]
    reference = f"docker-archive:{archive}"
    layout = f"{words.work}/layout"
    subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", reference, f"oci:{layout}:bench"], check=True)
    table("gzip'd layers, beside gzip -dc | sha256sum of all layers at the same time", "gzip -dc | sha256sum", {
        "gzip -dc | sha256sum": lambda: parallel_gunzip(layers),
        "winnow": lambda: index(words, reference),
        "winnow, of the OCI layout": lambda: index(words, f"oci:{layout}:bench"),
        "umoci unpack of the OCI layout": lambda: seconds(
            ["umoci", "unpack", "--image", f"{layout}:bench", fresh(f"{words.work}/bundle")]),
    }, words.rounds)


def million(words):
    path = f"{words.work}/million.tar"
    subprocess.run([f"{HERE}/make_million.py", path], check=True)
    peak = subprocess.run(["/usr/bin/env", "python3", "-c", "import resource, subprocess, sys; subprocess.run(sys.argv[1:], "
                           "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
                           words.winnow, "image", "--cache", "", "ls", f"docker-archive:{path}", "/nothing"],
                          check=True, capture_output=True, text=True).stdout
    print(f"\na million entries in one layer: at most {int(peak) * 1024 / 1e6:.0f} MB resident")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", help="a directory with 10 GB to spare (default: a new one in /var/tmp)")
    words = parser.parse_args()
    words.winnow = os.path.abspath(f"{words.build}/winnow")
    with tempfile.TemporaryDirectory(dir=words.work or "/var/tmp") as words.work:
        for part in (plain, gzipped, million):
            part(words)
            for name in os.listdir(words.work):
                path = f"{words.work}/{name}"
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


main()
