# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the agent's tests with Docker, behind lib.sh: the engine's store, one agent at a time, and waiting.
root=$("$docker" info -f '{{.DockerRootDir}}')
[ -d "$root/containers" ] || { echo "SKIP: the engine's store is not on this machine: $root"; exit 77; }
store=$work/store
objects=dir:$store  # what --store takes
port=$((20000 + $$ % 20000))
session=e2e-agent-$$
agent=
export WINNOW_STATE=$work/state NODE_NAME=here
: >"$work/agent.log"

# until_true SECONDS COMMAND...
until_true() {
  local tries=$(($1 * 5))
  shift
  while ! "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.2
  done
}

# start_agent [WORD...]: its log begins anew. RIGHTS, if it is set, is a command that gives it fewer rights.
rights=()
start_agent() {
  : >"$work/agent.log"
  "${rights[@]}" "$winnow" agent --store "$objects" --runtime "docker:$root" --interval 1 --session "$session" "$@" >>"$work/agent.log" 2>&1 &
  agent=$!
  until_true 90 grep -q "recording node here" "$work/agent.log" || flunk "no agent: $(cat "$work/agent.log")"
}

# stop_agent SIGNAL
stop_agent() {
  [ -n "$agent" ] || return 0
  kill "$1" "$agent" 2>/dev/null || true
  wait "$agent" 2>/dev/null || true
  agent=
}

# remove_agent SIGNAL: the agent, what it left in the kernel, and the containers and names of these images.
remove_agent() {
  local image
  stop_agent "$1"
  "$winnow" agent --cleanup --session "$session" >/dev/null 2>&1 || true
  shift
  for image in "$@"; do "$docker" ps -aq --filter "ancestor=$image" | xargs -r "$docker" rm -f >/dev/null; done
  "$docker" rmi -f "$@" >/dev/null 2>&1 || true
}
