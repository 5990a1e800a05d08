# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the images' test scripts: one container of $WINNOW_IMAGE, requests to it, and its end, whatever happens.
# An image has test.sh, which stops at the first failure, and test-b.sh: other use of what test.sh covered, as checks that are
# counted. Each prints "ok NAME" or "not ok NAME".
: "${WINNOW_IMAGE:?name the image to test in WINNOW_IMAGE}"
docker=$("$(dirname "${BASH_SOURCE[0]}")/../../../scripts/engine.sh" client)
container=
failed=0
scratch=$(mktemp -d)

flunk() {
  echo "$0: $*" >&2
  [ -z "$container" ] || { echo "the container's last lines:"; "$docker" logs --tail 20 "$container" 2>&1; } >&2
  exit 1
}

remove_container() { [ -z "$container" ] || "$docker" rm -f -v "$container" >/dev/null 2>&1 || true; }
trap 'remove_container; rm -rf "$scratch"' EXIT

# A TCP port of 127.0.0.1 that nobody listens on.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# create_container DOCKER-OPTIONS... [-- COMMAND...]
create_container() {
  local options=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  container=$("$docker" create "${options[@]}" "$WINNOW_IMAGE" "${@:2}") || flunk "the container cannot be made"
}

launch() { "$docker" start "$container" >/dev/null || flunk "the container does not start"; }

# start_container DOCKER-OPTIONS... [-- COMMAND...]
start_container() { create_container "$@" && launch; }

running() { [ "$("$docker" inspect -f '{{.State.Running}}' "$container")" = true ]; }

# await_success COMMAND...: until it succeeds, at most 60 s, as long as the container runs.
await_success() {
  local end=$((SECONDS + 60))
  until "$@" >/dev/null 2>&1; do
    running || flunk "the container ended before it answered"
    [ "$SECONDS" -lt "$end" ] || flunk "no success within 60 s: ${*: -1}"
    sleep 0.1
  done
}

# await CURL-ARGUMENTS: until the request succeeds.
await() { await_success curl -fsS --max-time 20 -o /dev/null "$@"; }

# ready CURL-ARGUMENTS: starts the container that create_container made, and awaits its answer.
ready() { launch && await "$@"; }

# create_server [DOCKER-OPTIONS]: a container that serves HTTP at $url, on $port.
create_server() {
  port=$(free_port)
  url=http://127.0.0.1:$port
  create_container --network=host -e PORT="$port" "$@"
}

# start_server PATH [DOCKER-OPTIONS]: the same, started, answering requests for PATH
start_server() {
  create_server "${@:2}"
  ready "$url$1"
}

# inside COMMAND...: in the running container
inside() { "$docker" exec "$container" "$@"; }

# Until the image's own health check passes, at most 30 s.
await_health() {
  local i status=
  for ((i = 0; i < 300; i++)); do
    status=$("$docker" inspect -f '{{.State.Health.Status}}' "$container")
    [ "$status" != healthy ] || return 0
    sleep 0.1
  done
  flunk "the health check says '$status': $("$docker" inspect -f '{{json .State.Health.Log}}' "$container")"
}

# expect STATUS TEXT CURL-ARGUMENTS: the answer has this HTTP status and contains TEXT.
expect() {
  local status=$1 text=$2 answer
  shift 2
  answer=$(curl -sS --max-time 20 -w '\n%{http_code}' "$@") || flunk "curl $* failed"
  [ "${answer##*$'\n'}" = "$status" ] || flunk "curl $*: expected status $status, got ${answer##*$'\n'}: ${answer%$'\n'*}"
  case "${answer%$'\n'*}" in *"$text"*) ;; *) flunk "curl $*: expected '$text' in: ${answer%$'\n'*}" ;; esac
}

# prints TEXT COMMAND...: the command succeeds, and its output contains TEXT.
prints() {
  local text=$1 output
  shift
  output=$("$@" 2>&1) || flunk "$* failed: $output"
  case $output in *"$text"*) ;; *) flunk "$*: expected '$text' in: $output" ;; esac
}

# ends STATUS TEXT DOCKER-OPTIONS... [-- COMMAND...]: a container that ends by itself, within 60 s, with this status, and said TEXT.
ends() {
  local want=$1 text=$2 status
  start_container "${@:3}"
  status=$(timeout 60 "$docker" wait "$container") || flunk "the container does not end"
  [ "$status" = "$want" ] || flunk "the container ended with status $status, not $want"
  prints "$text" "$docker" logs "$container"
  remove_container
  container=
}

# check NAME COMMAND...: says whether the command succeeds, and goes on. What it starts and does not end, ends with it.
check() {
  local outer=$container
  if (
    # shellcheck disable=SC2030 # that is the point
    trap '[ "$container" = "$outer" ] || remove_container' EXIT
    "${@:2}"
  ); then
    echo "ok $1"
  else
    echo "not ok $1"
    failed=1
  fi
}

# The last line of test-b.sh.
finish() {
  # shellcheck disable=SC2031
  remove_container
  container=
  [ "$failed" = 0 ]
}

# stop_container STATUS: it ends with this exit status when asked to, and leaves nothing behind.
stop_container() {
  local status
  "$docker" stop -t 10 "$container" >/dev/null
  status=$("$docker" inspect -f '{{.State.ExitCode}}' "$container")
  [ "$status" = "$1" ] || flunk "the container ended with status $status, not $1"
  remove_container
  container=
}
