# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the images' test scripts: one container of $WINNOW_IMAGE, requests to it, and its end, whatever happens.
: "${WINNOW_IMAGE:?name the image to test in WINNOW_IMAGE}"
docker=$("$(dirname "${BASH_SOURCE[0]}")/../../../scripts/engine.sh" client)
container=

flunk() {
  echo "$0: $*" >&2
  [ -z "$container" ] || { echo "the container's last lines:"; "$docker" logs --tail 20 "$container" 2>&1; } >&2
  exit 1
}

remove_container() { [ -z "$container" ] || "$docker" rm -f -v "$container" >/dev/null 2>&1 || true; }
trap remove_container EXIT

# A TCP port of 127.0.0.1 that nobody listens on.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_container [docker run options]
start_container() { container=$("$docker" run -d "$@" "$WINNOW_IMAGE") || { container=; flunk "the container does not start"; }; }

running() { [ "$("$docker" inspect -f '{{.State.Running}}' "$container")" = true ]; }

# await CURL-ARGUMENTS: until the request succeeds, at most 30 s, as long as the container runs.
await() {
  local i
  for ((i = 0; i < 300; i++)); do
    if curl -fsS -o /dev/null "$@" 2>/dev/null; then return; fi
    running || flunk "the container ended before it answered"
    sleep 0.1
  done
  flunk "no answer within 30 s: ${*: -1}"
}

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

# stop_container STATUS: it ends with this exit status when asked to, and leaves nothing behind.
stop_container() {
  local status
  "$docker" stop -t 10 "$container" >/dev/null
  status=$("$docker" inspect -f '{{.State.ExitCode}}' "$container")
  [ "$status" = "$1" ] || flunk "the container ended with status $status, not $1"
  remove_container
  container=
}
