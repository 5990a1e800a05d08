# SPDX-License-Identifier: Apache-2.0
"""The list of all system calls is whole, and bpf/calls/ has those that take a path. Each rule takes the root and the build
directory and gives its violations."""
import os
import pathlib
import re
import subprocess

from text_rules import lines
from tool_rules import Missing

ABIS = {"x86_64": ("x86", "unistd_64.h"), "i386": ("x86", "unistd_32.h"), "arm64": ("arm64", "unistd_64.h"), "arm": ("arm", "unistd-eabi.h")}
TRIPLETS = {"x86": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}  # where older packages have them
LIST = "src/record/syscalls.inc"
PACKAGE = "linux-libc-dev"
# Names that the kernel's functions have instead of the calls'.
OTHER_NAMES = {"umount": "umount2", "sendfile64": "sendfile", "ni_syscall": "restart_syscall"}
NAMED_BY = re.compile(r"(?<!unsigned )char \*|struct (?:sockaddr|user_msghdr|mmsghdr|compat_msghdr|compat_mmsghdr) \*|union bpf_attr \*|struct perf_event_attr \*")


def listed(root):
    """{name: ({abi: number}, why)} of the list, and the faults of its form."""
    calls, faults = {}, []
    for number, line in enumerate(lines(root / LIST), 1):
        if line.startswith("//"):
            continue
        found = re.fullmatch(r"SYSCALL\((\w+), (-?\d+), (-?\d+), (-?\d+), (-?\d+), "
                             r"(PATH|NONE|BYTES|LABEL|ADDRESS|WATCHED|DRIVER|GONE)\)", line)
        if not found or found[1] in calls:
            faults.append(f"{LIST}:{number}: not a line of the list, or its second of the name: {line}")
            continue
        calls[found[1]] = ({abi: int(value) for abi, value in zip(ABIS, found.groups()[1:5]) if value != "-1"}, found[6])
    return calls, faults


def table(root, abi):
    """{number: function} of the rows of bpf/calls/."""
    rows = [re.match(r"(?:CALL|OPENS|LOOKS)\((\d+), (\w+),", line) for name in (abi, "common") for line in lines(root / f"bpf/calls/{name}.h")]
    return {int(row[1]): row[2] for row in rows if row}


def bare(name):
    """What the name of a call and that of its function have in common."""
    return re.sub(r"(?:_time64|_time32|64|32|16|2)$", "", re.sub(r"^(?:compat_)?(?:sys_)?(?:ia32_|aarch32_)?(?:new|old_?)?", "", name))


def compared(root, calls):
    """The list against the table: each PATH has its rows, and each row its PATH."""
    faults = []
    for abi in ABIS:
        rows = table(root, abi)
        names = {numbers[abi]: name for name, (numbers, _) in calls.items() if abi in numbers}
        for number, name in names.items():
            why = calls[name][1]
            if (number in rows) != (why == "PATH"):
                faults.append(f"{LIST}: {name} says {why}, and bpf/calls/ has {'a' if number in rows else 'no'} row for {abi} {number}")
            elif number in rows and bare(rows[number]) != bare(name):
                faults.append(f"bpf/calls/: {abi} {number} is {name}, not {rows[number]}")
        faults += [f"bpf/calls/: {abi} has no call {number} ({rows[number]})" for number in rows if number not in names]
    return faults


def mirror():
    """The address of Debian's archive and the key it is signed with, as this machine has them."""
    folder = pathlib.Path("/etc/apt/sources.list.d")
    for path in sorted(folder.glob("*.sources")):
        for block in path.read_text().split("\n\n"):
            uri, key = (re.search(rf"^{field}:\s*(\S+)", block, re.MULTILINE) for field in ("URIs", "Signed-By"))
            if uri and uri[1].rstrip("/").endswith("/debian"):
                return uri[1], key[1] if key else ""
    for path in [pathlib.Path("/etc/apt/sources.list"), *sorted(folder.glob("*.list"))]:
        found = re.search(r"^deb\s+(?:\[(.*)\]\s+)?(\S+/debian/?)\s", path.read_text(), re.MULTILINE) if path.exists() else None
        if found:
            key = re.search(r"signed-by=(\S+)", found[1] or "")
            return found[2], key[1] if key else ""
    return None


