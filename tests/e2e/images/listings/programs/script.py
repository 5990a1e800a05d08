# SPDX-License-Identifier: Apache-2.0
# The directory of a script is on sys.path: Python looks for modules in it, and the script reads it, too.
import pathlib

import tool

here = pathlib.Path(__file__).parent
print(tool.VALUE, *sorted(path.name for path in here.glob("*.json")), *sorted(path.name for path in here.iterdir()))
