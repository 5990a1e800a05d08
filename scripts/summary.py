# SPDX-License-Identifier: Apache-2.0
"""Sums up test runs: summary.py DIRECTORY LABEL... reads DIRECTORY/LABEL.xml, as ctest --output-junit writes them.

Names each failure and each skip with its reason; the last line is "N passed, N failed, N skipped". Exit: 1 after a failure.
"""
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

# These need a kernel and an engine, and CI is where there are both.
MUST_RUN_IN_CI = {"bpf", "e2e"}
# What no privilege and no package brings: some hypervisors have no 32-bit mode for their guests.
NOT_TO_BE_HAD = {"this kernel runs no 32-bit programs", "this kernel makes no 32-bit calls"}


def reason(output):
    """The sentence with which a test says what it lacks: after GTEST_SKIP's "Skipped", or the last line."""
    told = re.search(r": Skipped\n(.+)", output)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return told[1].strip() if told else re.sub(r"^SKIP: ", "", lines[-1]) if lines else "no reason given"


def outcomes(path):
    """(name, outcome, reason) for each test of one file."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        if case.find("failure") is not None or case.find("error") is not None:
            yield case.get("name"), "failed", ""
        elif case.get("status") == "run":
            yield case.get("name"), "passed", ""
        elif "SKIP" in (case.find("skipped").get("message") if case.find("skipped") is not None else ""):
            yield case.get("name"), "skipped", reason(output)
        else:
            yield case.get("name"), "failed", "was not built or could not be started"


def main():
    directory, labels = pathlib.Path(sys.argv[1]), sys.argv[2:]
    count = {"passed": 0, "failed": 0, "skipped": 0}
    print("== summary")
    for label in labels:
        path = directory / f"{label}.xml"
        found = list(outcomes(path)) if path.exists() else []
        if not found:
            found = [(label, "failed", "there is no test with this label")]
        for name, outcome, why in found:
            needed = label in MUST_RUN_IN_CI and why not in NOT_TO_BE_HAD
            if outcome == "skipped" and needed and os.environ.get("CI") == "true":
                outcome, why = "failed", f"skipped, which CI does not allow: {why}"
            count[outcome] += 1
            if outcome != "passed":
                print(f"{outcome}: {name}" + (f": {why}" if why else ""))
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return 1 if count["failed"] else 0


sys.exit(main())
