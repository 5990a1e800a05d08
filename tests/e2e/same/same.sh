#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Uses of many runtimes and odd file trees: the slim image prints and gives what the source does, or the verdict names why not.
. "$(dirname "$0")/../lib.sh"
base=$("$e2e/images/build.sh" runtimes)
python3 -B "$e2e/same/same.py" "$winnow" "$docker" "$base"
