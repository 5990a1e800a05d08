#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The agent on a host with Docker: `winnow agent --store dir:`, what it does without a right, and what Prometheus reads of it.
source "$(dirname "$0")/lib.sh"
for tool in setpriv curl prometheus; do command -v "$tool" >/dev/null || { echo "SKIP: no $tool"; exit 77; }; done
source "$(dirname "$0")/agent_lib.sh"
image=winnow-e2e-agent-host
clean_up() {
  remove_agent -TERM "$image:1" "$image:other" "$image-slim:1"
  rm -rf "$work"
}
trap clean_up EXIT

run() { "$docker" run --network=none "$image:1" "$@"; }
# runs_are NUMBER: of the image, so far.
runs_are() {
  "$winnow" fetch --list --json --store "dir:$store" >"$work/list.json" &&
    [ "$(value "$work/list.json" "sum(one['runs'] for one in j if '$image:1' in one['references'])")" = "$1" ]
}
# touched PATH: the profile in $work/p.json has it, and not as something that was not found.
touched() { value "$work/p.json" "any(a['path'] == '$1' and a['kinds'] != ['miss'] for a in j['accesses'])" | grep -q True; }
fetch() { gives 0 "$winnow" fetch "$1" --store "dir:$store" -o "$work/p.json"; }

# A static program, and files of which some are read.
mkdir -p "$work/root/bin" "$work/root/data" "$work/root/etc"
cp "$(command -v busybox)" "$work/root/bin/busybox"
for name in sh cat sleep true; do ln -s busybox "$work/root/bin/$name"; done
for name in one two three held never; do echo "$name" >"$work/root/data/$name"; done
tar -C "$work/root" -c . | "$docker" import - "$image:1" >/dev/null
"$docker" tag "$image:1" "$image:other"

echo "== runs before, during and after an agent"
"$docker" run -d --network=none --user 1000:1000 "$image:1" sh -c 'exec 5</data/held; while :; do sleep 1; done' >/dev/null
start_agent
for _ in 1 2 3; do run cat /data/one >/dev/null; done
until_true 20 runs_are 4 || flunk "not four runs: $("$winnow" fetch --list --store "dir:$store")"
stop_agent -KILL
run cat /data/two >/dev/null
start_agent
grep -q "taking over" "$work/agent.log" || flunk "the session was not taken over: $(cat "$work/agent.log")"
run cat /data/three >/dev/null
until_true 20 runs_are 6 || flunk "not six runs: $("$winnow" fetch --list --store "dir:$store")"
fetch "$image:other"
matches_schema "$work/p.json" profile
for name in one two three held; do touched "/data/$name" || flunk "/data/$name is not in the profile"; done
if touched /data/never; then flunk "/data/never is in the profile"; fi
[ "$(value "$work/p.json" 'sorted((r["start"], r.get("times", 1)) for r in j["runs"])')" = "[('from-start', 1), ('from-start', 1), ('from-start', 3), ('late', 1)]" ] ||
  flunk "runs: $(value "$work/p.json" 'j["runs"]')"
[ "$(value "$work/p.json" 'j["status"]')" = complete ] || flunk "partial: $(value "$work/p.json" 'j["reasons"]')"

echo "== the profile under its other names"
id=$("$docker" image inspect "$image:1" -f '{{.Id}}')
for name in "$id" "${id#sha256:}" "$(cut -c8-19 <<<"$id")" "docker.io/library/$image:1"; do fetch "$name"; done
gives 3 "$winnow" fetch "$image:2" --store "dir:$store" -o "$work/p.json"
says "no profile of an image called $image:2"
gives 0 "$winnow" coverage "dir:$store//$image:1"
gives 0 "$winnow" slim "$image:1" --profile "dir:$store//$image:1" --self-started -o "$work/slim" \
  --test "$docker run --rm --network=none \$WINNOW_IMAGE cat /data/one"
gives 0 "$winnow" explain "$work/slim/keep.json" /data/three
says accessed
gives 1 "$winnow" explain "$work/slim/keep.json" /data/never
says "not kept"

echo "== stopped, and an agent that may not read the node's disk"
stop_agent -TERM
grep -q "the session goes on" "$work/agent.log" || flunk "it did not say that the session goes on"
gives 0 "$winnow" agent --cleanup --session "$session"
says "removed the agent's session"
gives 0 "$winnow" agent --cleanup --session "$session"
says "there was no session"
rm -rf "$WINNOW_STATE" # as if the disk were new: what the store has counts
start_agent --listen "127.0.0.1:$port"
run true >/dev/null # 6, and the test of slim; the container that runs is another run, since its session was removed; and this one
until_true 20 runs_are 9 || flunk "what the store had is lost: $("$winnow" fetch --list --store "dir:$store")"

