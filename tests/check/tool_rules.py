# SPDX-License-Identifier: Apache-2.0
"""House rules that a compiler or another tool judges. Each takes the root and the build directory and gives its violations."""
import concurrent.futures
import json
import os
import shutil
import subprocess

from text_rules import scripts, sources


class Missing(Exception):
    """A tool that a rule needs is not installed."""


def tool(name, *others):
    for candidate in (name, *others):
        if shutil.which(candidate):
            return candidate
    raise Missing(name)


def output_of(command, **options):
    """What a command that failed printed; nothing when it succeeded."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, **options)
    return (done.stdout + done.stderr or f"{command[0]}: status {done.returncode}") if done.returncode else ""


def all_of(commands):
    """The outputs of the failing ones among COMMANDS; two run at a time, as many as the smallest machines have cores."""
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        return [output for output in pool.map(output_of, commands) if output]


def form(root, build):
    """Every C and C++ file is formatted as .clang-format says. Versions differ, so only 19 judges."""
    files = sources(root, "src", "include", "tests", "bpf", suffixes=(".cc", ".h", ".c"))
    return all_of([[tool("clang-format-19"), "--dry-run", "-Werror", str(path)] for path in files])


def headers(root, build):
    """Each door compiles as the only include of a file."""
    compiler = tool(os.environ.get("CXX", "c++"), "c++")
    flags = ["-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{root}/include"]
    doors = sources(root, "include/winnow", suffixes=(".h",))
    return all_of([[compiler, *flags, "-include", str(door), "-x", "c++", os.devnull] for door in doors])


def tidy(root, build):
    """clang-tidy has nothing to say about the sources that BUILD compiles."""
    linter = tool("clang-tidy-19")
    database = build / "compile_commands.json"
    files = sorted({entry["file"] for entry in json.loads(database.read_text())})
    # A build with WINNOW_UNITY compiles files that only include several of ours.
    ours = [path for path in files if path.startswith((f"{root}/src/", f"{build}/src/"))]
    if not ours:
        return [f"{database}: no file below {root}/src is compiled there"]
    # The compile database may be of another compiler, with warnings of its own.
    options = ["-p", str(build), "--quiet", "--warnings-as-errors=*", "--extra-arg=-Wno-unknown-warning-option"]
    return all_of([[linter, *options, path] for path in ours])


def shell(root, build):
    """Scripts parse, and shellcheck has nothing to say. What is only sourced is read along with what sources it."""
    paths = [str(path) for path in scripts(root) if path.read_text().startswith("#!")]
    faults = all_of([["bash", "-n", path] for path in paths])
    # SC2100 takes names with a hyphen for arithmetic.
    return faults + all_of([[tool("shellcheck"), "-a", "-x", "-P", "SCRIPTDIR", "-e", "SC2100", path] for path in paths])


RULES = {"form": form, "headers": headers, "tidy": tidy, "shell": shell}
