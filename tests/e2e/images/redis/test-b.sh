#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: another profile, script, data types, way to save. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

port=$(free_port)
cli() { prints "$1" inside redis-cli -p "$port" "${@:2}"; }
answers() { await_success inside redis-cli -p "$port" ping; }
again() { "$docker" restart -t 10 "$container" >/dev/null && answers; }
up() { launch && answers; }

script() {
  cli OK MSET left 1 right 2
  cli '["1","2"]' --eval /usr/local/share/redis/swap.lua left right
}
saved() {
  cli OK SET kept yes
  cli 'Background saving started' BGSAVE
  again
  cli yes GET kept
}
# The other profile keeps a journal instead of snapshots.
journal() {
  remove_container
  start_container --network=host -e PORT="$port" -e REDIS_PROFILE=journal
  answers
  cli OK SET written yes
  cli 'Background append only file rewriting started' BGREWRITEAOF
  again
  cli yes GET written
  cli allkeys-lru CONFIG GET maxmemory-policy
}

create_container --network=host -e PORT="$port"
check ready up
check hash cli 1 HSET person name Ada
check stream cli 1 XADD log 1-1 what first
check inline-script cli 36 EVAL 'return #redis.sha1hex("") - 4' 0
check script script
check save-in-background saved
check journal-profile journal
finish
