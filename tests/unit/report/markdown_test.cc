// SPDX-License-Identifier: Apache-2.0
// Hostile text as words of Markdown: nothing in it is markup, and people can still read it.
#include "winnow/report/markdown.h"

#include <gmock/gmock.h>

#include <string>

#include "winnow/base/text.h"

namespace winnow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MarkdownCell, LeavesNamesReadable) {
  for (const char* text : {"/usr/lib/x86_64-linux-gnu/libc.so.6", "deb:libc6", "12 kB (3 %)", "open: at 0 ms",
                           "RUN apt-get update", "it's", "é–", ""})
    EXPECT_EQ(markdown_cell(text), text);
}

TEST(MarkdownCell, IsNoMarkup) {
  EXPECT_EQ(markdown_cell("a|b"), "a&#124;b");
  EXPECT_EQ(markdown_cell("__init__.py"), "&#95;&#95;init&#95;&#95;.py");
  EXPECT_EQ(markdown_cell("- x"), "&#45; x");
  EXPECT_EQ(markdown_cell("1. x"), "1&#46; x");
  EXPECT_EQ(markdown_cell("10) x"), "10&#41; x");
  EXPECT_EQ(markdown_cell("    x 1. y"), "&#32;   x 1. y");
  for (const char* hostile : {"x @somebody", "www.evil.example", "WWW.evil.example", "https://evil.example", "mailto:a",
                              ":smile:", "~~gone~~", "# heading", "~~~", "`code`", "<b>", "[a](b)", "*a*", "&amp;",
                              "$x$", "\n\n# x", "\x1b[2J"}) {
    const std::string text = markdown_cell(hostile);
    for (const char* markup :
         {"@", "ww.", "WW.", "://", "mailto:", ":smile:", "~", "# ", "`", "<", "[", "*", "&amp", "$", "\n", "\x1b"})
      EXPECT_THAT(text, Not(HasSubstr(markup))) << hostile;
  }
}

TEST(MarkdownCell, IsCutBetweenCharacters) {
  const std::string text = "ééééé";
  for (std::size_t limit = 0; limit <= text.size(); ++limit) {
    const std::string cut = markdown_cell(text, limit);
    EXPECT_EQ(printable(cut), cut) << limit;  // a part of a character would be escaped
    EXPECT_EQ(cut.ends_with("..."), limit < text.size());
  }
}

TEST(MarkdownWords, KeepWhatAShellReads) {
  EXPECT_EQ(markdown_words("/app/\\[id\\].js"), "/app/&#92;&#91;id&#92;&#93;.js");
  EXPECT_EQ(markdown_cell("/app/\\[id"), "/app/&#92;&#92;&#91;id") << "a raw backslash is shown as two";
}

TEST(MarkdownBelow, LowersHeadingsAndNothingElse) {
  EXPECT_EQ(markdown_below("# a\n\n## b # c\n| # |\n", 2), "### a\n\n#### b # c\n| # |\n");
  EXPECT_EQ(markdown_below("", 2), "");
}

}  // namespace
}  // namespace winnow
