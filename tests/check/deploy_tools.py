# SPDX-License-Identifier: Apache-2.0
"""What other tools say of deploy/. Each rule takes the tree's root and returns its violations, or raises Missing for a tool that is not there."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

from deploy_objects import documents, kubernetes_faults, restricted
from tool_rules import Missing, output_of, tool

TOGETHER = ["components/kubernetes-1.31", "components/selinux", "components/namespaces", "components/node-bound", "monitoring"]
CLUSTER_WIDE = ("Namespace", "CustomResourceDefinition", "ClusterRole", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
EXPOSURE = 30  # tenths of what `systemd-analyze security` calls the exposure of a unit, at most


def built(folder, directory):
    """The objects that kustomize makes of a directory, and what it says against it."""
    done = subprocess.run(["kubectl", "kustomize", str(folder / directory)], capture_output=True, text=True, check=False)
    return (documents(done.stdout), []) if done.returncode == 0 else ([], [f"deploy/{directory}: {done.stderr.strip():.300}"])


def overlays(root):
    """kustomize builds the base, every overlay, the base with every component, and with many; each result is whole and fits together."""
    version = subprocess.run([tool("kubectl"), "version", "--client", "-o", "json"], capture_output=True, text=True, check=False).stdout
    if int(re.search(r'"minor": *"(\d+)|$', version)[1] or 0) < 27:
        raise Missing("kubectl 1.27 or later")  # older ones have another kustomize
    with tempfile.TemporaryDirectory() as directory:
        folder = pathlib.Path(directory) / "deploy"
        shutil.copytree(root / "deploy", folder)
        chosen = {path.name: [f"components/{path.name}"] for path in sorted((folder / "components").iterdir())}
        for name, components in {**chosen, "together": TOGETHER}.items():
            (folder / f"try-{name}").mkdir()
            (folder / f"try-{name}/kustomization.yaml").write_text(
                "resources: [../base]\ncomponents:\n" + "".join(f"  - ../{component}\n" for component in components))
        for name in ["try-together", "base", *(f"try-{name}" for name in chosen), *(f"overlays/{path.name}" for path in sorted(folder.glob("overlays/*")))]:
            found, wrong = built(folder, name)
            wrong += [fault for document in found for fault in kubernetes_faults(f"deploy/{name}", document)]
            yield from wrong or [f"deploy/{name}: {fault}" for fault in together(found)]


def together(found):
    """What the objects of one build name is there, and says the same at both ends."""
    of_kind = {}
    for document in found:
        of_kind.setdefault(document["kind"], {})[document["metadata"]["name"]] = document
    faults = []
    for document in found:
        where = f"{document['kind']} {document['metadata']['name']}"
        if document["kind"] not in CLUSTER_WIDE and document["metadata"].get("namespace") not in of_kind["Namespace"]:
            faults.append(f"{where} is in no namespace that is made")
        if document["metadata"].get("labels", {}).get("app.kubernetes.io/name") != "winnow":
            faults.append(f"{where} has no label app.kubernetes.io/name")
        if document["kind"] == "RoleBinding":
            named = [("Role", document["roleRef"]["name"])] + [(subject["kind"], subject["name"]) for subject in document["subjects"]]
            faults += [f"{where} names {kind} {name}, which is not there" for kind, name in named if name not in of_kind.get(kind, {})]
            faults += [f"{where}: {subject['name']} has no namespace" for subject in document["subjects"] if not subject.get("namespace")]
        if document["kind"] == "ValidatingAdmissionPolicyBinding" and document["spec"]["policyName"] not in of_kind.get("ValidatingAdmissionPolicy", {}):
            faults.append(f"{where} names a policy that is not there")
    agent = of_kind["DaemonSet"]["winnow-agent"]
    job = of_kind["CronJob"]["winnow-compact"]["spec"]["jobTemplate"]["spec"]["template"]
    for where, template in (("DaemonSet", agent["spec"]["template"]), ("CronJob", job)):
        faults += [f"{where}: {fault}" for fault in pod_faults(template, of_kind)]
    labels = agent["spec"]["template"]["metadata"]["labels"]
    selectors = [("DaemonSet", agent["spec"]["selector"])]
    selectors += [(f"PodMonitor {name}", monitor["spec"]["selector"]) for name, monitor in of_kind.get("PodMonitor", {}).items()]
    selectors += [(f"NetworkPolicy {name}", policy["spec"]["podSelector"]) for name, policy in of_kind["NetworkPolicy"].items()]
    faults += [f"{where} does not select the agent" for where, selector in selectors if not selector["matchLabels"].items() <= labels.items()]
    container = agent["spec"]["template"]["spec"]["containers"][0]
    endpoints = [endpoint["port"] for monitor in of_kind.get("PodMonitor", {}).values() for endpoint in monitor["spec"]["podMetricsEndpoints"]]
    probes = [container[probe]["httpGet"]["port"] for probe in ("livenessProbe", "readinessProbe")]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    faults += [f"the port {port} is not the agent's" for port in endpoints + probes if port not in ports]
    opened = [rule["port"] for policy in of_kind["NetworkPolicy"].values() for way in policy["spec"].get("ingress", []) for rule in way["ports"]]
    listens = [int(arg.rpartition(":")[2]) for arg in container["args"] if arg.startswith("--listen=")]
    if not listens == opened == list(ports.values()):
        faults.append(f"the agent listens on {listens}, names {ports} and may be reached at {opened}")
    return faults + restricted("CronJob", job["spec"])


def pod_faults(template, of_kind):
    """A pod's account is there, its volumes are mounted, and the runtime's root is what the arguments say."""
    pod = template["spec"]
    container = pod["containers"][0]
    faults = [] if pod["serviceAccountName"] in of_kind["ServiceAccount"] else [f"{pod['serviceAccountName']} is not there"]
    if sorted(volume["name"] for volume in pod.get("volumes", [])) != sorted(mount["name"] for mount in container.get("volumeMounts", [])):
        faults.append("its volumes are not what is mounted")
    if any("subPath" in mount for mount in container.get("volumeMounts", [])):
        faults.append("a mount by subPath is not renewed")
    roots = {volume["name"]: volume["hostPath"]["path"] for volume in pod.get("volumes", []) if "hostPath" in volume}
    faults += [f"{roots[mount['name']]} is mounted at {mount['mountPath']}, but the kernel says host paths" for mount in container.get("volumeMounts", [])
               if roots.get(mount["name"], mount["mountPath"]) != mount["mountPath"]]
    said = [arg.removeprefix("--runtime=") for arg in container["args"] if arg.startswith("--runtime=")]
    usual = {"containerd": "/var/lib/containerd", "crio": "/var/lib/containers/storage", "docker": "/var/lib/docker"}
    for runtime in said or (["containerd"] if "runtime" in roots else []):
        name, _, place = runtime.partition(":")
        if roots.get("runtime") != (place or usual.get(name)):
            faults.append(f"the runtime is {runtime}, but {roots.get('runtime')} is mounted")
    security = container["securityContext"]
    if security.get("privileged") and {"capabilities", "allowPrivilegeEscalation"} & set(security):
        faults.append("a privileged container takes neither capabilities nor allowPrivilegeEscalation")
    profile = security.get("appArmorProfile", {}).get("type")
    noted = template["metadata"].get("annotations", {}).get(f"container.apparmor.security.beta.kubernetes.io/{container['name']}")
    if roots and (profile, noted) not in (("Unconfined", None), (None, "unconfined")):
        faults.append("AppArmor's default profile would refuse pins")
    return faults


def alerts(root):
    """promtool accepts the alerts, and each fires in its test; every alert has a test in which it fires."""
    promtool, folder = tool("promtool"), root / "deploy/monitoring"
    faults = [output.strip() for words in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"])
              for output in [output_of([promtool, *words], cwd=folder)] if output]
    fired = {test["alertname"] for group in documents((folder / "alerts_test.yaml").read_text())[0]["tests"]
             for test in group["alert_rule_test"] if test.get("exp_alerts")}
    named = {rule["alert"] for group in documents((folder / "alerts.yaml").read_text())[0]["groups"] for rule in group["rules"]}
    return faults + [f"deploy/monitoring/alerts_test.yaml: {name} never fires" for name in sorted(named - fired)]


def unit(root):
    """systemd accepts the unit, and finds little that it leaves open."""
    analyze = tool("systemd-analyze")
    text = (root / "deploy/ci/winnow-agent.service").read_text()
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "winnow-agent.service"
        path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))  # verify wants a program that is there
        done = subprocess.run([analyze, "--man=no", "verify", str(path)], capture_output=True, text=True, check=False)
        said = [line for line in (done.stdout + done.stderr).splitlines() if "winnow-agent.service" in line or done.returncode]
        exposed = output_of([analyze, "--no-pager", "--offline=true", f"--threshold={EXPOSURE}", "security", str(path)])
    return said + exposed.splitlines()[-1:]


def compose(root):
    """docker-compose accepts the file of the side-car, alone and beside a project."""
    command = [tool("docker-compose")] if shutil.which("docker-compose") else [tool("docker"), "compose"]
    if len(command) > 1 and output_of([*command, "version"]):
        raise Missing("docker compose")
    with tempfile.TemporaryDirectory() as directory:
        project = pathlib.Path(directory) / "compose.yaml"
        project.write_text("services:\n  app: {image: app}\n")
        agent = ["-f", str(root / "deploy/ci/compose.yaml")]
        return [output for files in (agent, ["-f", str(project), *agent]) for output in [output_of([*command, *files, "config", "--quiet"])] if output]


def commands(root):
    """(file, command, words) for each call of winnow in deploy/ and in docs/kubernetes.md."""
    for path in sorted((root / "deploy").rglob("*.y*ml")):
        for found in re.finditer(r"\b(?:args|command):\n((?: +#.*\n| +- .*\n)+)", path.read_text()):
            words = [word.strip("\"'") for word in re.findall(r"^ +- (\S+)", found[1], re.MULTILINE)]
            yield path, words[0], words[1:]
        for word in re.findall(r"args/-, value: \"([^\"]*)\"", path.read_text()):
            yield path, "agent", [word]
    for path in [*sorted((root / "deploy/ci").iterdir()), root / "docs/kubernetes.md"]:
        text = path.read_text()
        if path.suffix == ".md":
            text = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
        for line in text.replace("\\\n", " ").splitlines():
            found = re.match(r"\s*(?:- )?(?:run: |ExecStart=\S*/)?(?:sudo )?winnow ([a-z]+.*)", line.partition(" #")[0])
            if found:
                words = shlex.split(found[1])
                yield path, words[0], words[1:words.index("--")] if "--" in words else words[1:]


def flags(root):
    """The built winnow ($WINNOW) has every command and every option that deploy/ and the document give it."""
    winnow = os.environ.get("WINNOW", "")
    if not os.access(winnow, os.X_OK):
        raise Missing("a built winnow ($WINNOW)")
    faults, helps = [], {}
    known = subprocess.run([winnow, "--help"], capture_output=True, text=True, check=False).stdout
    for path, command, words in commands(root):
        if command not in helps:
            text = subprocess.run([winnow, command, "--help"], capture_output=True, text=True, check=False).stdout
            helps[command] = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", text)) if re.search(rf"^ +{command}\b", known, re.MULTILINE) else None
        if helps[command] is None:
            faults.append(f"{path.relative_to(root)}: winnow has no command {command}")
            continue
        options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
        faults += [f"{path.relative_to(root)}: winnow {command} has no {option}" for option in options if option not in helps[command]]
    return faults


RULES = {"overlays": overlays, "alerts": alerts, "unit": unit, "compose": compose, "flags": flags}
