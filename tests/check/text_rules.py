# SPDX-License-Identifier: Apache-2.0
"""House rules that can be read off the source text. Each takes the tree's root and gives its violations, one line each."""
import pathlib
import re

SOURCE_LINES, DOOR_LINES = 500, 130
DOORS = {"index": "image", "index_json": "image", "unpack": "image", "container_watch": "engine", "mounts": "base", "state": "base", "shell": "base", "markdown": "base", "packages": "attribute",
         "cgroup": "record", "output": "verify", "plan_options": "plan", "listed": "plan", "access": "profile", "coverage": "profile", "home": "trial", "test_bed": "trial", "probe": "trial", "web": "engine", "heal": "verify",
         "profile_diff": "diff", "diff_output": "diff"}  # doors that are not named like their room
# Which library of src/CMakeLists.txt a header belongs to, by the start of its name.
HEADERS = {
    "archive.h": "LibArchive::LibArchive", "archive_entry.h": "LibArchive::LibArchive",
    "yaml.h": "PkgConfig::libyaml", "libelf.h": "PkgConfig::libelf", "gelf.h": "PkgConfig::libelf", "elfutils/": "PkgConfig::libelf",
    "bpf/": "PkgConfig::libbpf", "curl/": "CURL::libcurl",
    "CLI/": "CLI11::CLI11", "spdlog/": "spdlog::spdlog",
    "openssl/": "OpenSSL::Crypto", "zlib.h": "ZLIB::ZLIB", "sqlite3.h": "SQLite::SQLite3", "nlohmann/": "nlohmann_json::nlohmann_json", "fmt/": "fmt::fmt",
}
SOLE_OWNERS = {"PkgConfig::libbpf": "record", "LibArchive::LibArchive": "image",
               "PkgConfig::libelf": "image", "PkgConfig::libyaml": "manifest",
               "CLI11::CLI11": "cli", "CURL::libcurl": "engine", "spdlog::spdlog": "cli"}
# The pure middle: values in, values out.
PURE_ROOMS = ("attribute", "plan", "audit", "verify", "diff")
IMPURE_HEADERS = {"iostream", "fstream", "cstdio", "stdio.h", "filesystem", "ctime", "time.h", "thread", "random", "future",
                  "unistd.h", "fcntl.h", "poll.h", "winnow/image.h", "winnow/engine.h", "winnow/record.h", "winnow/cgroup.h"}
