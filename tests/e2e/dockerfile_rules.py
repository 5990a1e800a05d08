#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds Dockerfiles to the rules of hadolint that speak of what winnow writes, and commands to their exec form.
  dockerfile_rules.py FILE...    prints "FILE:LINE: RULE ..." for each violation; 1 when there is one
  dockerfile_rules.py --self     for each rule a Dockerfile that it must flag, and one that nothing flags
As in hadolint, a comment "# hadolint ignore=RULE,..." right above an instruction lets that one be.
"""
import json
import re
import sys

ARCHIVE = re.compile(r"\.(tar|Z|bz2|gz|lz|lzma|tZ|tb2|tbz|tbz2|tgz|tlz|tpz|txz|xz)$")


class Instruction:
    def __init__(self, line, name, rest, ignored):
        self.line, self.name, self.ignored = line, name.upper(), ignored
        self.flags = {}
        while rest.startswith("--"):
            flag, _, rest = rest.partition(" ")
            self.flags[flag[2:].partition("=")[0]] = flag.partition("=")[2]
            rest = rest.lstrip()
        self.rest = rest
        try:
            self.words = json.loads(rest) if rest.startswith("[") else None
        except json.JSONDecodeError:
            self.words = None
        self.is_exec = isinstance(self.words, list) and all(isinstance(word, str) for word in self.words)
        self.arguments = self.words if self.is_exec else [word.strip("\"'") for word in rest.split()]


def parse(text):
    """The instructions, and the rules that are ignored at each."""
    instructions, ignored, pending, start = [], set(), "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            pragma = re.match(r"#\s*hadolint\s+ignore=([\w,\s]+)", line.strip())
            ignored = set(re.split(r"[,\s]+", pragma[1].strip())) if pragma else ignored
            continue
        start = start or number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        name, _, rest = (pending + line).strip().partition(" ")
        instructions.append(Instruction(start, name, rest.strip(), ignored))
        ignored, pending, start = set(), "", 0
    return instructions


def stages(instructions):
    """(FROM, its image, its alias, the instructions after it) for each stage."""
    found = []
    for one in instructions:
        if one.name == "FROM":
            words = one.rest.split()
            alias = words[2] if len(words) > 2 and words[1].upper() == "AS" else None
            found.append((one, words[0], alias, []))
        elif found:
            found[-1][3].append(one)
    return found


def root_last(all_stages):
    for _, _, _, body in all_stages:
        users = [one for one in body if one.name == "USER"]
        if users and (users[-1].rest in ("root", "0") or users[-1].rest.startswith(("root:", "0:"))):
            yield users[-1], "DL3002 the last USER is root"


def images(all_stages):
    aliases = set()
    for one, image, alias, _ in all_stages:
        tag = image.rpartition("/")[2].partition(":")[2]
        if image != "scratch" and "@" not in image and not tag and image not in aliases:
            yield one, "DL3006 an image without a tag"
        if "@" not in image and tag == "latest":
            yield one, "DL3007 an image by the tag latest"
        aliases.add(alias)


def copies(all_stages):
    aliases, with_workdir = set(), {}
    for _, image, alias, body in all_stages:
        workdir = with_workdir.get(image, False)
        for one in body:
            workdir = workdir or one.name == "WORKDIR"
            *sources, target = one.arguments or [""]
            source = one.flags.get("from")
            if one.name == "ADD" and not all(ARCHIVE.search(s) or s.startswith(("http://", "https://")) for s in sources):
                yield one, "DL3020 ADD of files or folders"
            if one.name != "COPY":
                continue
            if len(sources) > 1 and not target.endswith("/"):
                yield one, "DL3021 COPY of several to what is no directory"
            if source and source not in aliases:
                yield one, "DL3022 COPY --from what is no stage before"
            if not workdir and not target.startswith(("/", "$")):
                yield one, "DL3045 COPY to a relative place without WORKDIR"
            if source and "/" in sources and target == "/":
                yield one, "DL3067 COPY of a whole file system"
        aliases.add(alias)
        with_workdir[alias or image] = workdir


def commands(all_stages):
    for _, _, _, body in all_stages:
        before = None
        for one in body:
            if one.name in ("CMD", "ENTRYPOINT") and not one.is_exec:
                yield one, "DL3025 a command that is not in exec form"
            if one.name == "SHELL" and not one.is_exec:
                yield one, "exec: SHELL takes a JSON array"
            if one.name == "HEALTHCHECK" and one.rest != "NONE" and not re.match(r'CMD \[".*"\]$', one.rest):
                yield one, "exec: a health check that is not in exec form"
            if one.name == "RUN" and before is not None and before.flags == one.flags and \
                    len(re.findall(r"&&|;|\|", one.rest)) < 2 and len(re.findall(r"&&|;|\|", before.rest)) < 2:
                yield one, "DL3059 RUN right after RUN"
            before = one if one.name == "RUN" else None


def violations(text):
    all_stages = stages(parse(text))
    for rule in (root_last, images, copies, commands):
        for one, what in rule(all_stages):
            if what.split()[0] not in one.ignored:
                yield one.line, what


GOOD = """# a comment
FROM a:1 AS source
FROM a@sha256:1 AS pick
USER 0:0
COPY x y /d/
COPY --from=source /etc/hosts /d/
RUN ["/x"]
USER www
FROM scratch
COPY --from=pick /d/root/ /
HEALTHCHECK --interval=5000ms CMD ["/x"]
# hadolint ignore=DL3002
USER 0
ENTRYPOINT ["/x"]
CMD []
"""
BAD = {
    "DL3002": ["FROM a:1\nUSER root\n", "FROM a:1\nUSER www\nUSER 0:5\nFROM b:1\nUSER www\n"],
    "DL3006": ["FROM a\n", "FROM host:5000/a AS b\nFROM b\n"],
    "DL3007": ["FROM a:latest\n", "FROM host:5000/a:latest\n"],
    "DL3020": ["FROM a:1\nADD x /x\n"],
    "DL3021": ["FROM a:1\nCOPY x y /z\n"],
    "DL3022": ["FROM a:1\nCOPY --from=b:1 /x /x\n", "FROM a:1 AS a\nCOPY --from=a /x /x\n"],
    "DL3025": ["FROM a:1\nCMD x\n", "FROM a:1\nENTRYPOINT x [\"y\"]\n", "FROM a:1\nCMD [x]\n"],
    "DL3045": ["FROM a:1 AS a\nWORKDIR /x\nFROM b:1\nCOPY x y\n"],
    "DL3059": ["FROM a:1\nRUN x\nRUN y\n"],
    "DL3067": ["FROM a:1 AS a\nFROM scratch\nCOPY --from=a / /\n"],
    "exec:": ["FROM a:1\nHEALTHCHECK CMD x\n", "FROM a:1\nSHELL x\n"],
}


def self_test():
    for line, what in violations(GOOD):
        yield f"what is good is flagged: {line}: {what}"
    for rule, texts in BAD.items():
        for text in texts:
            found = {what.split()[0] for _, what in violations(text)}
            if found != {rule}:
                yield f"{rule} is to be flagged, but {found or 'nothing'} is, in {text!r}"


def main():
    if sys.argv[1:] == ["--self"]:
        found = list(self_test())
    else:
        found = []
        for path in sys.argv[1:]:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                found += [f"{path}:{line}: {what}" for line, what in violations(file.read())]
    print("\n".join(found).encode(errors="replace").decode(), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
