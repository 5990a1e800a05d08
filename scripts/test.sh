#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs every test. Run as root: the tests in the kernel and with containers need it, and without it they are skipped.
#   scripts/test.sh
# The last line is "N passed, N failed, N skipped"; each skip is named with what is missing. With CI=true in the
# environment, where everything can be had, a skipped test of the kernel or of containers counts as failed.
set -euo pipefail
cd "$(dirname "$0")/.."

# Under the sanitizers and by clang; the rest needs the speed and the shipped program, which g++ builds.
debug_labels=(unit cases fuzz check)
release_labels=(e2e bpf bench)
results=build/results
engine=
beside=  # the process group that runs what needs no containers, while the tests with containers wait half of the time

clean_up() {
  [ -z "$beside" ] || kill -- "-$beside" 2>/dev/null || true
  [ -z "$engine" ] || scripts/engine.sh stop "$engine"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

give_up() { printf 'test: %s\n0 passed, 1 failed, 0 skipped\n' "$1"; exit 1; }

# Its DOCKER_HOST goes into the environment; without one the tests with containers say that they are skipped.
start_engine() {
  local host
  engine=$(mktemp -d /var/tmp/winnow-XXXXXX)
  if host=$(scripts/engine.sh start "$engine"); then
    export "${host?}"
  else
    echo "test: no engine, so the tests with containers cannot run"
    unset DOCKER_HOST
    rm -rf "$engine"
    engine=
  fi
}

# Where in the output the script is, and after how long.
phase() { printf '== %s, after %d s\n' "$1" "$SECONDS"; }

# build PRESET NAME...: the programs that are called NAME or NAME_something. Compilers step back for tests.
build() {
  local preset=$1 names targets
  shift
  phase "building $preset"
  cmake --preset "$preset" -DWINNOW_UNITY=ON || return
  names=$(IFS='|'; echo "$*")
  mapfile -t targets < <(ninja -C "build/$preset" -t targets all | sed -En "s/^(($names)(_[a-z0-9_]+)?): CXX_EXECUTABLE.*/\1/p")
  nice cmake --build --preset "$preset" --target "${targets[@]}"
}

# run PRESET LABEL: the tests of one label, but clang-tidy; summary.py judges by what they leave in $results.
run() {
  local detail=--output-on-failure
  [ "$2" != bench ] || detail=--verbose  # its output is the point of it
  phase "$2"
  ctest --test-dir "build/$1" -L "^$2\$" -E '^check\.tidy$' --no-tests=error $detail --output-junit "$PWD/$results/$2.xml" || true
}

# Each label's programs, where it runs: the command line and what runs it need no sanitizers, and take long with them.
run_debug() {
  local label
  build debug unit cases fuzz make_fuzz || { echo "test: building debug failed"; return; }
  for label in "${debug_labels[@]}"; do run debug "$label"; done
  phase tidy
  nice ctest --test-dir build/debug -R '^check\.tidy$' --no-tests=error --output-on-failure --output-junit "$PWD/$results/tidy.xml" || true
}

scripts/setup.sh || give_up "setup failed"
rm -rf "$results"
mkdir -p "$results"
build release winnow bpf e2e bench || give_up "building release failed"
build small winnow-node || give_up "building small failed"

export WINNOW=$PWD/build/release/winnow WINNOW_NODE=$PWD/build/small/winnow-node
start_engine
set -m
run_debug >"$results/debug.log" 2>&1 &
beside=$!
set +m
for label in "${release_labels[@]}"; do
  run release "$label"
  # What is left, the kernel's tests and the measurements, gets the whole machine.
  [ -z "$beside" ] || { wait "$beside" || true; beside=; cat "$results/debug.log"; }
done
python3 -B scripts/summary.py "$results" "${debug_labels[@]}" tidy "${release_labels[@]}"
