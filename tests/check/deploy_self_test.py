# SPDX-License-Identifier: Apache-2.0
"""Each rule of deploy.py passes the tree and fails a copy of it once one thing in it is wrong: deploy_self_test.py RULE ROOT."""
import itertools
import os
import pathlib
import shutil
import sys
import tempfile

import deploy
import tool_rules

AGENT, UNION, CRD, RBAC = (f"deploy/base/{name}.yaml" for name in ("daemonset", "cronjob", "crd", "rbac"))
NETWORK, BASE = "deploy/base/networkpolicy.yaml", "deploy/base/kustomization.yaml"
ALERTS, MONITOR, DASHBOARD = "deploy/monitoring/alerts.yaml", "deploy/monitoring/podmonitor.yaml", "deploy/monitoring/dashboard.json"
UNIT, COMPOSE, POLICY = "deploy/ci/winnow-agent.service", "deploy/ci/compose.yaml", "deploy/components/node-bound/policy.yaml"


def component(name):
    return f"deploy/components/{name}/kustomization.yaml"


# A winnow that has the commands and options of the documents.
WINNOW = """#!/bin/sh
case $1 in
--help) for command in agent coverage doctor emit fetch plan slim verify; do echo "  $command"; done ;;
*) echo --listen --compact --ttl --store --runtime --namespace --at-least --image --report --kubeconfig --context --since -o -n -l --list --policy --tag \\
        --test --heal --keep ;;
esac
"""
# For each rule: a file, a piece of it, and what stands there instead; a None removes the file.
BREACHES = {
    "manifests": [
        (AGENT, "# The agent: one pod", "one pod"),
        (AGENT, "hostPID: true", "hostPid: true"),
        (AGENT, "hostPID: true", "hostPID: yes please"),
        (AGENT, "  selector:\n", "  selectors:\n"),
        (AGENT, "type: RollingUpdate", "type: Rolling"),
        (AGENT, "cpu: 50m", "cpu: [50m]"),
        (AGENT, "periodSeconds: 30", "periodSeconds: thirty"),
        (UNION, "Forbid", "Forbidden"),
        (UNION, "activeDeadlineSeconds", "deadlineSeconds"),
        (RBAC, "verbs: [patch]", "verb: [patch]"),
        (RBAC, "rbac.authorization.k8s.io/v1\nkind: RoleBinding", "rbac.authorization.k8s.io/v1beta1\nkind: RoleBinding"),
        (CRD, "scope: Namespaced", "scoped: Namespaced"),
        (POLICY, "failurePolicy: Fail", "failurePolicy: Refuse"),
        (POLICY, "validationActions: [Deny]", "actions: [Deny]"),
        (NETWORK, "port: 443", "port: 443\n          port: 80"),
        (BASE, "  - crd.yaml\n", ""),
        (BASE, "  - crd.yaml\n", "  - crds.yaml\n"),
        (AGENT, "spec:\n", "spec: [\n"),
        (MONITOR, "interval: 30s", "every: 30s"),
        (DASHBOARD, None, None),
    ],
    "profile": [
        (CRD, "maxLength: 700000", "maxLength: 800000"),
        (CRD, "maxLength: 700000", "maxLength: 600000"),
        (CRD, "                  maxLength: 253\n", ""),
        (CRD, "format: byte", "format: bytes"),
        (CRD, "[0-9a-f]{64}$", "[0-9a-f]+$"),
        (CRD, "enum: [complete, partial]", "enum: [complete]"),
        (CRD, "enum: [gzip+base64]", "enum: [gzip+base64, gzip]"),
        (CRD, "required: [imageID, node, encoding, digest, part, parts, data]", "required: [imageID]"),
        (CRD, "jsonPath: .status.runs", "jsonPath: .status.run"),
        (CRD, "jsonPath: \".spec.references[0]\"", "jsonPath: \".spec.node[0]\""),
        (CRD, "coverage: {type: string, maxLength: 64}", "coverage: {type: string}"),
        (CRD, "runs: {type: integer, minimum: 0}", "runs: {type: number, minimum: 0}"),
        (CRD, "required: [metadata, spec]", "required: [metadata]"),
        (CRD, "name: v1alpha1", "name: v1"),
        (CRD, "maxItems: 32", "maxItems: 33"),
        (CRD, "pattern: '^[0-9a-f]{40}-", "pattern: '^[0-9a-f]+-"),
        (CRD, "\\x00-\\x20", "\\x00-\\x1f"),
        (CRD, "format: date-time", "format: date"),
    ],
    "rights": [
        ("SECURITY.md", "| `CAP_PERFMON` |", "| `CAP_SYSLOG` |"),
        (AGENT, "BPF, PERFMON", "BPF, SYS_ADMIN, PERFMON"),
        (COMPOSE, "BPF, PERFMON", "BPF"),
        (UNIT, "CAP_BPF CAP", "CAP"),
        (AGENT, "drop: [ALL]", "drop: [NET_RAW]"),
        (AGENT, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        (AGENT, "allowPrivilegeEscalation: false", "privileged: true"),
        (AGENT, "mountPath: /sys/fs/cgroup\n              readOnly: true", "mountPath: /sys/fs/cgroup"),
        (AGENT, "type: RuntimeDefault", "type: Unconfined"),
        (AGENT, "path: /var/lib/winnow", "path: /"),
        (AGENT, "hostPID: true", "hostPID: true\n      hostNetwork: true"),
        (AGENT, "            limits:\n", "            limits:\n              cpu: 1\n"),
        (RBAC, "verbs: [create, patch, get, list, delete]", "verbs: [create, patch, get, list, delete, deletecollection]"),
        (RBAC, "resources: [profiles]", "resources: [profiles, secrets]"),
        (UNION, "runAsNonRoot: true", "runAsNonRoot: false"),
        (UNION, "drop: [ALL]", "drop: [ALL]\n                  add: [BPF]"),
        (UNION, "restartPolicy: Never", "restartPolicy: Never\n          volumes: [{name: host, hostPath: {path: /}}]"),
        ("SECURITY.md", "| `profiles/status` | patch |", "| `profiles/status` | get |"),
    ],
    "metrics": [
        (ALERTS, "winnow_store_up", "winnow_store_down"),
        (ALERTS, "for: 15m", "for: 16m"),
        (DASHBOARD, "sum(winnow_images", "sum(winnow_image"),
        (DASHBOARD, '"id": 2,', '"id": 1,'),
        (DASHBOARD, '{"x": 4, "y": 0', '{"x": 3, "y": 0'),
        ("docs/kubernetes.md", "`winnow_runs_total`", "`winnow_run_total`"),
    ],
    "overlays": [
        ("deploy/overlays/k3s/kustomization.yaml", "components/k3s", "components/k4s"),
        (component("k3s"), "volumes/0", "volumes/1"),
        (component("rke2"), 'containerd:/var/lib/rancher', 'containerd:/var/lib/ranch'),
        (component("crio"), "--runtime=crio", "--runtime=docker"),
        (component("kubernetes-1.31"), "add, path: /spec/versions/0/selectableFields", "add, path: /spec/versions/0/selectable"),
        (component("kubernetes-1.31"), "value: {type: Unconfined}", "value: {type: RuntimeDefault}"),
        (AGENT, "kubernetes.io/agent: unconfined", "kubernetes.io/a: unconfined"),
        (component("privileged"), "value: {privileged: true,", "value: {privileged: true, allowPrivilegeEscalation: false,"),
        (AGENT, "containerPort: 9732", "containerPort: 9733"),
        (NETWORK, "port: 9732", "port: 9733"),
        (component("selinux"), "seLinuxOptions", "selinuxOptions"),
        (component("namespaces"), "args/-", "arg/-"),
        (POLICY, "policyName: winnow-node-bound", "policyName: winnow"),
        (MONITOR, "  namespace: winnow\n", ""),
        (MONITOR, "port: metrics", "port: http"),
        (MONITOR, "component: agent", "component: node"),
        (RBAC, "    name: winnow-compact\n", "    name: winnow-union\n"),
        (UNION, "serviceAccountName: winnow-compact", "serviceAccountName: default"),
        (BASE, "namespace: winnow", "namespace: other"),
        (BASE, "app.kubernetes.io/name: winnow", "app.kubernetes.io/name: agent"),
        (AGENT, "              readOnly: true\n              mountP", "              subPath: a\n              mountP"),
    ],
    "alerts": [
        (ALERTS, "winnow_store_up == 0", "winnow_store_up == 1"),
        (ALERTS, "absent(", "absence("),
        (ALERTS, "[30m])) > 0", "[30m])) > 100"),
        (ALERTS, "for: 10m", "for: 5m"),
        (ALERTS, "      - alert: WinnowNoAgent", "      - alert: WinnowNobody"),
        (ALERTS, '(.+/)?winnow-agent', '.*winnow-agent'),
        (ALERTS, "> 3", "> 0"),
        (ALERTS, "        for: 10m", "        wait: 10m"),
    ],
    "unit": [
        (UNIT, "ProtectSystem=strict", "ProtectSystem=strictly"),
        (UNIT, "ExecStart=", "ExecBegin="),
        (UNIT, "CapabilityBoundingSet=", "CapabilitySet="),
        (UNIT, "[Service]", "[Servant]"),
        (UNIT, "NoNewPrivileges=yes\nSystemCallFilter=@system-service bpf\n", ""),
        (UNIT, "@system-service", "@system-services"),
    ],
    "compose": [
        (COMPOSE, "cap_add:", "capabilities:"),
        (COMPOSE, "read_only: true\n    cap", "read_only: perhaps\n    cap"),
        (COMPOSE, "  winnow:\n", "  winnow:\n   image\n"),
    ],
    "flags": [
        (AGENT, "--listen=", "--listening="),
        (UNION, "- --compact\n                - --ttl=30", "- --unite"),
        (COMPOSE, "--store=", "--stored="),
        (UNIT, "--listen", "--listens"),
        (component("crio"), "--runtime=", "--runtimes="),
        ("deploy/ci/github-actions.yaml", "--since", "--after"),
        ("deploy/ci/gitlab-ci.yml", "sudo winnow verify", "sudo winnow prove"),
        ("docs/kubernetes.md", "winnow fetch --list ", "winnow fetch --all "),
        ("docs/kubernetes.md", "winnow emit keep.json", "winnow make keep.json"),
    ],
}


def faults_of(rule, root, breach=None):
    """What RULE says of a copy of the tree with one thing changed."""
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory).resolve()
        for name in ("deploy", "docs"):
            shutil.copytree(root / name, copy / name)
        shutil.copy(root / "SECURITY.md", copy)
        (copy / "winnow").write_text(WINNOW)
        (copy / "winnow").chmod(0o755)
        os.environ["WINNOW"] = str(copy / "winnow")
        if breach:
            name, old, new = breach
            before = (copy / name).read_text()
            assert old is None or old in before, f"{name} does not contain {old!r}"
            (copy / name).unlink() if old is None else (copy / name).write_text(before.replace(old, new, 1))
        return list(itertools.islice(deploy.RULES[rule](copy), 1))  # one is enough


def main():
    rule, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    try:
        wrong = [f"the tree fails: {fault}" for fault in faults_of(rule, root)]
        wrong += [f"not noticed: {breach[0]}: {breach[1]!r:.50} -> {breach[2]!r:.50}" for breach in BREACHES[rule] if not faults_of(rule, root, breach)]
    except tool_rules.Missing as missing:
        print(f"SKIP: {missing} is not installed")
        return 77
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


sys.exit(main())