IMPURE_CALLS = re.compile(r"\b\w+_clock::now|\b(?:open_file|open_temporary|read_file|write_all|write_file_atomically|getenv|"
                          r"clock_gettime|gettimeofday)\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources(root, *folders, suffixes=(".cc", ".h")):
    """The files below FOLDERS with one of SUFFIXES, sorted."""
    return [path for folder in folders for path in sorted((root / folder).rglob("*"))
            if path.suffix in suffixes and path.is_file()]


def lines(path):
    return path.read_text(errors="surrogateescape").splitlines()


def rooms_table(root):
    """{room: (rooms it may use, libraries it links)} as src/CMakeLists.txt says it."""
    table = {}
    text = re.sub(r"#.*", "", (root / "src/CMakeLists.txt").read_text())
    for name, arguments in re.findall(r"^winnow_room\((\w+)([^)]*)\)", text, re.MULTILINE):
        rooms, _, libraries = arguments.partition("LIBRARIES")
        table[name] = (set(rooms.replace("ROOMS", " ").split()), set(libraries.split()))
    return table


def door_room(door):
    return DOORS.get(door, door)


def include_fault(root, table, room, quote, name):
    """What is wrong with a file of ROOM including NAME; None when nothing is."""
    rooms, libraries = table[room]
    if name.startswith("winnow/"):
        other = door_room(pathlib.PurePath(name).stem)
        return None if other == room or other in rooms else f"{room} may not use {other}"
    if quote == '"':
        if name.startswith(room + "/"):
            return None
        if room == "record" and (name.endswith(".skel.h") or (root / "bpf" / name).exists()):
            return None
        return f'"{name}" is neither a door nor of room {room}, written as {room}/...'
    for start, library in HEADERS.items():
        if name.startswith(start) and library not in libraries:
            return f"{room} does not link {library}"
    return None


def layering(root):
    table = rooms_table(root)
    faults = []
    for library, owner in SOLE_OWNERS.items():
        for room, (_, libraries) in table.items():
            if library in libraries and room != owner:
                faults.append(f"src/CMakeLists.txt: {room} links {library}, which belongs to {owner} alone")
    files = [(path, path.relative_to(root / "src").parts[0]) for path in sources(root, "src")]
    files += [(path, door_room(path.stem)) for path in sources(root, "include/winnow")]
    for path, room in files:
        where = path.relative_to(root)
        if room not in table:
            faults.append(f"{where}: {room} is not in the table of rooms in src/CMakeLists.txt")
            continue
        for number, line in enumerate(lines(path), 1):
            found = INCLUDE.match(line)
            fault = found and include_fault(root, table, room, *found.groups())
            if fault:
                faults.append(f"{where}:{number}: {fault}")
    return faults


def purity(root):
    faults = []
    for path in sources(root, *(f"src/{room}" for room in PURE_ROOMS)):
        for number, line in enumerate(lines(path), 1):
            found = INCLUDE.match(line)
            if found and (found[2] in IMPURE_HEADERS or found[2].startswith(("sys/", "spdlog/"))):
                faults.append(f"{path.relative_to(root)}:{number}: a pure room includes {found[2]}")
            call = IMPURE_CALLS.search(line.partition("//")[0])
            if call:
                faults.append(f"{path.relative_to(root)}:{number}: a pure room says {call[0]}")
    return faults


def sizes(root):
    faults = []
    for path in sources(root, "src", "include", "bpf", "tests", suffixes=(".cc", ".h", ".c", ".py", ".sh")):
        limit = DOOR_LINES if path.parent == root / "include/winnow" else SOURCE_LINES
        count = len(lines(path))
        if count > limit:
            faults.append(f"{path.relative_to(root)}: {count} lines; the limit is {limit}")
    return faults


def scripts(root):
    """Every script of the project, with or without a suffix."""
    return sources(root, "scripts", "tests", suffixes=(".sh",)) + [path for path in sorted((root / ".ci").glob("*")) if path.read_text().startswith("#!")]


def openings(root):
    """The licence comes first; then one sentence says what the file is for."""
    faults = []
    for path in sources(root, "src", "include", "tests", "bpf", "scripts", suffixes=(".cc", ".h", ".c", ".py")) + scripts(root):
        head = [line for line in lines(path)[:3] if not line.startswith(("#!", "# shellcheck"))]
        licence = "GPL-2.0-only OR BSD-2-Clause" if root / "bpf" in path.parents else "Apache-2.0"
        mark = "#" if path.suffix in (".py", ".sh", "") else "//"
        if not head or head[0] not in (f"{mark} SPDX-License-Identifier: {licence}", f"/* SPDX-License-Identifier: {licence} */"):
            faults.append(f"{path.relative_to(root)}:1: the first line is not '{mark} SPDX-License-Identifier: {licence}'")
        elif len(head) < 2 or not head[1].startswith((mark, '"""', "/*")):
            faults.append(f"{path.relative_to(root)}:2: no sentence says what the file is for")
    return faults


def compiler(root):
    """What g++ 12, the oldest compiler that has to build the tree, turns into another program. Of `(c ? a : b) = {x, y}` it makes x and
    y only where c is true, and reads what the stack holds where it is false."""
    chosen = re.compile(r"\?[^;{}]*:[^;{}]*\)\s*=\s*\{")
    return [f"{path.relative_to(root)}:{text[:found.start()].count(chr(10)) + 1}: g++ 12 miscompiles (c ? a : b) = {{...}}"
            for path in sources(root, "src", "include", "tests") for text in [re.sub(r"//.*", "", path.read_text())]
            for found in chosen.finditer(text)]


def cases(root):
    """The documents name only tests that exist."""
    tests = {f"{suite}.{name}" for path in sources(root, "tests", suffixes=(".cc",))
             for suite, name in re.findall(r"\bTEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text())}
    return [f"{path.relative_to(root)}: no test is called {name}"
            for path in sorted((root / "docs").glob("*.md"))
            for name in re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", path.read_text()) if name not in tests]


RULES = {"layering": layering, "purity": purity, "sizes": sizes, "openings": openings, "compiler": compiler, "cases": cases}
