# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts/test-cluster.sh: what is checked, in this order. Each function is a promise in words.

ended=killed compacted=(1 2 static hidden killed rolled outage)
checks=(
  what_ran_before_the_agent_is_recorded_from_then_on
  the_agent_becomes_ready
  the_agent_may_write_profiles_and_nothing_else
  replicas_and_init_containers_are_one_profile
  the_table_shows_what_was_recorded
  a_new_image_has_another_profile
  static_pods_are_recorded
  excluded_namespaces_are_not_recorded
  the_annotation_of_a_pod_decides
  a_large_profile_is_kept_in_parts
  a_killed_agent_misses_nothing
  a_rollout_of_the_agent_misses_nothing
  an_unreachable_api_server_loses_nothing
  compacting_unites_the_objects_of_an_image
  the_slim_image_runs_in_the_cluster
  the_agent_neither_fails_nor_loses_events
  an_agent_without_bpffs_does_not_block_the_next
  each_missing_right_is_named
)

# What a process has mapped or open counts, what it did before does not.
what_ran_before_the_agent_is_recorded_from_then_on() {
  local library app
  run shop early localhost/app:early -- /data/pod/1
  is_running shop early
  app=$(address_of shop early)
  eventually 20 serves "$app" request/1
  apply_agent
  eventually 60 recorded 1 localhost/app:early /bin/sh /usr/bin/busybox
  library=$(ldd /bin/dash | sed -n 's/.* => \(\/[^ ]*libc\.[^ ]*\).*/\1/p')
  touched localhost/app:early "$library" || fail "a library that is mapped"
  holds 'runs == 1 and p["runs"][0]["start"] == "late"'
  holds '"/data/pod/1" not in hits and "/data/request/1" not in hits'
  serves "$app" late/1
  eventually 60 recorded 1 localhost/app:early /data/late/1 /usr/bin/cat
  remove_pod shop early
}

the_agent_becomes_ready() {
  apply_agent
  local agent
  agent=$(address_of winnow "$(agent_pod)"):9732
  get "$agent" /healthz >"$work/health"
  local line
  for line in 'recorder: ok' 'ring: ok' 'store: ok'; do
    grep -qx "$line" "$work/health" || fail "/healthz does not say '$line': $(cat "$work/health")"
  done
  get "$agent" /metrics >"$work/metrics"
  grep -qx 'winnow_store_up 1' "$work/metrics" ||
    fail "/metrics has no 'winnow_store_up 1': $(head -n 40 "$work/metrics")"
}

# may VERB RESOURCE NAMESPACE: whether the agent's service account may do this.
may() { kubectl auth can-i "$1" "$2" -n "$3" --as=system:serviceaccount:winnow:winnow-agent >/dev/null 2>&1; }

the_agent_may_write_profiles_and_nothing_else() {
  local verb
  for verb in create patch get list delete; do
    may $verb profiles.winnow.dev winnow || fail "may not $verb profiles"
  done
  may patch profiles.winnow.dev/status winnow || fail "may not patch the status of profiles"
  for verb in create patch get list delete; do
    ! may $verb profiles.winnow.dev shop || fail "may $verb profiles of other namespaces"
    ! may $verb secrets winnow || fail "may $verb secrets"
    ! may $verb pods shop || fail "may $verb pods"
    ! may $verb nodes shop || fail "may $verb nodes"
  done
}

replicas_and_init_containers_are_one_profile() {
  local pod
  kubectl apply -f tests/cluster/web.yaml >/dev/null
  kubectl rollout status -n shop deployment/web --timeout=60s >/dev/null
  for pod in $(kubectl get pod -n shop -l app=web -o 'jsonpath={.items[*].status.podIP}'); do
    serves "$pod" request/1 || fail "the application does not serve"
  done
  # shellcheck disable=SC2046
  eventually 60 recorded 4 localhost/app:1 $(app_files) /data/init/1 /data/request/1 /www/index.html /www/cgi-bin/read
  holds 'runs == 4'  # two replicas, each with its init container
  holds 'all(run["start"] == "from-start" for run in p["runs"])'
  holds 'p["status"] == "complete"'
  holds 'not any("/data/never" in hit for hit in hits)'
  holds '{run["workload"]["namespace"] for run in p["runs"]} == {"shop"}'
  holds '{run["workload"]["container"] for run in p["runs"]} == {"server", "prepare"}'
  holds '{run["workload"]["node"] for run in p["runs"]} == {"node1"}'
  holds 'all(run["workload"]["labels"]["app"] == "web" for run in p["runs"])'
}

