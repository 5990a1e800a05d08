#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What recording costs a workload, beside other tracers, in one run: compare.py [--rounds N] [--only WORKLOAD,...] BUILD

Each round runs each workload untraced, with each tracer, and untraced again, in a new order; a figure is compared with
the untraced one of its own round. Printed: the median of the ratios and their range; above 1 is slower.
Needs root. Traces one cgroup of its own; works in a mount namespace of its own."""
import argparse
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

READY_SECONDS = 20
LOAD_SECONDS = 1


def wait_for(condition, what):
    """Until CONDITION() is true."""
    end = time.monotonic() + READY_SECONDS
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"{what} did not get ready in {READY_SECONDS} s")
        time.sleep(0.02)


def stop(process, how=signal.SIGTERM):
    """Ends a process that we started."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(READY_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Place:
    """A cgroup of version 2 and a directory that vanish."""

    def __init__(self, build):
        mount = next(line.split()[1] for line in open("/proc/mounts") if line.split()[2] == "cgroup2")
        self.cgroup = pathlib.Path(mount, f"winnow-compare-{os.getpid()}")
        self.cgroup.mkdir()
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.directory.chmod(0o755)
        self.winnow = build / "winnow"
        self.work = build / "tests/bench/bench_work"
        if not self.work.exists():
            self.work = build / "bench_work"

    def enter(self):
        (self.cgroup / "cgroup.procs").write_text("0")

    def start(self, command, inside=True, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        return subprocess.Popen([str(word) for word in command], preexec_fn=self.enter if inside else None, **options)

    def output(self, command, inside=True):
        process = self.start(command, inside, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        out, err = process.communicate(timeout=300)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed: {err}")
        return out

    def empty(self):
        """Ends what a tracer let go of: all that is in our cgroup we started."""
        for pid in (self.cgroup / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        wait_for(lambda: not (self.cgroup / "cgroup.procs").read_text(), "the cgroup's end")

    def close(self):
        self.empty()
        shutil.rmtree(self.directory)
        with contextlib.suppress(OSError):
            self.cgroup.rmdir()


# Workloads: functions of a place, whether it is traced as a target, and words to put before the command. Each gives a
# time: more is worse.
def calls(what, count):
    def measure(place, inside, wrap):
        return float(place.output([*wrap, place.work, what, count], inside).split()[-1])

    return measure


def programs(count, *command):
    def measure(place, inside, wrap):
        return float(place.output([*wrap, place.work, "run", count, *command], inside).split()[-1])

    return measure


@contextlib.contextmanager
def server(place, inside, command, port):
    process = place.start(command, inside)
    try:
        wait_for(lambda: listens(port), command[0])
        yield
    finally:
        stop(process)
        place.empty()


def nginx(place, inside, wrap):
    port = free_port()
    (place.directory / "page.html").write_text("x" * 1000)
    config = place.directory / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; user root; error_log /dev/null; pid {place.directory}/pid; events {{}}"
        f" http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {place.directory}; }} }}"
    )
    with server(place, inside, [*wrap, shutil.which("nginx"), "-c", config], port):
        command = ["wrk", "-t1", "-c16", f"-d{LOAD_SECONDS}s", f"http://127.0.0.1:{port}/page.html"]
        return 1e9 / float(re.search(r"Requests/sec:\s*([\d.]+)", place.output(command, False)).group(1))


def redis(place, inside, wrap):
    port = free_port()
    with server(place, inside, [*wrap, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""], port):
        command = ["redis-benchmark", "-p", port, "-t", "get", "-n", 50000, "-q"]
        return 1e9 / float(re.findall(r"([\d.]+) requests per second", place.output(command, False))[-1])


# By name: what it needs, and how to measure it.
WORKLOADS = {
    "open+close": ([], calls("open", 20000)),
    "stat": ([], calls("stat", 20000)),
    "getppid": ([], calls("getppid", 100000)),
    "fork+exec": ([], programs(60, "/bin/sh", "-c", "echo x | cat | cat")),
    "python start": (["python3"], programs(6, "/usr/bin/python3", "-c", "import json, http.client")),
    "node start": (["node"], programs(4, "node", "-e", "0")),
    "nginx (wrk)": (["nginx", "wrk"], nginx),
    "redis (get)": (["redis-server", "redis-benchmark"], redis),
}


# Tracers: context managers that give the words to put before a command.
@contextlib.contextmanager
def untraced(_place):
    yield []


def winnow(backend):
    @contextlib.contextmanager
    def trace(place):
        profile = place.directory / "profile.json"
        process = place.start(
            [place.winnow, "record", "--cgroup", place.cgroup, "--backend", backend, "-o", profile,
             "--", "/bin/sh", "-c", "echo ready; exec sleep 3600"], False, stdout=subprocess.PIPE)  # fmt: skip
        process.stdout.readline()  # the command begins when recording has begun
        try:
            yield []
        finally:
            stop(process, signal.SIGINT)
        lost = json.loads(profile.read_text())["runs"][0]["lost"]
        if any(lost.values()):
            print("winnow lost something:", lost, file=sys.stderr)

    return trace


@contextlib.contextmanager
def strace(_place):
    yield ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=%file", "-o", "/dev/null"]


@contextlib.contextmanager
def bpftrace(place):
    """opensnoop, for one cgroup."""
    calls = ("open", "openat")
    enters = ",".join(f"tracepoint:syscalls:sys_enter_{call}" for call in calls)
    exits = ",".join(f"tracepoint:syscalls:sys_exit_{call}" for call in calls)
    program = (
        f'BEGIN {{ printf("ready\\n"); }}'
        f'{enters} /cgroup == cgroupid("{place.cgroup}")/ {{ @name[tid] = args->filename; }}'
        f'{exits} /@name[tid]/ {{ printf("%d %s %d %s\\n", pid, comm, args->ret, str(@name[tid])); delete(@name[tid]); }}'
    )
    out = place.directory / "opensnoop"
    with open(out, "w") as file:
        process = place.start(["bpftrace", "-B", "line", "-e", program], False, stdout=file)
    wait_for(lambda: "ready" in out.read_text()[:200] or process.poll() is not None, "bpftrace")
    if process.poll() is not None:
        sys.exit("bpftrace ended at once")
    try:
        yield []
    finally:
        stop(process, signal.SIGINT)


@contextlib.contextmanager
def fanotify(place):
    process = place.start([place.work, "fanotify", "/"], False, stdout=subprocess.PIPE)
    process.stdout.readline()
    try:
        yield []
    finally:
        stop(process)


def backends(place):
    """Those that load on this kernel."""
    for backend in ("syscall", "fentry"):
        command = [place.winnow, "record", "--cgroup", place.cgroup, "--backend", backend, "--duration", "0.1", "-o"]
        process = place.start([*command, place.directory / "try.json"], False)
        if process.wait(READY_SECONDS) in (0, 4):
            yield backend
        else:
            print(f"winnow's {backend} backend does not load on this kernel: not measured")


def tracers_of(place):
    """Name -> (tracer, whether the workload is its target)."""
    found = {"untraced": (untraced, True)}
    for backend in backends(place):
        found[f"winnow {backend}"] = (winnow(backend), True)
        found[f"winnow {backend}, bystander"] = (winnow(backend), False)
    for name, tool, tracer in (("strace -f --seccomp-bpf", "strace", strace), ("bpftrace opensnoop", "bpftrace", bpftrace)):
        if shutil.which(tool):
            found[name] = (tracer, True)
        else:
            print(f"{name}: not measured, {tool} is missing (apt-get install {tool})")
    found["fanotify mount mark"] = (fanotify, True)
    return found


def measure_all(place, rounds, only):
    """(workload, tracer) -> ratios to the untraced figure of the round."""
    tracers = tracers_of(place)
    ratios = {}
    for name, (needs, workload) in WORKLOADS.items():
        missing = [tool for tool in needs if not shutil.which(tool)]
        if missing or (only and name not in only):
            if missing:
                print(f"{name}: not measured, {', '.join(missing)} is missing")
            continue
        base = []
        for _ in range(rounds):
            order = list(tracers)
            random.shuffle(order)
            plain = workload(place, True, [])
            base.append(plain)
            for tracer in order:
                trace, inside = tracers[tracer]
                with trace(place) as wrap:
                    ratios.setdefault((name, tracer), []).append(workload(place, inside, wrap) / plain)
        report(name, statistics.median(base), {t: ratios[name, t] for t in tracers})


def report(workload, base, ratios):
    print(f"{workload:14} {base:12,.0f} ns untraced")
    for tracer, values in ratios.items():
        print(f"{'':14} {tracer:30} x {statistics.median(values):6.2f}  ({min(values):.2f} to {max(values):.2f})", flush=True)


def memory_of(pid):
    """Resident KiB: all, and what is its own."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{field}:\s*(\d+)", status).group(1)) for field in ("VmRSS", "RssAnon"))


def cpu_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_recorder(place):
    """What the recorder itself takes while a server that it knows serves."""
    port = free_port()
    with server(place, True, ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""], port):
        process = place.start([place.winnow, "record", "--cgroup", place.cgroup, "-o", place.directory / "p.json"], False)
        time.sleep(2)
        load = place.start(["redis-benchmark", "-p", port, "-t", "get", "-n", 100000000, "-q"], False)
        time.sleep(1)
        before, start = cpu_of(process.pid), time.monotonic()
        time.sleep(10)
        share = (cpu_of(process.pid) - before) / (time.monotonic() - start)
        rss, own = memory_of(process.pid)
        stop(load)
        stop(process, signal.SIGINT)
    print(f"recorder beside a busy server: {share:.2%} of a core, {rss / 1024:.1f} MiB resident, {own / 1024:.1f} MiB its own")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", type=lambda text: text.split(","))
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("SKIP: needs root")
    if "WINNOW_COMPARE" not in os.environ:  # marks and mounts are to touch nobody else
        os.environ["WINNOW_COMPARE"] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])
    if not os.path.exists("/sys/kernel/tracing/events"):
        subprocess.run(["mount", "-t", "tracefs", "none", "/sys/kernel/tracing"], check=True)
    place = Place(options.build.resolve())
    try:
        measure_all(place, options.rounds, options.only)
        if not options.only:
            measure_recorder(place)
    finally:
        place.close()


if __name__ == "__main__":
    main()
