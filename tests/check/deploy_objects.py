# SPDX-License-Identifier: Apache-2.0
"""What is read off the files of deploy/ alone. Each rule takes the tree's root and returns its violations, one line each."""
import base64
import copy
import functools
import gzip
import hashlib
import json
import pathlib
import re

import jsonschema
import yaml

HERE = pathlib.Path(__file__).resolve().parent
OF_KUSTOMIZE = ("kustomize.config.k8s.io/v1beta1 Kustomization", "kustomize.config.k8s.io/v1alpha1 Component")
METRIC = re.compile(r"\bwinnow_[a-z_]+\b")


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, as Kubernetes does and PyYAML does not."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def documents(text):
    return [document for document in yaml.load_all(text, Loader) if document is not None]


def yaml_files(root):
    return sorted(path for suffix in ("*.yaml", "*.yml") for path in (root / "deploy").rglob(suffix))


def kind_of(document):
    return f"{document.get('apiVersion')} {document.get('kind')}" if isinstance(document, dict) else "nothing"


def objects(root):
    """(file, object) for each object of Kubernetes in deploy/, as it is written."""
    return [(path.relative_to(root), document) for path in yaml_files(root) if root / "deploy/ci" not in path.parents
            for document in documents(path.read_text()) if "kind" in document and kind_of(document) not in OF_KUSTOMIZE]


def named(root, kind):
    """The object of deploy/base that is the only one of its kind."""
    found = [document for path, document in objects(root) if document["kind"] == kind and path.is_relative_to("deploy/base")]
    assert len(found) == 1, f"deploy/base has {len(found)} objects of the kind {kind}"
    return found[0]


def schema_faults(where, schema, document, checker=None):
    """What is wrong with a document, by the deepest error, which of several alternatives is the one that was meant."""
    found = jsonschema.Draft7Validator(schema, format_checker=checker).iter_errors(document)
    deepest = [jsonschema.exceptions.best_match([error]) for error in found]
    return [f"{where}: {'/'.join(map(str, error.absolute_path)) or 'top'}: {error.message:.200}" for error in deepest]


@functools.cache
def known_kinds():
    return json.loads((HERE / "kubernetes.schema.json").read_text())


def kubernetes_faults(where, document):
    """What the API server would refuse, unknown fields too."""
    known = known_kinds()
    if kind_of(document) not in known["kinds"]:
        return [f"{where}: {kind_of(document)} is not in tests/check/kubernetes.schema.json"]
    return schema_faults(f"{where}: {document['kind']}", {**known["kinds"][kind_of(document)], "$defs": known["$defs"]}, document)


def manifests(root):
    """Every file opens with a sentence, is YAML, and holds what Kubernetes knows; every file that a kustomization names is there."""
    faults = []
    for path in yaml_files(root):
        where = path.relative_to(root)
        if not re.match(r"# [A-Z].*[.:]\s", path.read_text()):
            faults.append(f"{where}:1: no sentence says what the file is for")
        try:
            found = documents(path.read_text())
        except yaml.YAMLError as error:
            faults.append(f"{where}: {str(error).replace(chr(10), ' ')}")
            continue
        for document in found:
            if kind_of(document) in OF_KUSTOMIZE:
                files = [name.partition("=")[2] or name for made in document.get("configMapGenerator", []) for name in made["files"]]
                for name in document.get("resources", []) + document.get("components", []) + files:
                    if not (path.parent / name).exists():
                        faults.append(f"{where}: {name} is not there")
            elif "kind" in document and root / "deploy/ci" not in path.parents:
                faults += kubernetes_faults(where, document)
    named_files = {(path.parent / name).resolve() for path in yaml_files(root) if path.name == "kustomization.yaml"
                   for name in documents(path.read_text())[0].get("resources", [])} if not faults else set()
    return faults + [f"{path}: no kustomization has it" for path in sorted({path for path, _ in objects(root)} if not faults else [])
                     if root / path not in named_files]


def closed(schema):
    """An openAPIV3Schema as JSON Schema that refuses what a structural schema prunes."""
    schema = {key: closed(value) if isinstance(value, dict) and key != "properties" else value for key, value in schema.items()
              if not key.startswith("x-")}
    if "properties" in schema:
        schema["properties"] = {name: closed(value) for name, value in schema["properties"].items()}
        schema["additionalProperties"] = False
    return schema