the_table_shows_what_was_recorded() {
  kubectl get wprof -n winnow >"$work/table"
  head -n 1 "$work/table" | tr -s ' ' | grep -qE '^NAME IMAGE NODE RUNS PATHS STATUS COVERAGE AGE ?$' ||
    fail "other columns: $(head -n 1 "$work/table")"
  # The coverage may be of several words.
  local name='^[0-9a-f]{40}-[0-9a-f]{16}'
  grep -qE "$name +localhost/app:1 +node1 +4 +[1-9][0-9]* +complete +[^ ].* [0-9]+[sm]" "$work/table" ||
    fail "no such row: $(cat "$work/table")"
  kubectl winnow fetch --list >"$work/list"
  grep -q localhost/app:1 "$work/list" || fail "the image is not in the list: $(cat "$work/list")"
}

a_new_image_has_another_profile() {
  kubectl set image -n shop deployment/web server=localhost/app:2 >/dev/null
  kubectl rollout status -n shop deployment/web --timeout=60s >/dev/null
  # shellcheck disable=SC2046
  eventually 60 recorded 2 localhost/app:2 $(app_files)
  holds 'runs == 2 and p["status"] == "complete"'
  [ "$(objects_of 1 | wc -l) $(objects_of 2 | wc -l)" = "1 1" ] || fail "not two objects: $(objects_of '[12]')"
  eventually 60 recorded 6 localhost/app:1  # the new pods' init containers are of the old image
  holds 'runs == 6'
}

static_pods_are_recorded() {
  kubectl run fixed -n shop --image=localhost/app:static --image-pull-policy=Never --dry-run=client -o yaml \
    -- /data/pod/1 >"$work/static.yaml"
  cluster static "$work/static.yaml"
  eventually 30 is_running shop fixed-node1
  # shellcheck disable=SC2046
  eventually 60 recorded 1 localhost/app:static $(app_files) /data/pod/1
  holds '{run["workload"]["pod"] for run in p["runs"]} == {"fixed-node1"} and p["status"] == "complete"'
}

# The control: the same image in another namespace, later, is recorded.
excluded_namespaces_are_not_recorded() {
  local namespace
  for namespace in kube-system winnow; do
    run $namespace hidden localhost/app:hidden -- "/data/pod/1"
    is_running $namespace hidden
  done
  run shop seen localhost/app:hidden -- /data/pod/2
  is_running shop seen
  eventually 60 recorded 1 localhost/app:hidden /data/pod/2
  holds 'runs == 1 and "/data/pod/1" not in hits'
  skipped namespace 2
  ! objects IMAGE:.spec.references | grep -E 'winnow|pause' || fail "the agent recorded itself, or the pods' sandboxes"
  for namespace in kube-system winnow shop; do
    remove_pod $namespace hidden
    remove_pod $namespace seen
  done
}

# skipped REASON COUNT: the agent counts at least so many containers that it leaves out for this reason.
skipped() {
  local count
  count=$(get "$(address_of winnow "$(agent_pod)"):9732" /metrics |
    sed -n "s/^winnow_containers_skipped_total{reason=\"$1\"} //p")
  [ "${count:-0}" -ge "$2" ] || fail "skipped because of $1: ${count:-no such metric}, not $2"
}

the_annotation_of_a_pod_decides() {
  run shop silent localhost/app:silent --annotations=winnow.dev/record=false -- /data/pod/1
  run kube-system loud localhost/app:loud --annotations=winnow.dev/record=true -- /data/pod/2
  is_running shop silent
  is_running kube-system loud
  eventually 60 recorded 1 localhost/app:loud /data/pod/2
  [ -z "$(objects_of silent)" ] || fail "recorded against its annotation: $(objects_of silent)"
  skipped annotation 1
  remove_pod shop silent
  remove_pod kube-system loud
}

# Names of random bytes cannot be compressed: 60000 of them take more than an object may hold.
a_large_profile_is_kept_in_parts() {
  # shellcheck disable=SC2016
  run shop large localhost/app:large --command -- /bin/sh -c \
    'while read -r name; do [ ! -e "/data/$name" ]; done </data/names; exec busybox sleep 1000'
  is_running shop large
  eventually 60 recorded 1 localhost/app:large /data/names
  eventually 60 fetched_names 60000
  holds 'p["status"] == "complete"'
  eventually 20 in_parts large
  remove_pod shop large
}

