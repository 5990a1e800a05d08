#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the static image must do: answer with the line of its configuration, and with 404. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

port=$(free_port)
start_container --network=host -e PORT="$port"
url=http://127.0.0.1:$port
await "$url/"

expect 200 'Hello from a static binary.' "$url/"
expect 404 '' "$url/elsewhere"
stop_container 0