def unbounded(schema, where):
    """Places of a schema that are not structural, or where a value has no bound."""
    kind = schema.get("type")
    faults = [] if kind in ("object", "array", "string", "integer") else [f"{where}: the type {kind}"]
    if kind == "string" and not ({"enum", "maxLength"} & set(schema)) and where not in ("/apiVersion", "/kind"):
        faults.append(f"{where}: a string without maxLength")
    if kind == "array" and not {"maxItems", "x-kubernetes-list-type", "items"} <= set(schema):
        faults.append(f"{where}: an array needs maxItems, items and x-kubernetes-list-type")
    if kind == "integer" and "minimum" not in schema:
        faults.append(f"{where}: an integer without minimum")
    if kind == "object" and "properties" not in schema:
        faults.append(f"{where}: an object of unknown fields")
    for name, value in schema.get("properties", {}).items():
        faults += unbounded(value, f"{where}/{name}")
    return faults + (unbounded(schema["items"], f"{where}/items") if "items" in schema else [])


FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("byte", ValueError)(lambda text: base64.b64decode(text, validate=True) is not None)
FORMATS.checks("date-time")(lambda text: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text) is not None)

SHA = "sha256:" + "0123456789abcdef" * 4
# Where in the example, a value that must be refused there, and one like it that must be accepted.
REFUSED = [
    ("metadata/name", "Nginx", "a" * 40 + "-all"),
    ("metadata/name", "a" * 39 + "-all", "a" * 40 + "-all"), ("metadata/name", "a" * 40 + "-node", "a" * 40 + "-" + "b" * 16 + "-0123abcd-2"),
    ("metadata/name", "a" * 40 + "-all-0123abcd-0", "a" * 40 + "-all-0123abcd-2000"),
    ("spec/imageID", SHA[:-1], SHA), ("spec/imageID", SHA.upper(), SHA), ("spec/imageID", SHA + "\n", SHA),
    ("spec/references", ["a"] * 257, ["a"] * 256), ("spec/references", [""], ["a"]), ("spec/references", ["a\x1b[31m"], ["a:5000/b_c:1", "\u00e9"]),
    ("spec/references", ["a" * 1025], ["a" * 1024]), ("spec/references", ["a b"], ["a@sha256:b"]), ("spec/references", "a", ["a"]),
    ("spec/manifests", [SHA[7:]], [SHA]),
    ("spec/node", "", "*"), ("spec/node", "-a", "a-1.b"), ("spec/node", "a" * 254, "a" * 253), ("spec/node", "**", "*"),
    ("spec/encoding", "gzip", "gzip+base64"), ("spec/digest", "md5:00", SHA),
    ("spec/part", 0, 1), ("spec/part", 1.5, 2), ("spec/part", "1", 1), ("spec/parts", 2001, 2000),
    ("spec/data", "", "QUJD"), ("spec/data", "QUJ*", "QUJD"), ("spec/data", "QUJD" * 175001, "QUJD" * 175000),
    ("spec/accesses", ["/bin/sh"], None), ("spec/data", None, "QUJD"), ("spec", None, "example"),
    ("status/state", "good", "partial"), ("status/runs", -1, 0), ("status/paths", 2.5, 2), ("status/misses", "0", 0),
    ("status/reasons", ["a" * 4097], ["a" * 4096]), ("status/reasons", ["a"] * 33, ["a"] * 32), ("status/coverage", "9" * 65, "unknown"),
    ("status/firstRun", "yesterday", "2026-01-01T00:00:00Z"), ("status/lastRun", "2026-01-01", "2026-01-01T00:00:00.5+01:00"),
    ("status/conditions/0/status", "true", "True"), ("status/conditions/0/reason", "no reason", "NoReason"),
    ("status/conditions/0/reason", None, "NoReason"), ("status/phase", "Ready", None),
]


def altered(example, place, value):
    """EXAMPLE with another value at PLACE; without it if the value is None; as it was if the value is the word for that."""
    example = copy.deepcopy(example)
    if value == "example":
        return example
    *way, last = (int(step) if step.isdigit() else step for step in place.split("/"))
    at = example
    for step in way:
        at = at[step]
    if value is None:
        at.pop(last, None)
    else:
        at[last] = value
    return example