fetched_names() {
  fetch localhost/app:large
  [ "$(evaluate 'sum(a["path"].startswith("/data/") and "miss" in a["kinds"] for a in p["accesses"])')" = "$1" ]
}

# in_parts VARIANT: as many objects as each of them says, numbered from 1.
in_parts() {
  objects ID:.spec.imageID PART:.spec.part PARTS:.spec.parts >"$work/parts"
  python3 - "$work/parts" "$(kubectl get profiles -n winnow -o \
    "jsonpath={.items[?(@.spec.references[0]=='localhost/app:$1')].spec.imageID}")" <<'PY'
import sys
rows = [line.split() for line in open(sys.argv[1])]
mine = sorted((int(part), int(parts)) for image, part, parts in rows if image == sys.argv[2])
print(mine)
sys.exit(not (len(mine) > 1 and mine == [(n + 1, len(mine)) for n in range(len(mine))]))
PY
}

# The first kill ends a running agent, and the kubelet starts the next one at once. After the second it waits for 10 s.
# Containers start then that no agent sees, and some of them also end.
a_killed_agent_misses_nothing() {
  local restarts n
  restarts=$(agent_restarts)
  for n in 1 2 3; do run shop "killed-$n" localhost/app:killed -- "/data/pod/$n"; done
  kill -KILL "$(process_of winnow "$(agent_pod)")"
  for n in 4 5; do run shop "killed-$n" localhost/app:killed -- "/data/pod/$n"; done
  eventually 30 agent_restarted "$restarts"
  is_running winnow "$(agent_pod)"
  kill -KILL "$(process_of winnow "$(agent_pod)")"
  run shop killed-6 localhost/app:killed -- /data/pod/6
  for n in 7 8; do run shop "killed-$n" localhost/app:killed --command -- /usr/bin/cat "/data/pod/$n"; done
  for n in 1 2 3 4 5 6; do is_running shop "killed-$n"; done
  for n in 7 8; do eventually 30 has_ended shop "killed-$n"; done
  [ -z "$(process_of winnow "$(agent_pod)")" ] || echo "note: the agent was back before all containers had started"
  eventually 60 agent_restarted "$((restarts + 1))"
  is_running winnow "$(agent_pod)"
  # shellcheck disable=SC2046
  eventually 60 recorded 8 localhost/app:killed $(app_files) /data/pod/{1,2,3,4,5,6,7,8}
  holds 'runs == 8'
  holds 'all(run["start"] == "from-start" for run in p["runs"])'
  holds 'p["status"] == "complete"'
  for n in 1 2 3 4 5 6 7 8; do remove_pod shop "killed-$n"; done
}

a_rollout_of_the_agent_misses_nothing() {
  local n old
  old=$(agent_pod)
  kubectl rollout restart -n winnow daemonset/winnow-agent >/dev/null
  for n in 1 2 3; do run shop "rolled-$n" localhost/app:rolled -- "/data/pod/$n"; done
  kubectl rollout status -n winnow daemonset/winnow-agent --timeout=60s >/dev/null
  [ "$(agent_pod)" != "$old" ] || fail "the agent's pod was not replaced"
  for n in 1 2 3; do is_running shop "rolled-$n"; done
  # shellcheck disable=SC2046
  eventually 60 recorded 3 localhost/app:rolled $(app_files) /data/pod/{1,2,3}
  holds 'runs == 3 and p["status"] == "complete"'
  for n in 1 2 3; do remove_pod shop "rolled-$n"; done
}

# For half a minute the API server hangs, then it is gone. Both times the application reads, and its container ends.
an_unreachable_api_server_loses_nothing() {
  local agent app
  run shop outage localhost/app:outage --overrides='{"spec": {"restartPolicy": "Always"}}'
  is_running shop outage
  app=$(address_of shop outage)
  agent=$(address_of winnow "$(agent_pod)"):9732
  eventually 60 recorded 1 localhost/app:outage /data/start/1
  trap revive_api EXIT  # the other checks need it, even if this one fails
  kill -STOP "$(cluster pid apiserver)"
  live_without_api "$app" "$agent" late/1 late/2
  sleep 15
  cluster stop apiserver
  live_without_api "$app" "$agent" late/3 late/4
  sleep 15
  eventually 30 serves "$app" late/5
  revive_api
  trap - EXIT
  # shellcheck disable=SC2046
  eventually 150 recorded 3 localhost/app:outage $(app_files) /data/late/{1,2,3,4,5}
  holds 'runs == 3 and p["status"] == "complete"'
  eventually 90 healthy "$agent"
  remove_pod shop outage
}

