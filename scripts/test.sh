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
release_labels=(bpf e2e bench)
results=build/results
engine=
linter=  # clang-tidy takes minutes of both processors, while the tests with containers wait most of the time

clean_up() {
  [ -z "$linter" ] || kill "$linter" 2>/dev/null || true
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

# build PRESET NAME...: the programs that are called NAME or NAME_something.
build() {
  local preset=$1 names targets
  shift
  phase "building $preset"
  names=$(IFS='|'; echo "$*")
  mapfile -t targets < <(ninja -C "build/$preset" -t targets all | sed -En "s/^(($names)(_[a-z0-9_]+)?): CXX_EXECUTABLE.*/\1/p")
  cmake --build --preset "$preset" --target "${targets[@]}" || give_up "building $preset failed"
}

# run PRESET LABEL JOBS: the tests of one label, but clang-tidy; summary.py judges by what they leave in $results.
run() {
  local detail=--output-on-failure
  [ "$2" != bench ] || detail=--verbose  # its output is the point of it
  phase "$2"
  ctest --test-dir "build/$1" -L "^$2\$" -E '^check\.tidy$' -j "$3" --no-tests=error $detail --output-junit "$PWD/$results/$2.xml" || true
}

scripts/setup.sh || give_up "setup failed"
rm -rf "$results"
mkdir -p "$results"
for preset in debug release small; do
  cmake --preset "$preset" -DWINNOW_UNITY=ON || give_up "configuring $preset failed"
done
# Each label's programs, where it runs: the command line and what runs it need no sanitizers, and take long with them.
build debug unit cases fuzz make_fuzz
build release winnow bpf e2e bench
build small winnow-node

export WINNOW=$PWD/build/release/winnow WINNOW_NODE=$PWD/build/small/winnow-node
for label in "${debug_labels[@]}"; do run debug "$label" "$(nproc)"; done
start_engine
for label in "${release_labels[@]}"; do
  if [ "$label" = e2e ]; then
    nice ctest --test-dir build/debug -R '^check\.tidy$' --no-tests=error --output-on-failure \
      --output-junit "$PWD/$results/tidy.xml" >"$results/tidy.log" 2>&1 &
    linter=$!
  elif [ -n "$linter" ]; then
    wait "$linter" || true
    linter=
    phase tidy
    cat "$results/tidy.log"
  fi
  run release "$label" 1
done
python3 -B scripts/summary.py "$results" "${debug_labels[@]}" tidy "${release_labels[@]}"
