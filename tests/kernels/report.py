#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One line for each kernel, backend and case, from the results of the test machines: report.py DIR [DIR ...]."""
import json
import pathlib
import sys


def cases(path):
    """Name, outcome and message of each test that ran."""
    for suite in json.loads(path.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            if case["status"] != "RUN":
                continue
            name = f'{case["classname"]}.{case["name"]}'
            failures = "\n".join(failure["failure"] for failure in case.get("failures", []))
            skips = "\n".join(skip["message"] for skip in case.get("skipped", []))
            yield name, "failed" if failures else "skipped" if case["result"] == "SKIPPED" else "passed", failures or skips


def main(directories):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    complete = True
    for directory in map(pathlib.Path, directories):
        kernel = (directory / "kernel").read_text().strip()
        for status in sorted(directory.glob("*.status")):
            backend = status.stem
            result = directory / f"{backend}.json"
            found = list(cases(result)) if result.exists() else []
            if not any(outcome == "passed" for _, outcome, _ in found):
                complete = False
                print(f"{kernel} {backend}: no case passed; the end of its log:")
                print((directory / f"{backend}.log").read_text(errors="replace")[-2000:])
            for name, outcome, message in found:
                counts[outcome] += 1
                print(f"{kernel:24} {backend:8} {name:90} {outcome}")
                for line in message.splitlines()[:20]:
                    print(f"    {line}")
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + f" on {len(directories)} kernels")
    return 0 if complete and counts["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