revive_api() {
  cluster stop apiserver
  cluster start apiserver
}

# live_without_api APPLICATION AGENT FILE FILE: reads one file, ends the container, reads another when it is back.
live_without_api() {
  eventually 30 serves "$1" "$3"
  get "$1:8080" /cgi-bin/end >/dev/null
  eventually 30 serves "$1" "$4"
  eventually 60 says_unreachable "$2"
}

says_unreachable() {
  [ "$(cluster exec curl -sS --max-time 5 -o "$work/health" -w '%{http_code}' "http://$1/healthz")" = 200 ] || return 1
  cat "$work/health"
  grep -qE '^store: unreachable since 20[0-9-]+T[0-9:]+Z: .' "$work/health" && grep -qx 'recorder: ok' "$work/health" &&
    get "$1" /metrics | grep -qx 'winnow_store_up 0'
}

healthy() { get "$1" /healthz | grep -qx 'store: ok' && get "$1" /metrics | grep -qx 'winnow_store_up 1'; }

# The nightly job, at once and for nodes that wrote just now: 1.20's CronJob cannot be the source of kubectl create job.
compacting_unites_the_objects_of_an_image() {
  local image
  fetch "localhost/app:$ended"
  evaluate 'sorted(hits), runs' >"$work/before"
  kubectl get cronjob -n winnow winnow-compact -o json | python3 -c '
import json, sys
spec = json.load(sys.stdin)["spec"]["jobTemplate"]["spec"]
spec["template"]["spec"]["containers"][0]["args"].append("--idle=0s")
print(json.dumps({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "compact"}, "spec": spec}))' |
    kubectl create -n winnow -f - >/dev/null
  kubectl wait -n winnow job/compact --for=condition=Complete --timeout=60s >/dev/null ||
    fail "the job failed: $(kubectl logs -n winnow job/compact)"
  objects NAME:.metadata.name NODE:.spec.node >"$work/objects"
  # This image has no container any more, so nothing has been written since.
  [ "$(objects_of $ended | wc -l)" = 1 ] || fail "not one object: $(objects_of $ended)"
  objects_of $ended | grep -qE '\* +[0-9a-f]{40}-all$' || fail "not united: $(objects_of $ended)"
  for image in "${compacted[@]}"; do
    objects_of "$image" | grep -qE -- '-all$' || fail "app:$image was not united: $(objects_of "$image")"
  done
  fetch "localhost/app:$ended"
  evaluate 'sorted(hits), runs' >"$work/after"
  cmp -s "$work/before" "$work/after" || fail "the union is another: $(diff "$work/before" "$work/after")"
  # What the node records from now on comes to it.
  local app
  app=$(kubectl get pod -n shop -l app=web -o 'jsonpath={.items[0].status.podIP}')
  serves "$app" late/8
  # shellcheck disable=SC2046
  eventually 60 recorded 2 localhost/app:2 $(app_files) /data/late/8
  holds 'runs == 2'
}

the_slim_image_runs_in_the_cluster() {
  local slim
  fetch localhost/app:1
  "$winnow" plan "$work/profile.json" --image "oci-archive:$work/app-1.tar" -o "$work/keep.json" &>"$work/last" ||
    fail "$(cat "$work/last")"
  "$winnow" emit "$work/keep.json" --image "docker-archive:$work/slim.tar:localhost/app:slim" 2>"$work/last" ||
    fail "$(cat "$work/last")"
  (($(stat -c %s "$work/slim.tar") < $(stat -c %s "$work/app-1.tar") - 4000000)) || fail "the slim image is not slim"
  cluster import "$work/slim.tar"
  run shop slim localhost/app:slim
  is_running shop slim
  slim=$(address_of shop slim)
  eventually 10 serves "$slim" request/1
  [ "$(get "$slim:8080" /)" = "the shop is open" ] || fail "the slim image does not serve its page"
  ! serves "$slim" never/1 || fail "the slim image has what nothing read"
  remove_pod shop slim
}

