# SPDX-License-Identifier: Apache-2.0
"""Each house rule passes a small clean tree and fails it once one thing in it is wrong: self_test.py RULE."""
import json
import pathlib
import sys
import tempfile

import call_rules
import text_rules
import tool_rules

LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"
CLEAN = {
    "src/CMakeLists.txt": "winnow_room(base LIBRARIES fmt::fmt)\n"
                          "winnow_room(index ROOMS base)\n"
                          "winnow_room(image ROOMS index LIBRARIES LibArchive::LibArchive)\n"
                          "winnow_room(plan ROOMS index LIBRARIES fmt::fmt)\n"
                          "winnow_room(cli ROOMS base LIBRARIES CLI11::CLI11)\n",
    "docs/architecture.md": "| `base` | values | |\n| `index` | trees | |\n| `image` | layers | index |\n| `plan` | rules | index |\n| `cli` | words | |\n",
    "include/winnow/base/base.h": LICENCE + "// Values.\n#pragma once\n\n#include <string>\n\nstd::string text();\n",
    "include/winnow/index/index.h": LICENCE + '// Trees.\n#pragma once\n\n#include "winnow/base/base.h"\n',
    "src/base/base.cc": LICENCE + '// Values.\n#include "winnow/base/base.h"\n\nstd::string text() { return "a"; }\n',
    "src/image/image.cc": LICENCE + '// Layers.\n#include "winnow/index/index.h"\n',
    "src/plan/plan.cc": LICENCE + '// Rules.\n#include "winnow/index/index.h"\n',
    "src/cli/cli.cc": LICENCE + '// Words.\n#include "winnow/base/base.h"\n\nvoid add(App& app) { app.add_option("-r,--ready", ready); }\n',
    "bpf/touch.bpf.c": "// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n// Events.\nint count;\n",
    "scripts/run.sh": '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n# Runs.\necho "$1"\n',
    ".ci/run": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n# All.\ntrue\n",
    "tests/unit/a_test.cc": LICENCE + "// Values.\nTEST(Values, AreGiven) {}\n",
    "docs/cases.md": "`Values.AreGiven`\n",
    **{f"bpf/calls/{abi}.h": f"/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n/* Rows. */\n{row}"
       for abi, row in {"x86_64": "OPENS(2, sys_open, OPEN)\n", "i386": "", "arm64": "", "arm": "", "common": ""}.items()},
    "src/record/syscalls.inc": "// All.\nSYSCALL(open, 2, -1, -1, -1, PATH)\nSYSCALL(close, 3, -1, 57, -1, NONE)\n",
    "uapi/usr/lib/linux/uapi/x86/asm/unistd_64.h": "#define __NR_open 2\n#define __NR_close 3\n",
    "uapi/usr/lib/linux/uapi/arm64/asm/unistd_64.h": "#define __NR_close 57\n",
    "events/sys_enter_open/format": "\tfield:const char * filename;\n\tfield:int flags;\n",
    "events/sys_enter_close/format": "\tfield:unsigned int fd;\n",
    "CONTRIBUTING.md": "Source files have at most 500 lines, doors at most 130, tests at most 600.\n",
    ".clang-format": "BasedOnStyle: Google\n",
    ".clang-tidy": "Checks: '-*,bugprone-*'\n",
}
# For each rule: a file and what is put at its end, or in its place where a pair (old, new) is given.
BREACHES = {
    "layering": [
        ("src/base/base.cc", '#include "winnow/index/index.h"\n'),
        ("src/base/base.cc", '#include "image/tar.h"\n'),
        ("src/image/image.cc", '#include "../base/file.h"\n'),
        ("src/plan/plan.cc", "#include <archive_entry.h>\n"),
        ("src/plan/plan.cc", "#include <bpf/libbpf.h>\n"),
        ("include/winnow/base/base.h", "#include <curl/curl.h>\n"),
        ("include/winnow/base/base.h", '#include "winnow/index/index.h"\n'),
        ("src/CMakeLists.txt", "winnow_room(trial LIBRARIES CURL::libcurl)\n"),
        ("src/helpers/helpers.cc", LICENCE + "// Anything.\n"),
        ("src/CMakeLists.txt", ("plan ROOMS index", "plan ROOMS image index")),
        ("src/CMakeLists.txt", ("winnow_room(base", "winnow_room(image ROOMS index)\nwinnow_room(base")),
        ("docs/architecture.md", "| `helpers` | anything | |\n"),
        ("docs/architecture.md", ("layers | index", "layers | index, base")),
    ],
    "advice": [
        ("src/trial/trial.cc", LICENCE + "// Trials.\n" 'auto hint = "give --ready a command";\n'),
        ("src/record/record.cc", LICENCE + "// Records.\n" 'auto hint = "winnow record --ready x; or not";\n'),
    ],
    "purity": [
        ("src/CMakeLists.txt", ("plan ROOMS index", "plan ROOMS image index")),
        ("src/plan/rules/elf.cc", "#include <fstream>\n"),
        ("src/plan/plan.cc", "#include <sys/stat.h>\n"),
        ("src/plan/plan.cc", "auto now = std::chrono::steady_clock::now();\n"),
        ("src/verify/judge.cc", 'auto text = read_file("/etc/passwd");\n'),
    ],
    "compiler": [
        ("src/base/base.cc", "void set(bool c) { (c ? a : b) = {1, 2}; }\n"),
        ("src/base/base.cc", "void set(bool c) {\n  (c == 1 ? a.b\n     : b->c) = {first(),\n  2};\n}\n"),
    ],
    "sizes": [
        ("src/base/base.cc", "\n" * 500),
        ("include/winnow/base/base.h", "\n" * 130),
        ("tests/unit/a_test.cc", "\n" * 600),
        ("CONTRIBUTING.md", ("500", "1")),
        ("CONTRIBUTING.md", ("have", "had")),
    ],
    "cases": [("docs/cases.md", "`Values.AreTaken`\n"), ("tests/unit/a_test.cc", ("AreGiven", "AreTaken"))],
    "openings": [
        ("src/base/base.cc", (LICENCE, "")),
        ("src/base/base.cc", ("// Values.\n", "")),
        ("bpf/touch.bpf.c", ("GPL-2.0-only OR BSD-2-Clause", "Apache-2.0")),
        ("scripts/run.sh", ("# SPDX-License-Identifier: Apache-2.0\n", "")),
        (".ci/run", ("# All.\n", "")),
        ("scripts/empty.py", ""),
    ],
    "form": [("src/base/base.cc", "int  x;\n"), ("bpf/touch.bpf.c", "int  x;\n")],
    "headers": [("include/winnow/base/base.h", "std::vector<int> numbers();\n"), ("include/winnow/index/index.h", "int broken(\n")],
    "tidy": [("src/base/base.cc", "int half(double x) { return sizeof(sizeof(x)) + (x == 1, 2); }\n")],
    "calls": [
        ("bpf/calls/x86_64.h", ("OPENS(2, sys_open, OPEN)\n", "")),
        ("bpf/calls/x86_64.h", ("sys_open", "sys_openat")),
        ("bpf/calls/x86_64.h", "CALL(3, sys_close, OF_FD)\n"),
        ("bpf/calls/common.h", "CALL(999, sys_openest, OPEN)\n"),
        ("src/record/syscalls.inc", ("SYSCALL(close, 3, -1, 57, -1, NONE)\n", "")),
        ("src/record/syscalls.inc", ("57", "58")),
        ("src/record/syscalls.inc", ("NONE", "PERHAPS")),
        ("uapi/usr/lib/linux/uapi/x86/asm/unistd_64.h", "#define __NR_openest 999\n"),
    ],
    "kernel": [
        ("bpf/calls/x86_64.h", ("OPENS(2, sys_open, OPEN)\n", "")),
        ("events/sys_enter_close/format", "\tfield:struct sockaddr * address;\n"),
        ("events/sys_enter_openest/format", "\tfield:const char * path;\n"),
    ],
    "shell": [("scripts/run.sh", "if true; then\n"), ("scripts/run.sh", "rm -f $1\n"), (".ci/run", "cd $1\n")],
}


def make_tree(root):
    for name, text in CLEAN.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    source = str(root / "src/base/base.cc")
    database = [{"directory": str(root), "file": source, "command": f"c++ -std=c++23 -I{root}/include -c {source}"}]
    (root / "compile_commands.json").write_text(json.dumps(database))


def commit(root, name, change):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if path.exists() else ""
    if isinstance(change, tuple):
        assert change[0] in before, f"{name} does not contain {change[0]!r}"
        path.write_text(before.replace(*change))
    else:
        path.write_text(before + change)


def faults_of(rule, *breach):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory).resolve()
        make_tree(root)
        if breach:
            commit(root, *breach)
        return text_rules.RULES[rule](root) if rule in text_rules.RULES else {**tool_rules.RULES, **call_rules.RULES}[rule](root, root)


def main():
    rule = sys.argv[1]
    try:
        wrong = [f"the clean tree fails: {fault}" for fault in faults_of(rule)]
        wrong += [f"not noticed: {name}: {change!r:.80}" for name, change in BREACHES[rule] if not faults_of(rule, name, change)]
    except tool_rules.Missing as missing:
        print(f"SKIP: {missing} is not installed")
        return 77
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


sys.exit(main())