echo "== health and metrics, as Prometheus reads them"
[ "$(curl -s -o "$work/health" -w '%{http_code}' "http://127.0.0.1:$port/healthz")" = 200 ] || flunk "not healthy: $(cat "$work/health")"
grep -qx "store: ok" "$work/health" || flunk "$(cat "$work/health")"
cat >"$work/prometheus.yml" <<YML
global: {scrape_interval: 1s}
scrape_configs:
  - {job_name: winnow-agent, static_configs: [{targets: ["127.0.0.1:$port"]}]}
YML
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="127.0.0.1:$((port + 1))" >"$work/prometheus.log" 2>&1 &
prometheus=$!
# Every expression of the dashboard has a value by and by: rates need some scrapes.
python3 - "$e2e/../../deploy/monitoring/dashboard.json" "$((port + 1))" <<'PY' || { kill $prometheus; flunk "Prometheus: $(tail -n 3 "$work/prometheus.log")"; }
import json, sys, time, urllib.parse, urllib.request
panels = json.load(open(sys.argv[1]))["panels"]
left = [target["expr"].replace("$instance", ".*") for panel in panels for target in panel.get("targets", [])]
assert len(left) > 10
end = time.time() + 60
while left and time.time() < end:
    time.sleep(1)
    for expression in list(left):
        try:
            url = f"http://127.0.0.1:{sys.argv[2]}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
            if json.load(urllib.request.urlopen(url))["data"]["result"]:
                left.remove(expression)
        except OSError:
            pass
sys.exit("no value of " + "; ".join(left) if left else 0)
PY
kill $prometheus
wait $prometheus || true
gives 2 "$winnow" agent --store "dir:$store" --runtime "docker:$root" --session "$session" --listen 127.0.0.1:none
says "cannot listen"
stop_agent -TERM

echo "== one line for each right that is missing"
# without RIGHT STATUS: an agent with all rights but one says which, and what that means.
without() {
  local all=(bpf perfmon sys_ptrace dac_read_search) held=-all one
  for one in "${all[@]}"; do [ "$one" = "$1" ] || held+=",+$one"; done
  "$winnow" agent --cleanup --session "$session" >/dev/null 2>&1
  rights=(setpriv --no-new-privs --inh-caps=-all "--bounding-set=$held")
  }
for right in bpf perfmon; do
  without "$right"
  gives 3 "${rights[@]}" "$winnow" agent --store "dir:$store" --runtime "docker:$root" --session "$session"
  says "CAP_${right^^} is missing: no BPF program"
  [ "$(grep -c "is missing" "$work/err")" = 2 ] || flunk "more than the line and the error: $(cat "$work/err")"
done
for right in sys_ptrace dac_read_search; do
  without "$right"
  rm -rf "$WINNOW_STATE" "$store"
  start_agent
  grep -q "CAP_${right^^} is missing: what running containers" "$work/agent.log" || flunk "$(cat "$work/agent.log")"
  until_true 20 runs_are 1 || flunk "the running container is not recorded"
  fetch "$image:1"
  [ "$(value "$work/p.json" 'j["status"]')" = partial ] || flunk "without $right what is held was not read, and the profile says complete"
  stop_agent -TERM
done
without nothing
rm -rf "$WINNOW_STATE" "$store"
start_agent
until_true 20 runs_are 1 || flunk "the running container is not recorded"
if grep -q "is missing" "$work/agent.log"; then flunk "$(cat "$work/agent.log")"; fi
fetch "$image:1"
[ "$(value "$work/p.json" 'j["status"]')" = complete ] || flunk "partial with all rights: $(value "$work/p.json" 'j["reasons"]')"
touched /data/held || flunk "what the container of another user holds is not in the profile"
stop_agent -TERM

echo "== CAP_SYS_ADMIN in place of CAP_BPF and CAP_PERFMON, for engines that do not know these"
without nothing
rights=(setpriv --no-new-privs --inh-caps=-all "--bounding-set=-all,+sys_admin,+sys_ptrace,+dac_read_search")
rm -rf "$WINNOW_STATE" "$store"
start_agent
if grep -q "is missing" "$work/agent.log"; then flunk "$(cat "$work/agent.log")"; fi
run cat /data/two >/dev/null
until_true 20 runs_are 2 || flunk "nothing is recorded: $(cat "$work/agent.log")"