def download(cache):
    """The directory with the newest headers that Debian has, backports included; None when they cannot be had."""
    found = mirror()
    if not found:
        return None
    for part in ("lists/partial", "archives/partial", "deb"):
        (cache / part).mkdir(parents=True, exist_ok=True)
    (cache / "sources").write_text(f"deb [{'signed-by=' + found[1] if found[1] else ''}] {found[0]} stable-backports main\n".replace("[] ", ""))
    apt = ["apt-get", "-q", "-o", f"Dir::Etc::sourcelist={cache}/sources", "-o", "Dir::Etc::sourceparts=-", "-o", f"Dir::State::lists={cache}/lists",
           "-o", f"Dir::Cache={cache}", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10"]
    for old in (cache / "deb").glob("*.deb"):
        old.unlink()
    for command in ("update", "download"):
        done = subprocess.run([*apt, command] + ([PACKAGE] if command == "download" else []), cwd=cache / "deb", capture_output=True, check=False)
        if done.returncode:
            return None
    deb = next((cache / "deb").glob("*.deb"), None)
    done = deb and subprocess.run(["dpkg-deb", "-x", deb, cache / "headers"], capture_output=True, check=False)
    return cache / "headers" if done and not done.returncode else None


def numbers_in(path):
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+)\s+\(?(?:__NR_SYSCALL_BASE \+ )?(\d+)\)?$", path.read_text(), re.MULTILINE)}


def headers(build):
    """{abi: {name: number}} of the newest headers, else of those that are installed."""
    folder = build / "uapi" if (build / "uapi").exists() else None
    if not folder:
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "winnow/uapi"
        folder = download(cache)
        if not folder:
            print(f"The newest {PACKAGE} cannot be had from here: its installed headers are used.")
            folder = pathlib.Path("/")
    found = {}
    for abi, (family, name) in ABIS.items():
        places = [folder / "usr/lib/linux/uapi" / family / "asm" / name, folder / "usr/include" / TRIPLETS.get(family, "none") / "asm" / name]
        path = next((place for place in places if place.exists()), None)
        if path:
            found[abi] = numbers_in(path)
    if not found:
        raise Missing(PACKAGE)
    return found


def calls(root, build):
    """Each call of the newest headers is in the list, with its number."""
    known, faults = listed(root)
    faults += compared(root, known)
    for abi, named in headers(build).items():
        for name, number in named.items():
            mine = known.get(name, ({}, ""))[0].get(abi)
            if mine is None:
                faults.append(f"{LIST}: {abi} has a call {name} ({number}) that is not in the list: does it take a path?")
            elif mine != number:
                faults.append(f"{LIST}: {name} is {number} for {abi}, not {mine}")
    return faults


def events(build):
    """{call: its fields} of the running kernel, by the tracepoints of its calls."""
    place = build / "events"
    if not place.exists():
        script = ('for at in /sys/kernel/tracing /sys/kernel/debug/tracing; do [ -d $at/events/syscalls ] && break; done; '
                  '[ -d $at/events/syscalls ] || { at=/sys/kernel/tracing; mount -t tracefs none $at || exit 1; }; '
                  'grep -H field: $at/events/syscalls/sys_enter_*/format')
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing("a tracefs with the kernel's calls, or the privilege to mount it,")
        text = done.stdout
    else:
        text = "".join(f"{path}:{line}\n" for path in place.rglob("format") for line in lines(path))
    found = {}
    for call, field in re.findall(r"sys_enter_(\w+)/format:\s*field:([^;]*);", text):
        found.setdefault(call, []).append(field)
    return found


def kernel(root, build):
    """What the running kernel's calls take is what the list says of them."""
    known, faults = listed(root)
    rows = {re.sub(r"^sys_", "", function) for abi in ("x86_64", "arm64") for function in table(root, abi).values()}
    for call, fields in events(build).items():
        strings = [field for field in fields if NAMED_BY.search(field)]
        why = known.get(OTHER_NAMES.get(call, call), ({}, ""))[1]
        if strings and call not in rows and why in ("", "NONE", "GONE", "PATH"):
            faults.append(f"{LIST}: {call} takes {', '.join(strings)}, and the list says {why or 'nothing'} of it")
    return faults


RULES = {"calls": calls, "kernel": kernel}
