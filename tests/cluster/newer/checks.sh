# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts/test-cluster.sh --newer: what is checked if winnow's API is served by a newer Kubernetes.

# shellcheck disable=SC2034
checks=(
  the_definition_is_taken_without_a_warning
  wrong_profiles_are_refused_and_right_ones_taken
  the_agent_becomes_ready
  the_agent_may_write_profiles_and_nothing_else
  replicas_and_init_containers_are_one_profile
  the_table_shows_what_was_recorded
  a_new_image_has_another_profile
  excluded_namespaces_are_not_recorded
  a_large_profile_is_kept_in_parts
  the_two_managers_keep_what_they_applied
  profiles_are_selected_by_field
  what_the_agent_sends_has_no_unknown_field
  a_policy_binds_an_agent_to_its_node
  an_agent_that_a_policy_refuses_says_why
  compacting_unites_the_objects_of_an_image
  the_agent_neither_fails_nor_loses_events
)
ended=hidden compacted=(1 2 hidden)

server=https://10.96.0.2 api=https://10.96.0.1
definition=/apis/apiextensions.k8s.io/v1/customresourcedefinitions/profiles.winnow.dev
profiles=/apis/winnow.dev/v1alpha1/namespaces/winnow/profiles

# documents KIND FILE: those documents of a file that are of this kind; of another kind if it begins with "!".
documents() {
  python3 - "$@" <<'PY'
import re, sys
kind, text = sys.argv[1], open(sys.argv[2], encoding="utf-8").read()
for document in re.split(r"^---\n", text, flags=re.M):
    is_it = re.search(rf"^kind: {kind.lstrip('!')}$", document, re.M) is not None
    if is_it != kind.startswith("!"):
        print(document, end="---\n")
PY
}

# apply TARGET FILE OPTION...: server-side apply by another manager; prints the status, the rest is in $work/answer.
apply() {
  local target=$1 file=$2
  shift 2
  cluster curl -o "$work/answer" -D "$work/headers" -w '%{http_code}' -X PATCH --data-binary "@$file" \
    -H 'Content-Type: application/apply-patch+yaml' "$@" "$target"
}

# serve_newer [POLICIES]: starts the newer server, or ends it and starts it with other policies.
serve_newer() { cluster newer "$@" >"$work/last" 2>&1 || fail "$(cat "$work/last")"; }

# The old API server would take the definition for itself: the newer one has it, and the old one passes requests on.
begin_newer() {
  local code
  ! kubectl get crd profiles.winnow.dev >/dev/null 2>&1 || fail "this cluster began without --newer"
  serve_newer
  cluster exec kubectl kustomize tests/cluster/newer >"$work/newer.yaml"
  documents CustomResourceDefinition "$work/newer.yaml" >"$work/definition.yaml"
  documents 'ValidatingAdmissionPolicy(Binding)?' "$work/newer.yaml" >"$work/policies.yaml"
  code=$(apply "$server$definition?fieldManager=test&fieldValidation=Strict" "$work/definition.yaml")
  [[ $code == 20[01] ]] || fail "the definition: $code $(cat "$work/answer")"
  eventually 30 kubectl get profiles -A
}

the_definition_is_taken_without_a_warning() {
  local code file
  for file in deploy/base/crd.yaml "$work/definition.yaml"; do
    code=$(apply "$server$definition?fieldManager=test&force=true&fieldValidation=Strict&dryRun=All" "$file")
    [ "$code" = 200 ] || fail "$file: $code $(cat "$work/answer")"
    ! grep -i '^warning:' "$work/headers" || fail "$file: a warning"
  done
  grep -q selectableFields "$work/answer" || fail "the selectable fields are lost: $(cat "$work/answer")"
  # The control.
  sed 's/singular:/singulare:/' deploy/base/crd.yaml >"$work/wrong.yaml"
  code=$(apply "$server$definition?fieldManager=test&force=true&fieldValidation=Strict&dryRun=All" "$work/wrong.yaml")
  [ "$code" -ge 400 ] || fail "an unknown field is taken: $code"
  grep -q singulare "$work/answer" || fail "refused for another reason: $(cat "$work/answer")"
  cluster curl "$server$definition" | python3 -c '
import json, sys
bad = {"NonStructuralSchema", "KubernetesAPIApprovalPolicyConformant"}
states = {c["type"]: c["status"] for c in json.load(sys.stdin)["status"]["conditions"]}
print(states)
sys.exit(states.get("Established") != "True" or states.get("NamesAccepted") != "True" or bool(bad & set(states)))'
}

wrong_profiles_are_refused_and_right_ones_taken() {
  kubectl create namespace winnow --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  cluster exec python3 -B tests/cluster/newer/answers.py examples
  kubectl delete profiles -n winnow --all >/dev/null
}

what_the_agent_sends_has_no_unknown_field() {
  cluster exec python3 -B tests/cluster/newer/answers.py requests
}

# One entry for each, although the older API server takes the first away if both have one name.
the_two_managers_keep_what_they_applied() {
  kubectl get profiles -n winnow --show-managed-fields -o json | python3 -c '
import json, sys
for item in json.load(sys.stdin)["items"]:
    entries = {(e["manager"], e["operation"], e.get("subresource", "")): e["fieldsV1"] for e in item["metadata"]["managedFields"]}
    expected = {("winnow-agent", "Apply", "")} | ({("winnow-agent-status", "Apply", "status")} if item["spec"]["part"] == 1 else set())
    assert set(entries) == expected, (item["metadata"]["name"], set(entries))
    assert "f:data" in entries["winnow-agent", "Apply", ""]["f:spec"], entries
    assert len(entries) == 1 or "f:runs" in entries["winnow-agent-status", "Apply", "status"]["f:status"], entries'
}