# Not since the rollout above, whatever it went through.
the_agent_neither_fails_nor_loses_events() {
  [ "$(agent_restarts)" = 0 ] || fail "the agent restarted $(agent_restarts) times: $(kubectl describe pod -n winnow)"
  get "$(address_of winnow "$(agent_pod)"):9732" /metrics >"$work/metrics"
  grep -q '^winnow_events_lost_total{' "$work/metrics" || fail "no metric counts lost events: $(cat "$work/metrics")"
  ! grep -E '^winnow_events_lost_total\{.*\} *[1-9]' "$work/metrics" || fail "the agent lost events"
}

# deprived NAME PATTERN CHANGE: the agent's pod after a change of its specification says once what is missing.
deprived() {
  local lines i
  kubectl get -n winnow daemonset winnow-agent -o json | CHANGE=$3 python3 -c '
import json, os, sys
spec = json.load(sys.stdin)["spec"]["template"]["spec"]
agent = spec["containers"][0]
rights = agent["securityContext"]["capabilities"]["add"]
mounts = {mount["name"]: mount for mount in agent["volumeMounts"]}
exec(os.environ["CHANGE"])
spec["restartPolicy"] = "Never"
spec.pop("nodeSelector", None)
print(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": sys.argv[1]}, "spec": spec}))' "$1" |
    kubectl create -n winnow -f - >/dev/null
  for ((i = 0; i < 15; i++)); do
    sleep 1
    kubectl logs -n winnow "$1" >"$work/log" 2>&1 || true
    ! grep -qE "$2" "$work/log" || break
  done
  sleep 2  # for a second such line
  kubectl logs -n winnow "$1" >"$work/log" 2>&1 || true
  end_pod winnow "$1"
  [ -n "${KEEP_SESSION:-}" ] || forget_session
  # The last line of an agent that gives up repeats what was said.
  lines=$(grep -vE '^winnow: nothing can be recorded' "$work/log" | grep -cE "$2") || true
  [ "$lines" != 1 ] || return 0
  printf '%s: %s lines, not one, about %s:\n' "$1" "$lines" "$2"
  sed 's/^/  /' "$work/log"
  return 1
}

# The agent is away meanwhile: two of them would be in each other's way.
each_missing_right_is_named() {
  local right faults=0
  trap 'forget_session; unpark; apply_agent' EXIT
  park
  for right in BPF PERFMON SYS_PTRACE DAC_READ_SEARCH; do
    without "cap-$(tr A-Z_ a-z- <<<"$right")" "CAP_$right" "rights.remove('$right')"
  done
  without bpffs /sys/fs/bpf 'agent["volumeMounts"].remove(mounts["bpf"])'
  without cgroups /sys/fs/cgroup 'agent["volumeMounts"].remove(mounts["cgroup"])'
  without runtime 'no container runtime|/var/lib/containerd' 'agent["volumeMounts"].remove(mounts["runtime"])'
  without host-pid hostPID 'spec["hostPID"] = False'
  kubectl delete -n winnow rolebinding winnow-profiles >/dev/null
  without role 'Forbidden|forbidden' ''
  [ $faults = 0 ] || fail "$faults missing rights are not named"
}

without() { deprived "no-$1" "$2" "$3" || faults=$((faults + 1)); }

# A node selector that no node has keeps the agent away, until it is removed.
select_none() {
  local change="{\"spec\": {\"template\": {\"spec\": {\"nodeSelector\": {\"none\": $1}}}}}"
  kubectl patch -n winnow daemonset winnow-agent -p "$change" >/dev/null
}

park() {
  local process
  process=$(process_of winnow "$(agent_pod)")
  select_none '"away"'
  eventually 60 is_gone "$process"
}

unpark() { select_none null; }

# What one agent left behind must not hide what the next one says.
forget_session() { cluster exec env WINNOW_STATE=/var/lib/winnow "$winnow" agent --cleanup >/dev/null 2>&1 || true; }

# Its one run without the bpffs is over, but what it did to the state of its predecessor remains.
an_agent_without_bpffs_does_not_block_the_next() {
  trap 'forget_session; unpark; apply_agent' EXIT
  park
  KEEP_SESSION=1 deprived once /sys/fs/bpf 'agent["volumeMounts"].remove(mounts["bpf"])'
  unpark
  apply_agent
}
