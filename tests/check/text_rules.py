# SPDX-License-Identifier: Apache-2.0
"""House rules that can be read off the source text. Each takes the tree's root and gives its violations, one line each."""
import pathlib
import re

LIMITS = re.compile(r"Source files have at most (\d+) lines, doors at most (\d+), tests at most (\d+)")  # in CONTRIBUTING.md
# Which library of src/CMakeLists.txt a header belongs to, by the start of its name.
HEADERS = {
    "archive.h": "LibArchive::LibArchive", "archive_entry.h": "LibArchive::LibArchive",
    "yaml.h": "PkgConfig::libyaml", "libelf.h": "PkgConfig::libelf", "gelf.h": "PkgConfig::libelf", "elfutils/": "PkgConfig::libelf",
    "bpf/": "PkgConfig::libbpf", "curl/": "CURL::libcurl",
    "CLI/": "CLI11::CLI11", "spdlog/": "spdlog::spdlog_header_only",
    "openssl/": "OpenSSL::Crypto", "zlib.h": "ZLIB::ZLIB", "sqlite3.h": "SQLite::SQLite3", "nlohmann/": "nlohmann_json::nlohmann_json", "fmt/": "fmt::fmt",
}
OWNERS = {"PkgConfig::libbpf": {"record"}, "LibArchive::LibArchive": {"image"}, "PkgConfig::libelf": {"image"},
          "PkgConfig::libyaml": {"manifest"}, "CLI11::CLI11": {"terminal", "fleet", "cli"}, "CURL::libcurl": {"http"},
          "spdlog::spdlog_header_only": {"terminal"}}
# The pure middle: values in, values out.
PURE_ROOMS = ("report", "index", "attribute", "plan", "verify", "diff")  # emit writes a directory, and links as little as they do
IMPURE_LIBRARIES = {"LibArchive::LibArchive", "CURL::libcurl", "PkgConfig::libbpf", "Threads::Threads"}
IMPURE_HEADERS = {"iostream", "fstream", "cstdio", "stdio.h", "filesystem", "ctime", "time.h", "thread", "random", "future",
                  "unistd.h", "fcntl.h", "poll.h"}
IMPURE_CALLS = re.compile(r"\b\w+_clock::now|\b(?:open_file|open_temporary|read_file|write_all|write_file_atomically|getenv|"
                          r"clock_gettime|gettimeofday)\s*\(")
OF_OTHERS = {"--privileged", "--rm", "--label", "--root", "--detach"}  # options of docker, runc and systemd-run
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


def include_fault(root, table, room, quote, name):
    """What is wrong with a file of ROOM including NAME; None when nothing is."""
    rooms, libraries = table[room]
    if name.startswith("winnow/"):
        other = pathlib.PurePath(name).parts[1]
        return None if other == room or other in rooms else f"{room} may not use {other}"
    if quote == '"':
        if name.startswith(room + "/"):
            return None
        if room == "record" and (name.endswith(".subskel.h") or (root / "bpf" / name).exists()):
            return None
        return f'"{name}" is neither a door nor of room {room}, written as {room}/...'
    for start, library in HEADERS.items():
        if name.startswith(start) and library not in libraries:
            return f"{room} does not link {library}"
    return None


