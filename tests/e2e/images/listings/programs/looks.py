# SPDX-License-Identifier: Apache-2.0
# Looks at a directory as often as Python's import system does before it reads the names.
import pathlib
import sys

path = pathlib.Path(sys.argv[1])
if path.exists() and path.is_dir():
    print(*sorted(path.glob("*.json")), sep="\n")
