#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the agent costs a node, with a real engine: processor time and memory beside 50 busy containers and 30 starts a
minute, what it adds to a start, and whether 200 containers at once are all recorded. By hand; it takes six minutes.
  tests/bench/agent/load.py build/release/winnow      as root, with $DOCKER_HOST; other agents must not run meanwhile."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

IMAGE = "winnow-bench-agent:1"
PORT = 19732


def docker(*words):
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.strip()


class Agent:
    """One agent, with a state and a store of its own."""

    def __init__(self, winnow, work, root, interval=60):
        self.winnow, self.work = winnow, work
        self.session = f"bench-{os.getpid()}"
        environment = dict(os.environ, WINNOW_STATE=f"{work}/state")
        self.process = subprocess.Popen(
            [winnow, "agent", "--session", self.session, "--store", f"dir:{work}/store", "--runtime", f"docker:{root}",
             "--interval", str(interval), "--listen", f"127.0.0.1:{PORT}"], env=environment, stderr=open(f"{work}/log", "a"))
        self.wait_for("winnow_containers_recorded")

    def metrics(self):
        text = urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics").read().decode()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def wait_for(self, name, least=0.0, seconds=60):
        for _ in range(seconds * 10):
            try:
                if self.metrics().get(name, -1) >= least:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        sys.exit(f"{name} did not become {least}: {open(f'{self.work}/log').read()}")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        environment = dict(os.environ, WINNOW_STATE=f"{self.work}/state")
        subprocess.run([self.winnow, "agent", "--session", self.session, "--cleanup"], env=environment, capture_output=True)


def make_image(work):
    """busybox and a few files."""
    for name in ("bin", "data"):
        os.makedirs(f"{work}/root/{name}", exist_ok=True)
    shutil.copy(shutil.which("busybox"), f"{work}/root/bin/busybox")
    for name in ("sh", "cat", "ls", "sleep"):
        os.symlink("busybox", f"{work}/root/bin/{name}")
    for number in range(50):
        open(f"{work}/root/data/{number}", "w").write("x")
    subprocess.run(f"tar -C {work}/root -c . | docker import - {IMAGE}", shell=True, check=True, capture_output=True)


def start_seconds():
    begun = time.monotonic()
    docker("run", "--rm", "--network=none", IMAGE, "cat", "/data/1")
    return time.monotonic() - begun


def main():
    winnow = os.path.abspath(sys.argv[1])
    root = docker("info", "-f", "{{.DockerRootDir}}")
    work = tempfile.mkdtemp(prefix="winnow-bench-")
    make_image(work)
    busy = []
    agent = None
    try:
        busy = [docker("run", "-d", "--network=none", IMAGE, "sh", "-c",
                       "while :; do cat /data/* >/dev/null; ls / >/dev/null; sleep 1; done") for _ in range(50)]
        agent = Agent(winnow, work, root)
        agent.wait_for("winnow_containers_recorded", 50)
        time.sleep(5)
        before, begun = agent.metrics(), time.monotonic()
        for _ in range(30):
            next_start = time.monotonic() + 2
            start_seconds()
            time.sleep(max(0, next_start - time.monotonic()))
        after, seconds = agent.metrics(), time.monotonic() - begun
        share = (after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]) / seconds
        print(f"50 busy containers, 30 starts in {seconds:.0f} s: {100 * share:.2f} % of a core, "
              f"{after['process_resident_memory_bytes'] / 2**20:.1f} MiB resident, {after['winnow_accesses']:.0f} paths held")
        agent.stop()
        agent = None
        docker("rm", "-f", *busy)
        busy = []

        starts = {"with": [], "without": []}
        for _ in range(4):
            starts["without"] += [start_seconds() for _ in range(10)]
            agent = Agent(winnow, work, root)
            starts["with"] += [start_seconds() for _ in range(10)]
            agent.stop()
            agent = None
        medians = {name: statistics.median(values) for name, values in starts.items()}
        print(f"a start: {1000 * medians['with']:.0f} ms with the agent, {1000 * medians['without']:.0f} ms without: "
              f"{1000 * (medians['with'] - medians['without']):+.1f} ms (medians of 40)")

        agent = Agent(winnow, work, root, interval=1)
        before = agent.metrics()
        created = [docker("create", "--network=none", IMAGE, "sh", "-c", f"cat /data/{number % 50}; sleep 3") for number in range(200)]
        begun = time.monotonic()
        processes = [subprocess.Popen(["docker", "start", *created[part::8]], stdout=subprocess.DEVNULL) for part in range(8)]
        for process in processes:
            process.wait()
        took = time.monotonic() - begun
        agent.wait_for("winnow_runs_total", before["winnow_runs_total"] + 200, 120)
        after = agent.metrics()
        lost = sum(value for name, value in after.items() if name.startswith("winnow_events_lost_total"))
        print(f"200 containers started in {took:.0f} s: {after['winnow_runs_total'] - before['winnow_runs_total']:.0f} recorded, "
              f"{lost:.0f} lost, {after['process_resident_memory_bytes'] / 2**20:.1f} MiB resident")
        docker("rm", "-f", *created)
    finally:
        if agent:
            agent.stop()
        if busy:
            docker("rm", "-f", *busy)
        subprocess.run(["docker", "rmi", "-f", IMAGE], capture_output=True)
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