def profile(root):
    """The definition of profiles is bounded, accepts the example, and refuses each broken one. The example agrees with itself."""
    definition = named(root, "CustomResourceDefinition")["spec"]
    version = definition["versions"][0]
    raw = version["schema"]["openAPIV3Schema"]
    faults = [f"crd.yaml: {fault}" for fault in unbounded({**raw, "properties": {name: value for name, value in raw["properties"].items()
                                                                                  if name != "metadata"}}, "")]
    for name in ("apiVersion", "kind", "metadata", "spec", "status"):
        if name not in raw["properties"]:
            faults.append(f"crd.yaml: the schema has no {name}")
    if faults:
        return faults
    schema = closed(raw)
    del schema["properties"]["metadata"]["additionalProperties"]
    for column in version["additionalPrinterColumns"] + version.get("selectableFields", []):
        at = {**raw, "properties": {**raw["properties"], "metadata": {"properties": {"creationTimestamp": {}}}}}
        for step in re.findall(r"\w+|\[0\]", column["jsonPath"]):
            at = (at.get("items") if step == "[0]" else at.get("properties", {}).get(step)) if at else None
        if at is None:
            faults.append(f"crd.yaml: {column['jsonPath']} is not in the schema")
    example = json.loads((HERE / "profile_object.json").read_text())
    if kind_of(example) != f"{definition['group']}/{version['name']} {definition['names']['kind']}":
        faults.append(f"profile_object.json: {kind_of(example)} is not what crd.yaml defines")
    faults += schema_faults("profile_object.json", schema, example, FORMATS) + itself(root, example)
    for place, bad, good in REFUSED:
        faults += schema_faults(f"{place} does not accept {good!r:.60}", schema, altered(example, place, good), FORMATS)
        if not schema_faults("", schema, altered(example, place, bad), FORMATS):
            faults.append(f"crd.yaml: {place} accepts {bad!r:.60}")
    return faults


def itself(root, example):
    """The example's name, labels, digest and summary follow from the profile in it."""
    spec, meta, status = example["spec"], example["metadata"], example["status"]
    content = gzip.decompress(base64.b64decode(spec["data"]))
    inside = json.loads(content)
    image, node = spec["imageID"].partition(":")[2], hashlib.sha256(spec["node"].encode()).hexdigest()[:16]
    agreed = {
        "metadata/name": (meta["name"], f"{image[:40]}-{node}"),
        "metadata/labels": (meta["labels"], {"app.kubernetes.io/managed-by": "winnow", "app.kubernetes.io/name": "winnow", "winnow.dev/image": image[:63],
                                             "winnow.dev/node": node, "winnow.dev/part": str(spec["part"])}),
        "spec/digest": (spec["digest"], "sha256:" + hashlib.sha256(content).hexdigest()),
        "spec/imageID": (spec["imageID"], inside["image"]["id"]),
        "status/state": (status["state"], inside["status"]),
        "status": ([status["runs"], status["paths"], status["misses"]],
                   [len(inside["runs"]), inside["counts"]["accesses"], inside["counts"]["misses"]]),
    }
    schema = json.loads((root / "docs/profile.schema.json").read_text())
    return [f"profile_object.json: {place} is {got!r}, not {right!r}" for place, (got, right) in agreed.items() if got != right] + \
        schema_faults("profile_object.json: the profile in it", schema, inside)


