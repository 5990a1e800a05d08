#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Uses of many runtimes and odd file trees: the slim image prints and gives what the source does, or the verdict names why not.
#   same.sh [--every N | NAME...]     one use of N, or these, instead of all
. "$(dirname "$0")/../lib.sh"
for image in tools scripting languages; do "$e2e/images/build.sh" "$image" >/dev/null; done
python3 -B "$e2e/same/same.py" "$winnow" "$docker" "$@"
