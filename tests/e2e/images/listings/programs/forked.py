# SPDX-License-Identifier: Apache-2.0
# A child reads the directory in which its parent found a module.
import os

import tool

if os.fork() == 0:
    print(tool.VALUE, *sorted(os.listdir("/srv/forked")), flush=True)
    os._exit(0)
os.wait()
