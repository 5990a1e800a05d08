#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Talks to a container runtime as the kubelet does: pods and containers with the kubelet's labels, annotations and cgroups.

The messages of the CRI are written by hand as far as they are used (https://github.com/kubernetes/cri-api, pkg/apis/runtime/v1).
The distribution's python3-grpcio carries them; see cri.py SOCKET --help.
"""
import argparse
import concurrent.futures
import json
import pathlib
import sys
import time
import uuid

import grpc

# message: {field: (number, type)}; "int", "str", "map" (of strings), or another message; [type] is repeated.
MESSAGES = {
    "PodSandboxMetadata": {"name": (1, "str"), "uid": (2, "str"), "namespace": (3, "str"), "attempt": (4, "int")},
    "NamespaceOption": {"network": (1, "int"), "pid": (2, "int"), "ipc": (3, "int")},
    "LinuxSandboxSecurityContext": {"namespace_options": (1, "NamespaceOption")},
    "LinuxPodSandboxConfig": {"cgroup_parent": (1, "str"), "security_context": (2, "LinuxSandboxSecurityContext")},
    "PodSandboxConfig": {"metadata": (1, "PodSandboxMetadata"), "hostname": (2, "str"), "log_directory": (3, "str"), "labels": (6, "map"),
                         "annotations": (7, "map"), "linux": (8, "LinuxPodSandboxConfig")},
    "RunPodSandboxRequest": {"config": (1, "PodSandboxConfig")},
    "PodSandboxId": {"pod_sandbox_id": (1, "str"), "verbose": (2, "int")},
    "ContainerMetadata": {"name": (1, "str"), "attempt": (2, "int")},
    "ImageSpec": {"image": (1, "str")},
    "KeyValue": {"key": (1, "str"), "value": (2, "str")},
    "Mount": {"container_path": (1, "str"), "host_path": (2, "str"), "readonly": (3, "int")},
    "LinuxContainerSecurityContext": {"namespace_options": (3, "NamespaceOption"), "readonly_rootfs": (7, "int")},
    "LinuxContainerConfig": {"security_context": (2, "LinuxContainerSecurityContext")},
    "ContainerConfig": {"metadata": (1, "ContainerMetadata"), "image": (2, "ImageSpec"), "command": (3, ["str"]), "args": (4, ["str"]),
                        "envs": (6, ["KeyValue"]), "mounts": (7, ["Mount"]), "labels": (9, "map"), "annotations": (10, "map"),
                        "log_path": (11, "str"), "linux": (15, "LinuxContainerConfig")},
    "CreateContainerRequest": {"pod_sandbox_id": (1, "str"), "config": (2, "ContainerConfig"), "sandbox_config": (3, "PodSandboxConfig")},
    "ContainerId": {"container_id": (1, "str"), "timeout": (2, "int")},
    "ExecSyncRequest": {"container_id": (1, "str"), "cmd": (2, ["str"]), "timeout": (3, "int")},
    "ExecSyncResponse": {"stdout": (1, "str"), "stderr": (2, "str"), "exit_code": (3, "int")},
    "Empty": {},
    "Container": {"id": (1, "str"), "pod_sandbox_id": (2, "str"), "metadata": (3, "ContainerMetadata"), "image": (4, "ImageSpec"),
                  "image_ref": (5, "str"), "state": (6, "int"), "labels": (8, "map")},
    "ListContainersResponse": {"containers": (1, ["Container"])},
    "ContainerStatus": {"id": (1, "str"), "metadata": (2, "ContainerMetadata"), "state": (3, "int"), "exit_code": (7, "int"),
                        "image": (8, "ImageSpec"), "image_ref": (9, "str"), "reason": (10, "str"), "message": (11, "str"), "labels": (12, "map")},
    "ContainerStatusResponse": {"status": (1, "ContainerStatus")},
    "PodSandbox": {"id": (1, "str"), "metadata": (2, "PodSandboxMetadata"), "state": (3, "int"), "labels": (5, "map"), "annotations": (6, "map")},
    "ListPodSandboxResponse": {"items": (1, ["PodSandbox"])},
    "PodSandboxStatusResponse": {"info": (2, "map")},
    "Image": {"id": (1, "str"), "repo_tags": (2, ["str"]), "repo_digests": (3, ["str"])},
    "ListImagesResponse": {"images": (1, ["Image"])},
}
CONTAINER_STATES = ("created", "running", "exited", "unknown")
NAMESPACES = {"network": 2, "pid": 1, "ipc": 0}  # the node's network, so that no plugin is needed; the rest as the kubelet asks
QOS = {"guaranteed": "", "burstable": "/burstable", "besteffort": "/besteffort"}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def chunk(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def encode(kind, value):
    """VALUE, a dictionary, as the message KIND; what is empty is left out."""
    out = b""
    for name, content in value.items():
        number, of = MESSAGES[kind][name]
        if of == "map":
            for key, text in content.items():
                out += chunk(number, chunk(1, key.encode()) + chunk(2, text.encode()))
        elif of == "int":
            out += varint(number << 3) + varint(int(content)) if content else b""
        else:
            for one in content if isinstance(of, list) else [content]:
                inner = of[0] if isinstance(of, list) else of
                if inner == "str":
                    out += chunk(number, one.encode()) if one or isinstance(of, list) else b""
                else:
                    out += chunk(number, encode(inner, one))
    return out


def fields(data):
    """Each field of a message: its number and its value, an integer or bytes."""
    at = 0

    def integer():
        nonlocal at
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(data):
        key = integer()
        if key & 7 == 0:
            yield key >> 3, integer()
        else:
            length = {1: 8, 5: 4}.get(key & 7) or integer()
            yield key >> 3, data[at:at + length]
            at += length


def decode(kind, data):
    known = {number: (name, of) for name, (number, of) in MESSAGES[kind].items()}
    out = {name: [] if isinstance(of, list) else {"int": 0, "str": "", "map": {}}.get(of) for name, (_, of) in MESSAGES[kind].items()}
    for number, value in fields(data):
        name, of = known.get(number, (None, None))
        if of == "map":
            pair = dict(fields(value))
            out[name][pair.get(1, b"").decode()] = pair.get(2, b"").decode()
        elif isinstance(of, list):
            out[name].append(value.decode() if of[0] == "str" else decode(of[0], value))
        elif name:
            out[name] = value if of == "int" else value.decode() if of == "str" else decode(of, value)
    return out


class Runtime:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel("unix://" + socket)
        self.package = "runtime.v1"

    def call(self, method, kind, request, answer, service="RuntimeService"):
        """Calls METHOD with a message of KIND; an older containerd knows only v1alpha2, which has the same fields."""
        end = time.monotonic() + 20
        while True:
            ask = self.channel.unary_unary(f"/{self.package}.{service}/{method}", lambda value: encode(kind, value), lambda data: decode(answer, data))
            try:
                return ask(request, timeout=120)
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.UNIMPLEMENTED and self.package == "runtime.v1":
                    self.package = "runtime.v1alpha2"
                elif "server is not initialized yet" not in error.details() or time.monotonic() > end:
                    raise
                else:  # containerd answers before it has found its containers again
                    time.sleep(0.05)

    def run_pod(self, options):
        config = sandbox_config(options)
        return self.call("RunPodSandbox", "RunPodSandboxRequest", {"config": config}, "PodSandboxId")["pod_sandbox_id"]

    def pod_config(self, pod):
        """The configuration that POD was made with: it goes into each request for a container."""
        info = json.loads(self.call("PodSandboxStatus", "PodSandboxId", {"pod_sandbox_id": pod, "verbose": 1}, "PodSandboxStatusResponse")["info"]["info"])
        return known_only("PodSandboxConfig", info["config"])

    def create(self, pod, options, attempt):
        config = self.pod_config(pod)
        request = {"pod_sandbox_id": pod, "config": container_config(config, options, attempt), "sandbox_config": config}
        return self.call("CreateContainer", "CreateContainerRequest", request, "ContainerId")["container_id"]

    def on_container(self, method, container, **more):
        return self.call(method, "ContainerId", {"container_id": container, **more}, "Empty")

    def run(self, pod, options, attempt=0):
        container = self.create(pod, options, attempt)
        self.on_container("StartContainer", container)
        return container

    def status(self, container):
        return self.call("ContainerStatus", "ContainerId", {"container_id": container}, "ContainerStatusResponse")["status"]

    def wait(self, container, seconds=60):
        """Waits until CONTAINER has ended; returns its exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.status(container)
            if CONTAINER_STATES[status["state"]] == "exited":
                return status["exit_code"]
            time.sleep(0.02)
        raise TimeoutError(f"container {container} still runs after {seconds} s")

    def pods(self):
        return self.call("ListPodSandbox", "Empty", {}, "ListPodSandboxResponse")["items"]

    def containers(self):
        return self.call("ListContainers", "Empty", {}, "ListContainersResponse")["containers"]

    def remove_pod(self, pod):
        for method in ("StopPodSandbox", "RemovePodSandbox"):
            self.call(method, "PodSandboxId", {"pod_sandbox_id": pod}, "Empty")


def known_only(kind, value):
    """VALUE without what MESSAGES does not list of KIND, and without what is null."""
    out = {}
    for name, content in value.items():
        of = MESSAGES[kind].get(name, (0, None))[1]
        if of and content is not None:
            out[name] = known_only(of, content) if isinstance(of, str) and of in MESSAGES else content
    return out


def cgroup_parent(options):
    """The pod's group as the kubelet's cgroup driver names it. It may be below another group than the root (the kubelet's cgroupRoot)."""
    root = options.cgroup_root
    if root is None:  # scripts/containerd.sh's
        root = "/winnow-" + pathlib.Path(options.socket).parent.name
    if options.driver == "cgroupfs":
        return f"{root}/kubepods{QOS[options.qos]}/pod{options.uid}"
    slices = ["kubepods", *([f"kubepods-{options.qos}"] if QOS[options.qos] else [])]
    slices.append(f"{slices[-1]}-pod{options.uid.replace('-', '_')}")
    return root + "".join(f"/{one}.slice" for one in slices)


def sandbox_config(options):
    options.uid = options.uid or (uuid.uuid4().hex if options.static else str(uuid.uuid4()))
    who = {"io.kubernetes.pod.name": options.name, "io.kubernetes.pod.namespace": options.namespace, "io.kubernetes.pod.uid": options.uid}
    annotations = {"kubernetes.io/config.seen": "2026-01-01T00:00:00.000000000Z", "kubernetes.io/config.source": "file" if options.static else "api"}
    if options.static:
        annotations["kubernetes.io/config.hash"] = options.uid
    return {"metadata": {"name": options.name, "uid": options.uid, "namespace": options.namespace, "attempt": 0},
            "labels": {**dict(options.label), **who}, "annotations": {**annotations, **dict(options.annotation)},
            "linux": {"cgroup_parent": cgroup_parent(options), "security_context": {"namespace_options": NAMESPACES}}}


def container_config(pod, options, attempt):
    who = {key: value for key, value in pod["labels"].items() if key.startswith("io.kubernetes.pod.")}
    annotations = {"io.kubernetes.container.hash": "5f2c8a1e", "io.kubernetes.container.restartCount": str(attempt),
                   "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
                   "io.kubernetes.container.terminationMessagePolicy": "File", "io.kubernetes.pod.terminationGracePeriod": "30"}
    return {"metadata": {"name": options.container, "attempt": attempt}, "image": {"image": options.image}, "args": options.arg,
            "envs": [{"key": key, "value": value} for key, value in options.env],
            "mounts": [{"container_path": inside, "host_path": outside} for outside, inside in options.mount],
            "labels": {"io.kubernetes.container.name": options.container, **who}, "annotations": {**annotations, **dict(options.annotation)},
            "linux": {"security_context": {"namespace_options": NAMESPACES, "readonly_rootfs": options.read_only}}}


def pair(text, by="="):
    key, _, value = text.partition(by)
    return key, value


def arguments():
    parser = argparse.ArgumentParser(prog="cri.py", description="A small client of the CRI; each command prints ids or JSON.")
    parser.add_argument("socket")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name, words, *positional):
        made = commands.add_parser(name, help=words)
        for one in positional:
            made.add_argument(one, nargs="+" if one.endswith("s") else None)
        return made

    def of_pod(made):
        made.add_argument("--name", default="web-1")
        made.add_argument("--namespace", default="default")
        made.add_argument("--uid", help="default: a new one")
        made.add_argument("--static", action="store_true", help="a pod of the kubelet's own manifests: its uid is a hash")
        made.add_argument("--qos", choices=QOS, default="besteffort")
        made.add_argument("--driver", choices=("cgroupfs", "systemd"), default="cgroupfs", help="the kubelet's cgroup driver")
        made.add_argument("--cgroup-root", help="the group that has `kubepods`")
        made.add_argument("--label", type=pair, action="append", default=[])

    def of_container(made):
        made.add_argument("--container", default="app", help="its name in the pod")
        made.add_argument("--image", required=True)
        made.add_argument("--arg", action="append", default=[])
        made.add_argument("--env", type=pair, action="append", default=[])
        made.add_argument("--mount", type=lambda text: pair(text, ":"), action="append", default=[], help="OUTSIDE:INSIDE")
        made.add_argument("--read-only", action="store_true")

    for name, words, pod, container in (("run-pod", "makes a pod; prints its id", True, False),
                                        ("create", "makes a container of a pod; prints its id", False, True),
                                        ("run", "creates and starts a container", False, True),
                                        ("restart", "runs a container again and again: each waits for the one before", False, True),
                                        ("deploy", "runs pods with a container each, eight at a time; {} in --arg is the pod's number; prints both ids", True, True)):
        made = command(name, words, *(["pod"] if not pod else []))
        made.add_argument("--annotation", type=pair, action="append", default=[])
        if pod:
            of_pod(made)
        if container:
            of_container(made)
            made.add_argument("--attempt", type=int, default=0)
            made.add_argument("--wait", action="store_true", help="until it has ended; fails if its exit code is not 0")
            made.add_argument("--times", type=int, default=1)
    for name, words in (("start", "starts containers"), ("stop", "stops containers at once"), ("remove", "removes containers"),
                        ("wait", "waits for containers; fails if one has an exit code other than 0")):
        command(name, words, "containers")
    command("remove-pod", "stops and removes pods with their containers", "pods")
    command("status", "what the runtime says of a container", "container")
    execute = command("exec", "runs a command in a container; prints its output", "container")
    execute.add_argument("words", nargs=argparse.REMAINDER)
    for name in ("list", "list-pods", "list-images", "remove-all"):
        command(name, {"remove-all": "removes all pods"}.get(name, "as JSON"))
    return parser.parse_args()