def layering(root):
    table = rooms_table(root)
    faults = []
    for library, owners in OWNERS.items():
        for room, (_, libraries) in table.items():
            if library in libraries and room not in owners:
                faults.append(f"src/CMakeLists.txt: {room} links {library}, which belongs to {' and '.join(sorted(owners))} alone")
    files = [(path, path.relative_to(root / top).parts[0]) for top in ("src", "include/winnow") for path in sources(root, top)]
    used = {room: set() for room in table}
    for path, room in files:
        where = path.relative_to(root)
        if room not in table:
            faults.append(f"{where}: {room} is not in the table of rooms in src/CMakeLists.txt")
            continue
        for number, line in enumerate(lines(path), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            if found[2].startswith("winnow/"):
                used[room].add(pathlib.PurePath(found[2]).parts[1])
            fault = include_fault(root, table, room, *found.groups())
            if fault:
                faults.append(f"{where}:{number}: {fault}")
    faults += [f"src/CMakeLists.txt: {room} uses nothing of {other}" for room, (rooms, _) in table.items() for other in sorted(rooms - used[room] - {"base"})]
    return faults + order(table) + quotation(root, table)


def order(table):
    """Rooms stand above those that use them, so that the table is read from the ground up and holds no circle."""
    names = list(table)
    return [f"src/CMakeLists.txt: {room} stands above {other}, which it uses"
            for at, room in enumerate(names) for other in names[at + 1:] if other in table[room][0]]


def quotation(root, table):
    """docs/architecture.md says of each room what the table says; `base`, which all use, is not repeated there."""
    quoted = dict(re.findall(r"^\| `(\w+)` \|.*\|([^|]*)\|$", (root / "docs/architecture.md").read_text(), re.MULTILINE))
    faults = [f"docs/architecture.md: no room is called {room}" for room in quoted if room not in table]
    for room, (rooms, _) in table.items():
        right = ", ".join(other for other in reversed(table) if other in rooms - {"base"})
        if quoted.get(room, "").strip() != right:
            faults.append(f"docs/architecture.md: the row of {room} ends with '{right}' in src/CMakeLists.txt")
    return faults


def linked_by(table, room):
    """The libraries of ROOM and of all rooms below it."""
    rooms, libraries = table[room]
    return libraries.union(*(linked_by(table, other) for other in rooms))


def purity(root):
    table = rooms_table(root)
    faults = [f"src/CMakeLists.txt: {room} is pure, and links {library} by a room that it uses"
              for room in PURE_ROOMS if room in table for library in sorted(linked_by(table, room) & IMPURE_LIBRARIES)]
    for path in sources(root, *(f"src/{room}" for room in PURE_ROOMS)):
        for number, line in enumerate(lines(path), 1):
            found = INCLUDE.match(line)
            if found and (found[2] in IMPURE_HEADERS or found[2].startswith(("sys/", "spdlog/"))):
                faults.append(f"{path.relative_to(root)}:{number}: a pure room includes {found[2]}")
            call = IMPURE_CALLS.search(line.partition("//")[0])
            if call:
                faults.append(f"{path.relative_to(root)}:{number}: a pure room says {call[0]}")
    return faults


def advice(root):
    """Rooms that another front end uses name no option of the command line."""
    options = {option for path in sources(root, "src/cli", "src/fleet", "src/terminal") for words in re.findall(r'add_(?:option|flag)\(\s*"([^"]+)"', path.read_text())
               for option in re.findall(r"--[a-z-]+", words)}
    faults = []
    for path in sources(root, *(f"src/{room}" for room in ("record", "trial"))):
        for number, line in enumerate(lines(path), 1):
            for text in re.findall(r'"((?:[^"\\\\]|\\\\.)*)"', line.partition("// ")[0]):
                for word in re.findall(r"(?<![\w-])--[a-z-]+", text):
                    if word in options and word not in OF_OTHERS:
                        faults.append(f"{path.relative_to(root)}:{number}: {word} is the command line's: give the error an Advice")
    return faults


def sizes(root):
    said = LIMITS.search((root / "CONTRIBUTING.md").read_text())
    if not said:
        return ["CONTRIBUTING.md: it does not say how long files may be"]
    most = dict(zip(("source", "door", "test"), map(int, said.groups())))
    faults = []
    for path in sources(root, "src", "include", "bpf", "tests", suffixes=(".cc", ".h", ".c", ".py", ".sh")):
        kind = {"include": "door", "tests": "test"}.get(path.relative_to(root).parts[0], "source")
        count = len(lines(path))
        if count > most[kind]:
            faults.append(f"{path.relative_to(root)}: {count} lines; the limit is {most[kind]}")
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


RULES = {"layering": layering, "purity": purity, "advice": advice, "sizes": sizes, "openings": openings, "compiler": compiler, "cases": cases}
