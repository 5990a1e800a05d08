#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `winnow slim` ended at random moments by SIGINT and by SIGKILL, and at some while the engine loads an image: after SIGINT
# nothing is left, after SIGKILL nothing is left once winnow has started again.
#   killed.sh [N]      at N moments by each, ten by default
. "$(dirname "$0")/lib.sh"
. "$e2e/slim_image.sh"
cd "$work"
out=made
times=${1:-10}
slim_it() { exec "$winnow" slim "$source" --test "$(get one); sleep 0.3" --verify-test "$(get two)" --heal 1 --as "$source" -o made -- --network=host; }
source_id=$("$docker" image inspect -f '{{.Id}}' "$source")
name_is_back() { [ "$("$docker" image inspect -f '{{.Id}}' "$source")" = "$source_id" ] || flunk "the source's name was not given back $1"; }

# How long all of it takes; this is the control too: it leaves an image.
began=$(date +%s%N)
(slim_it) >log 2>&1 || flunk "not killed: $(cat log)"
took=$((($(date +%s%N) - began) / 1000000))
"$docker" image rm -f winnow-e2e/web-slim:1 >/dev/null
nothing_left "by one that was not killed"
name_is_back "by one that was not killed"

seed=$RANDOM
echo "seed $seed, $took ms"
RANDOM=$seed
left=0
for signal in INT KILL; do
  for _ in $(seq "$times"); do
    after=$((RANDOM * took / 32768))
    (slim_it) >log 2>&1 &
    pid=$!
    python3 -c 'import sys, time; time.sleep(int(sys.argv[1]) / 1000)' $after
    kill -$signal $pid 2>/dev/null || true
    status=0
    wait $pid || status=$?
    if [ $signal = INT ]; then
      [ $status = 130 ] || [ $status = 0 ] || flunk "SIGINT after $after ms: status $status: $(cat log)"
    else
      [ "$(find "$WINNOW_STATE/trials" -mindepth 1 -maxdepth 1 -type d)" = "" ] || left=$((left + 1))
      gives 3 "$winnow" slim winnow-e2e/no-such-image --test true -o none
    fi
    nothing_left "by SIG$signal after $after ms"
    name_is_back "after SIG$signal after $after ms"
  done
done
# While the engine loads the image that it was sent: it goes on without who sent it.
for after in 0.09 0.11 0.13 0.15; do
  (slim_it) >log 2>&1 &
  pid=$!
  for _ in $(seq 2000); do
    ! grep -qs . "$WINNOW_STATE"/trials/*/images || break
    sleep 0.01
  done
  sleep $after
  kill -KILL $pid
  wait $pid || true
  gives 3 "$winnow" slim winnow-e2e/no-such-image --test true -o none
  sleep 0.5
  nothing_left "by SIGKILL $after s after it had an image to build"
done
# The control: what was swept had been there.
[ $left -ge $((times / 2)) ] || flunk "only $left of $times killed trials had left anything to remove"
"$docker" image rm -f winnow-e2e/web-slim:1 "$source" >/dev/null 2>&1 || true  # most were killed before there was one
