# SPDX-License-Identifier: Apache-2.0
"""Holds a tree to one house rule: check.py RULE ROOT BUILD. Exit: 0 kept, 1 broken, 77 a tool is missing."""
import pathlib
import sys

import call_rules
import text_rules
import tool_rules


def main():
    rule, root, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]).resolve()
    try:
        faults = text_rules.RULES[rule](root) if rule in text_rules.RULES else {**tool_rules.RULES, **call_rules.RULES}[rule](root, build)
    except tool_rules.Missing as missing:
        print(f"SKIP: {missing} is not installed")
        return 77
    for fault in faults:
        print(fault)
    return 1 if faults else 0


sys.exit(main())