def table(root, document, heading):
    """The first column of the table below HEADING, without its backquotes; the second column by it."""
    text = (root / document).read_text()
    assert f"\n{heading}\n" in text, f"{document} has no heading {heading!r}"
    section = re.split(r"\n#", text.split(f"\n{heading}\n", 1)[1])[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return {name: second for names, second in rows for name in re.findall(r"`([^`]+)`", names)}


def rights(root):
    """What the agent may do is what SECURITY.md says, in the cluster, in the compose file and in the unit; the union has nothing of the host."""
    faults = []

    def same(what, got, right):
        if got != right:
            faults.append(f"{what}: {got!r} is not {right!r}")

    capabilities = {name.removeprefix("CAP_") for name in table(root, "SECURITY.md", "### Capabilities of the agent")}
    mounts = table(root, "SECURITY.md", "### Mounts of the agent")
    agent = named(root, "DaemonSet")["spec"]["template"]["spec"]
    container = agent["containers"][0]
    security = container["securityContext"]
    unit = (root / "deploy/ci/winnow-agent.service").read_text()
    compose = documents((root / "deploy/ci/compose.yaml").read_text())[0]["services"]["winnow"]
    same("daemonset.yaml: capabilities", set(security["capabilities"]["add"]), capabilities)
    same("compose.yaml: capabilities", set(compose["cap_add"]), capabilities)
    same("winnow-agent.service: capabilities", set(re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.MULTILINE)[1].replace("CAP_", "").split()), capabilities)
    same("daemonset.yaml: dropped", security["capabilities"]["drop"], ["ALL"])
    same("compose.yaml: dropped", compose["cap_drop"], ["ALL"])
    same("daemonset.yaml: the rest", {key: value for key, value in security.items() if key != "capabilities"},
         {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True})
    same("daemonset.yaml: the pod", agent["securityContext"], {"runAsUser": 0, "seccompProfile": {"type": "RuntimeDefault"}})
    for name in ("hostNetwork", "hostIPC", "priorityClassName", "initContainers"):
        same(f"daemonset.yaml: {name}", agent.get(name), None)
    same("daemonset.yaml: mounts", {mount["mountPath"]: "read" if mount.get("readOnly") else "write" for mount in container["volumeMounts"]},
         {path: how.split("|")[0].strip() for path, how in mounts.items()})
    same("daemonset.yaml: host paths", [volume["hostPath"]["path"] for volume in agent["volumes"]], [mount["mountPath"] for mount in container["volumeMounts"]])
    same("daemonset.yaml: limits", set(container["resources"]["limits"]), {"memory"})
    roles = {document["metadata"]["name"]: {tuple(rule["apiGroups"] + rule["resources"]): rule["verbs"] for rule in document["rules"]}
             for _, document in objects(root) if document["kind"] in ("Role", "ClusterRole")}
    api = table(root, "SECURITY.md", "### Rights in the Kubernetes API")
    same("rbac.yaml", roles, {"winnow-profiles": {("winnow.dev", "profiles"): api["profiles"].split("|")[0].strip().split(", "),
                                                  ("winnow.dev", "profiles/status"): api["profiles/status"].split("|")[0].strip().split(", ")},
                              "winnow-viewer": {("winnow.dev", "profiles"): ["get", "list"]}})
    return faults + restricted("cronjob.yaml", named(root, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"])


def restricted(where, pod):
    """What Pod Security's level `restricted` asks for, and a root that cannot be written."""
    faults = [f"{where}: {name}" for name in ("hostPID", "hostNetwork", "hostIPC") if pod.get(name)]
    faults += [f"{where}: the volume {volume['name']} is neither an emptyDir nor a projection" for volume in pod.get("volumes", [])
               if not {"emptyDir", "projected", "configMap", "secret"} & set(volume)]
    whole = pod.get("securityContext", {})
    if not whole.get("runAsNonRoot") or not whole.get("runAsUser") or whole.get("seccompProfile") != {"type": "RuntimeDefault"}:
        faults.append(f"{where}: the pod is not restricted")
    return faults + [f"{where}: the container {container['name']} is not restricted" for container in pod["containers"] if container.get("securityContext") != {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}]


def metrics(root):
    """Alerts and dashboard use metrics that docs/kubernetes.md lists. The two forms of the alerts are one. The dashboard's panels are apart."""
    known = set(table(root, "docs/kubernetes.md", "## Metrics"))
    folder = root / "deploy/monitoring"
    rules = {name: documents((folder / name).read_text())[0] for name in ("alerts.yaml", "prometheusrule.yaml")}
    dashboard = json.loads((folder / "dashboard.json").read_text())
    used = {"alerts.yaml": [rule["expr"] for group in rules["alerts.yaml"]["groups"] for rule in group["rules"]],
            "dashboard.json": [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]}
    faults = [f"deploy/monitoring/{name}: {metric} is not in docs/kubernetes.md" for name, expressions in used.items()
              for expression in expressions for metric in METRIC.findall(expression) if metric not in known]
    if rules["prometheusrule.yaml"]["spec"]["groups"] != rules["alerts.yaml"]["groups"]:
        faults.append("deploy/monitoring/prometheusrule.yaml: its groups are not those of alerts.yaml")
    ids = [panel["id"] for panel in dashboard["panels"]]
    taken = [(x, y) for panel in dashboard["panels"] for at in [panel["gridPos"]]
             for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
    if len(set(ids)) < len(ids) or len(set(taken)) < len(taken) or max(x for x, _ in taken) > 23:
        faults.append("deploy/monitoring/dashboard.json: panels share a number or a place, or stand outside")
    return faults


RULES = {"manifests": manifests, "profile": profile, "rights": rights, "metrics": metrics}
