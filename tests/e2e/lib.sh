# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the end-to-end tests: the binary and engine under test, a directory of their own, and how to say what failed.
# From the environment: WINNOW, the program; DOCKER_HOST, the engine. Without them a test is skipped (77); one that sets
# no_engine needs only the program.
set -euo pipefail
e2e=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${WINNOW:-}" ] || { echo "SKIP: \$WINNOW does not name the program to test"; exit 77; }
[ -n "${no_engine:-}" ] || [ -n "${DOCKER_HOST:-}" ] || { echo "SKIP: no container engine in \$DOCKER_HOST"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
winnow=$WINNOW
# shellcheck disable=SC2034
[ -n "${no_engine:-}" ] || docker=$("$e2e/../../scripts/engine.sh" client)
export MALLOC_PERTURB_=165  # what reads freed memory, or memory that was never set, does not get the right bytes by luck
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flunk() {
  echo "FAILED: $*" >&2
  exit 1
}

# gives STATUS COMMAND...: the command ends with this status; its output is in $work/out and $work/err.
gives() {
  local want=$1 got=0
  shift
  "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" = "$want" ] || flunk "status $got instead of $want: $*$(printf '\n'; cat "$work/out" "$work/err")"
}

# says TEXT: the last command of gives printed it.
says() { grep -qF -- "$1" "$work/out" "$work/err" || flunk "'$1' is not in: $(cat "$work/out" "$work/err")"; }

# jq is not everywhere; python3 is. value FILE EXPRESSION: of the parsed file j.
value() { python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# matches_schema FILE NAME: docs/NAME.schema.json accepts it.
matches_schema() {
  python3 - "$1" "$e2e/../../docs/$2.schema.json" <<'PY' || flunk "$1 does not match docs/$2.schema.json"
import json, sys, jsonschema
jsonschema.Draft202012Validator(json.load(open(sys.argv[2]))).validate(json.load(open(sys.argv[1])))
PY
}
