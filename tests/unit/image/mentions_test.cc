// SPDX-License-Identifier: Apache-2.0
// What files name and may ask for: libraries, commands, modules, jars.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/facts/facts.h"
#include "image/facts/python_imports.h"
#include "support/image_builder.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> mentions_of(const std::string& path, std::string_view content) {
  Budget budget({});
  FactsTaker taker(path, content.size(), budget);
  for (std::size_t at = 0; at < content.size(); at += 1000)
    taker.add(std::as_bytes(std::span(content).subspan(at, std::min<std::size_t>(1000, content.size() - at))));
  const auto facts = taker.finish();
  return facts ? facts->mentions : std::vector<std::string>();
}

TEST(Mentions, OfAProgramAreItsStringsThatAreCalledLikeLibraries) {
  std::string file(
      "\x7f"
      "ELF\2\1\1",
      7);
  file.resize(64);
  constexpr std::string_view kStrings("\0libcurl.so.4\0not.source\0/opt/x/plugin.so\0say libz.so now\0liba.sock\0", 69);
  file += kStrings;
  EXPECT_THAT(mentions_of("/bin/x", file), ElementsAre("/opt/x/plugin.so", "libcurl.so.4"));
}

TEST(Mentions, OfAShellScriptAreItsCommandsHoweverLongItIs) {
  std::string script = "#!/usr/bin/env bash\n";
  for (int i = 0; i < 1000; ++i) script += "# a comment that makes the script long\n";
  EXPECT_THAT(mentions_of("/entrypoint", script + "exec gosu postgres\n"), ElementsAre("gosu"));
}

TEST(Mentions, OfPythonAreTheModulesThatItImports) {
  EXPECT_THAT(python_imports("import os, xml.dom as d\nfrom . import a\nfrom .b import (c,\n  d as e)\n"
                             "def f():\n    from json import loads  # late\nfrom x import *\nimportant = 1\n",
                             100),
              ElementsAre(".a", ".b", ".b.c", ".b.d", "json", "json.loads", "os", "x", "xml.dom"));
  EXPECT_THAT(mentions_of("/app/m.py", "import csv\n"), ElementsAre("csv"));
  EXPECT_THAT(mentions_of("/usr/bin/tool", "#!/usr/bin/python3\nimport csv\n"), ElementsAre("csv"));
  for (const char* text : {"", "import", "import ", "from ", "from x", "from x import", "import (", "from . import \\"})
    (void)python_imports(text, 10);
}

TEST(Mentions, OfAJarAreItsClassPathOverFoldedLines) {
  const std::string jar =
      test::zipped({{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nClass-Path: lib/a.jar lib/\r\n b.jar\r\n"}});
  EXPECT_THAT(mentions_of("/opt/app.jar", jar), ElementsAre("lib/a.jar", "lib/b.jar"));
}

// Each of these took minutes when a statement was read again for each of its lines.
TEST(Mentions, OfPythonCostLittleHoweverStatementsGoOn) {
  for (const std::string line : {"import (\n", "import a\\\n", "from x import (\n"}) {
    std::string source;
    while (source.size() < kMaxScript - 100) source += line;
    EXPECT_LE(python_imports(source, 10).size(), 10u);
  }
}

}  // namespace
}  // namespace winnow