# selected SELECTOR: how many profiles have it.
selected() { kubectl get profiles -n winnow --field-selector "$1" --no-headers -o name 2>"$work/last" | wc -l; }

profiles_are_selected_by_field() {
  local all id
  all=$(objects NAME:.metadata.name | wc -l)
  id=$(kubectl get profiles -n winnow -o "jsonpath={.items[?(@.spec.references[0]=='localhost/app:2')].spec.imageID}")
  [ "$all" -gt 2 ] || fail "there are only $all profiles"
  [ "$(selected spec.node=node1)" = "$all" ] || fail "of node1: $(selected spec.node=node1), not $all"
  [ "$(selected spec.node=node2)" = 0 ] || fail "of node2: $(selected spec.node=node2)"
  [ "$(selected "spec.imageID=$id,spec.node=node1")" = 1 ] || fail "of one image: $(selected "spec.imageID=$id,spec.node=node1")"
  # The control: a field that the definition does not name.
  ! kubectl get profiles -n winnow --field-selector spec.part=1 2>"$work/last" || fail "selected by spec.part"
  grep -q 'field label not supported' "$work/last" || fail "$(cat "$work/last")"
}

# profile_of NODE: a right profile as YAML, of a node or of "*".
profile_of() {
  python3 - "$1" <<'PY'
import json, sys
profile = json.load(open("tests/check/profile_object.json", encoding="utf-8"))
profile["spec"]["node"] = sys.argv[1]
profile["metadata"]["name"] = "d" * 40 + "-all"
profile.pop("status")
print(json.dumps(profile))
PY
}

# answers CODE WHO NODE METHOD SUFFIX [OBJECT]: what the API answers to an account whose token is of a node ("": of none).
answers() {
  local code target=$api$profiles/$5 options=()
  [ "$2" = admin ] || options+=(-H "Impersonate-User: $2")
  [ -z "$3" ] || options+=(-H "Impersonate-Extra-authentication.kubernetes.io%2Fnode-name: $3")
  if [ "$4" = DELETE ]; then
    code=$(cluster curl -o "$work/answer" -w '%{http_code}' -X DELETE "${options[@]}" "$target")
  else
    echo "${6:-}" >"$work/object"
    code=$(apply "$target?fieldManager=test&force=true" "$work/object" "${options[@]}")
  fi
  [ "$code" = "$1" ] || fail "$2 of '$3': $4 $5 is answered by $code, not $1: $(head -c 600 "$work/answer")"
  # Not for want of a right.
  [ "$code" != 403 ] || grep -q "ValidatingAdmissionPolicy 'winnow-node-bound'" "$work/answer" ||
    fail "another reason: $(cat "$work/answer")"
}

a_policy_binds_an_agent_to_its_node() {
  local agent=system:serviceaccount:winnow:winnow-agent compact=system:serviceaccount:winnow:winnow-compact name status
  trap serve_newer EXIT
  serve_newer "$work/policies.yaml"
  name=$(printf 'd%.0s' {1..40})-all
  status='{"apiVersion": "winnow.dev/v1alpha1", "kind": "Profile", "status": {"runs": 1}}'
  # What an agent may create, change and remove, it has recorded itself.
  answers 403 $agent node1 PATCH "$name" "$(profile_of node2)"
  answers 403 $agent node1 PATCH "$name" "$(profile_of '*')"
  answers 201 $agent node1 PATCH "$name" "$(profile_of node1)"
  answers 200 $agent node1 PATCH "$name/status" "$status"
  answers 403 $agent node1 PATCH "$name" "$(profile_of node2)"
  answers 403 $agent node2 PATCH "$name" "$(profile_of node2)"
  answers 403 $agent node2 PATCH "$name/status" "$status"
  answers 403 $agent node2 DELETE "$name"
  # A token of no node is of no use.
  answers 403 $agent "" PATCH "$name" "$(profile_of node1)"
  grep -q 'the token names no node' "$work/answer" || fail "$(cat "$work/answer")"
  answers 403 $agent "" DELETE "$name"
  answers 200 $agent node1 DELETE "$name"
  # The nightly union and the administrator are not bound.
  answers 201 $compact "" PATCH "$name" "$(profile_of '*')"
  answers 403 $agent node1 DELETE "$name"
  answers 200 $compact node2 DELETE "$name"
  answers 201 admin "" PATCH "$name" "$(profile_of node2)"
  answers 200 $compact "" DELETE "$name"
}

# The tokens of the old API server name no node.
an_agent_that_a_policy_refuses_says_why() {
  local agent
  trap serve_newer EXIT
  agent=$(address_of winnow "$(agent_pod)"):9732
  serve_newer "$work/policies.yaml"
  run shop refused localhost/app:refused -- /data/pod/3
  is_running shop refused
  eventually 60 logs 'the token names no node; the agent needs the token of its pod'
  logs 'a policy of the cluster refuses it, and no right is missing'
  ! logs 'the service account needs' || fail "it advises on rights that it has"
  [ -z "$(objects_of refused)" ] || fail "written against the policy: $(objects_of refused)"
  serve_newer
  trap - EXIT
  eventually 150 recorded 1 localhost/app:refused /data/pod/3
  eventually 90 healthy "$agent"
  remove_pod shop refused
}

logs() { agent_log 50 | grep "$1"; }
