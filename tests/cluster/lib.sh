# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts/test-cluster.sh: how the checks speak with the cluster, its containers, the agent and its profiles.
# $work is a directory for the files of the test, $winnow the program.

fail() { echo "$*" >&2; exit 1; }

cluster() { tests/cluster/cluster.sh "$@"; }
kubectl() { cluster kubectl "$@"; }

# eventually SECONDS COMMAND...: repeats the command until it succeeds; what it printed last says why it never did.
eventually() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >"$work/last" 2>&1; do
    ((SECONDS < until)) || fail "not so in time: $* -- $(tail -n 20 "$work/last")"
    sleep 0.5
  done
}

# Containers -----------------------------------------------------------------------------------------------------------

# app_image VARIANT...: images localhost/app:VARIANT, which differ in one file, so that each has its own profile.
app_image() {
  local variant
  for variant; do
    echo "$variant" >"$work/variant"
    tests/cluster/image.py "$work/app-$variant.tar" "localhost/app:$variant" '["/app/start.sh"]' \
      "!$(realpath /bin/dash)=/bin/sh" "!$(realpath /bin/cat)=/usr/bin/cat" "$(command -v busybox)=/usr/bin/busybox" \
      --layer "$work/data=/data" "$work/www=/www" tests/cluster/app/cgi-bin=/www/cgi-bin \
      tests/cluster/app/start.sh=/app/start.sh --layer "$work/variant=/data/variant"
    cluster import "$work/app-$variant.tar"
  done
}

# Files whose content is their name, and some that nothing ever reads.
app_data() {
  local group number
  for group in init start request pod late never; do
    mkdir -p "$work/data/$group"
    for number in 1 2 3 4 5 6 7 8; do echo "$group/$number" >"$work/data/$group/$number"; done
  done
  mkdir "$work/www"
  echo "the shop is open" >"$work/www/index.html"
  head -c 8000000 /dev/urandom >"$work/data/never/big"
  od -An -v -tx8 -w16 -N 960000 /dev/urandom | tr -d ' ' >"$work/data/names"
}

# What every start of the application touches: its script, the shell, the program that reads, and their libraries. The
# kernel opens the dynamic linker by itself, so it is not among them.
app_files() {
  ldd /bin/dash /bin/cat | sed -n 's/.* => \(\/[^ ]*\).*/\1/p' | sort -u
  printf '%s\n' /app/start.sh /bin/sh /usr/bin/cat /usr/bin/busybox /data/start/1 /data/start/2 /data/start/3
}

# run NAMESPACE POD IMAGE ARGUMENT...: starts a pod that is not restarted.
run() {
  local namespace=$1 pod=$2 image=$3
  shift 3
  kubectl run "$pod" -n "$namespace" --image="$image" --image-pull-policy=Never --restart=Never "$@" >/dev/null
}

remove_pod() { kubectl delete pod -n "$1" "$2" --ignore-not-found --grace-period=1 --wait=false >/dev/null; }
is_running() { kubectl wait pod -n "$1" "$2" --for=condition=Ready --timeout=60s >/dev/null; }
address_of() { kubectl get pod -n "$1" "$2" -o 'jsonpath={.status.podIP}'; }
has_ended() { [ "$(kubectl get pod -n "$1" "$2" -o 'jsonpath={.status.phase}')" = Succeeded ]; }

# The process of a pod's first container, as the machine sees it.
process_of() {
  local id
  id=$(kubectl get pod -n "$1" "$2" -o 'jsonpath={.status.containerStatuses[0].containerID}')
  cluster exec ctr -n k8s.io tasks ls | awk -v id="${id#*://}" '$1 == id && $3 == "RUNNING" { print $2 }'
}

is_gone() { [ -z "$1" ] || [ ! -e "/proc/$1/exe" ]; }

# end_pod NAMESPACE POD: deletes it and waits for its process; the object may stay for a minute.
end_pod() {
  local process
  process=$(process_of "$1" "$2")
  remove_pod "$1" "$2"
  eventually 30 is_gone "$process"
}

# get ADDRESS PATH: by HTTP, from the node.
get() { cluster exec curl -sS --max-time 5 "http://$1$2"; }
serves() { [ "$(get "$1:8080" "/cgi-bin/read?$2")" = "$2" ]; }

# The agent ------------------------------------------------------------------------------------------------------------

agent_pod() { kubectl get pod -n winnow -l app.kubernetes.io/component=agent -o 'jsonpath={.items[*].metadata.name}'; }
agent_log() { kubectl logs -n winnow "$(agent_pod)" --tail="${1:--1}"; }
agent_restarts() {
  kubectl get pod -n winnow "$(agent_pod)" -o 'jsonpath={.status.containerStatuses[0].restartCount}'
}
agent_restarted() { [ "$(agent_restarts)" -gt "$1" ]; }

apply_agent() {
  cluster exec kubectl kustomize tests/cluster/agent >"$work/agent.yaml"
  if [ -n "${newer:-}" ]; then  # it has the definition of profiles already
    documents '!CustomResourceDefinition' "$work/agent.yaml" >"$work/rest.yaml"
    mv "$work/rest.yaml" "$work/agent.yaml"
  fi
  kubectl apply --server-side -f "$work/agent.yaml" >/dev/null
  kubectl rollout status -n winnow daemonset/winnow-agent --timeout=60s >"$work/last" ||
    fail "the agent did not become ready: $(agent_log 20; kubectl describe pod -n winnow | tail -n 8)"
}

# Profiles -------------------------------------------------------------------------------------------------------------

# fetch IMAGE: its profile, to $work/profile.json, as somebody would who has kubectl and its plugin.
fetch() {
  kubectl winnow fetch "$1" -o "$work/profile.json" >"$work/fetched" 2>&1 || { cat "$work/fetched"; return 1; }
}

# evaluate EXPRESSION: of the fetched profile. p is all of it, hits are the paths that were there, runs counts its runs.
evaluate() {
  python3 - "$work/profile.json" "$1" <<'PY'
import json, sys
p = json.load(open(sys.argv[1], encoding="utf-8"))
found = [a for a in p["accesses"] if set(a["kinds"]) - {"miss"}]
hits = {a[key] for a in found for key in ("path", "resolved") if key in a}
runs = sum(run.get("times", 1) for run in p["runs"])
state = f"it is {p['status']} {p['reasons']}, of {runs} runs"
print(eval(sys.argv[2]))
PY
}

holds() {
  [ "$(evaluate "bool($1)")" = True ] || fail "not so of the profile: $1; $(evaluate state)"
}

# touched IMAGE PATH...: the profile has all of them.
touched() {
  local image=$1 missing
  shift
  fetch "$image" || return 1
  missing=$(evaluate "' '.join(path for path in '$*'.split() if path not in hits)")
  [ -z "$missing" ] || { echo "the profile of $image does not have $missing; $(evaluate state)"; return 1; }
}

# recorded RUNS IMAGE PATH...: the same, and it knows this many runs.
recorded() {
  local count=$1
  shift
  touched "$@" || return 1
  [ "$(evaluate runs)" -ge "$count" ] || { echo "the profile of $1 has $(evaluate runs) runs, not $count"; return 1; }
}

# objects COLUMN...: of all profiles in the store, one line each.
objects() { kubectl get profiles -n winnow -o "custom-columns=$(IFS=,; echo "$*")" --no-headers; }
objects_of() {
  objects IMAGE:.spec.references NODE:.spec.node NAME:.metadata.name | grep -E "localhost/app:$1[] ]" || true
}