def started(runtime, options, pod, attempt):
    """Runs a container; with --wait until it ended well."""
    container = runtime.run(pod, options, attempt)
    if options.wait and (code := runtime.wait(container)):
        raise ValueError(f"container {container} ended with {code}")
    return container


def deploy(runtime, options):
    def one(number):
        mine = argparse.Namespace(**vars(options))
        if options.times > 1:
            mine.name, mine.uid = f"{options.name}-{number}", None
        mine.arg = [word.replace("{}", str(number)) for word in options.arg]
        pod = runtime.run_pod(mine)
        mine.annotation = []  # those are the pod's
        return pod, started(runtime, mine, pod, 0)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for pod, container in pool.map(one, range(options.times)):
            print(pod, container, flush=True)


def restart(runtime, options):
    """As the kubelet restarts a container: the one before the last is removed, and each has its own id."""
    before = None
    for attempt in range(options.attempt, options.attempt + options.times):
        container = runtime.run(options.pod, options, attempt)
        if runtime.wait(container):
            raise ValueError(f"container {container} failed")
        if before:
            runtime.on_container("RemoveContainer", before)
        before = container
        print(container, flush=True)


def main():
    options = arguments()
    runtime = Runtime(options.socket)
    match options.command:
        case "run-pod":
            print(runtime.run_pod(options))
        case "create":
            print(runtime.create(options.pod, options, options.attempt))
        case "run":
            print(started(runtime, options, options.pod, options.attempt))
        case "restart":
            restart(runtime, options)
        case "deploy":
            deploy(runtime, options)
        case "start" | "stop" | "remove":
            for container in options.containers:
                runtime.on_container(options.command.capitalize() + "Container", container)
        case "wait":
            sys.exit(any([runtime.wait(container) for container in options.containers]))
        case "remove-pod":
            for pod in options.pods:
                runtime.remove_pod(pod)
        case "remove-all":
            for pod in runtime.pods():
                runtime.remove_pod(pod["id"])
        case "status":
            status = runtime.status(options.container)
            print(json.dumps({**status, "state": CONTAINER_STATES[status["state"]]}))
        case "exec":
            request = {"container_id": options.container, "cmd": options.words, "timeout": 30}
            done = runtime.call("ExecSync", "ExecSyncRequest", request, "ExecSyncResponse")
            sys.stdout.write(done["stdout"])
            sys.stderr.write(done["stderr"])
            sys.exit(done["exit_code"])
        case "list":
            print(json.dumps([{**one, "state": CONTAINER_STATES[one["state"]]} for one in runtime.containers()]))
        case "list-pods":
            print(json.dumps(runtime.pods()))
        case "list-images":
            print(json.dumps(runtime.call("ListImages", "Empty", {}, "ListImagesResponse", "ImageService")["images"]))


try:
    main()
except grpc.RpcError as error:
    sys.exit(f"cri.py: {error.code().name}: {error.details()}")
except (ValueError, TimeoutError) as error:
    sys.exit(f"cri.py: {error}")
