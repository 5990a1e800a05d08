# SPDX-License-Identifier: Apache-2.0
"""Holds deploy/ to what a cluster, a host and the documents demand: deploy.py RULE ROOT. Exit: 0 kept, 1 broken, 77 a tool is missing."""
import pathlib
import sys

import deploy_objects
import deploy_tools
import tool_rules

RULES = {**deploy_objects.RULES, **deploy_tools.RULES}


def main():
    rule, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    try:
        faults = list(RULES[rule](root))
    except tool_rules.Missing as missing:
        print(f"SKIP: {missing} is not installed")
        return 77
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
