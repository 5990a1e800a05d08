#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the redis image must do: a profile, data types, a script, a snapshot that is loaded again. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

port=$(free_port)
start_container --network=host -e PORT="$port"
cli() { prints "$1" inside redis-cli -p "$port" "${@:2}"; }
await_success inside redis-cli -p "$port" ping

cli OK SET fruit 3
cli 3 GET fruit
cli 2 RPUSH queue one two
cli one LPOP queue
cli taken --eval /usr/local/share/redis/take.lua fruit
cli 2 GET fruit
cli 'redis_mode:standalone' INFO server
cli OK SAVE
"$docker" restart -t 10 "$container" >/dev/null
await_success inside redis-cli -p "$port" ping
cli 2 GET fruit
stop_container 0
