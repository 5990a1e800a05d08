#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the static image must do: answer with the line of its configuration, and with 404. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

start_server /

expect 200 'Hello from a static binary.' "$url/"
expect 404 '' "$url/elsewhere"
stop_container 0
