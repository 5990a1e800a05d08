// SPDX-License-Identifier: Apache-2.0
// Pages as text and as Markdown: the same words, in columns or in tables, and bounded whatever is in them.
#include "winnow/report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "winnow/base/text.h"

namespace winnow {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  for (const std::string_view line : lines(text)) all.emplace_back(line);
  return all;
}

Page page_of(std::vector<Section> sections) {
  return {.title = "winnow diff",
          .kind = "keep",
          .before = {.name = "old.json", .reference = "app:1", .id = "0123"},
          .after = {.name = "app:2", .reference = "app:2"},
          .headline = "1 entry more",
          .sections = std::move(sections),
          .all = "`winnow diff --all`"};
}

Section table(std::vector<std::vector<std::string>> rows) {
  return {.title = "Kept files", .columns = {{"path", false, true}, {"size", true}, {"why"}}, .rows = std::move(rows)};
}

const std::string kHostile[] = {"/a|b",      "/a\nb",     "/\x1b[2J",    "/\xff\xfe", "/`x`",      "/<script>",
                                "/@someone", "/</code>x", "/</details>", "/*a*_b_",   "/[a](//b)", "/&lt;"};

TEST(TextPage, HasColumnsUnderTheirTitles) {
  EXPECT_EQ(text_of(page_of({table({{"/usr/bin/app", "12", "read"}, {"/etc/é", "1.2 kB", "x"}})})),
            "keep old.json (app:1) 0123 -> app:2\n"
            "1 entry more\n"
            "\n"
            "Kept files\n"
            "  path            size  why\n"
            "  /usr/bin/app      12  read\n"
            "  /etc/é        1.2 kB  x\n");
}

TEST(TextPage, LeavesColumnsOutInWhichNobodyHasAnythingToSay) {
  const std::string text = text_of(page_of({table({{"/a", "", "read"}, {"/b", "", ""}})}));
  EXPECT_THAT(text, HasSubstr("\n  path  why\n  /a    read\n  /b\n"));
  EXPECT_THAT(text, Not(HasSubstr("size")));
}

TEST(TextPage, IsNotMovedAsideByOneLongName) {
  const std::string name = "/" + std::string(99, 'n');
  const auto all = lines_of(text_of(page_of({table({{name, "1", "long"}, {"/a", "2", "short"}})})));
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[5], "  " + name + "     1  long");
  EXPECT_EQ(all[6], "  /a" + std::string(58, ' ') + "     2  short") << "as wide as 60 characters";
}

TEST(TextPage, OfATableWithoutRowsHasItsTitleAndTheRest) {
  Section section = table({});
  section.rest = "and 3 others";
  EXPECT_THAT(text_of(page_of({section})), EndsWith("\n\nKept files\n  and 3 others\n"));
}

TEST(TextPage, KeepsEveryHostileTextInItsLine) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : kHostile) rows.push_back({name, name, name});
  Page page = page_of({table(rows)});
  page.before.name = page.before.reference = page.after.reference = page.sections[0].rest = kHostile[1];
  page.remarks = {kHostile[1], kHostile[2]};
  const std::string text = text_of(page);
  EXPECT_EQ(lines_of(text).size(), 2 + 2 + 2 + 1 + rows.size() + 1);
  for (const char* shown : {"/a|b", "/a\\x0ab", "/\\x1b[2J", "/\\xff\\xfe", "/<script>"}) {
    EXPECT_THAT(text, HasSubstr(shown));
  }
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(is_utf8(text));
  EXPECT_THAT(text, StartsWith("keep /a\\x0ab 0123 -> app:2 (/a\\x0ab)\n"));
}

TEST(MarkdownPage, HasATableForEachSection) {
  EXPECT_EQ(markdown_of(page_of({table({{"/usr/bin/app", "12", "read"}, {"", "", "it's"}})})),
            "**winnow diff: 1 entry more**\n"
            "\n"
            "<code>old.json</code> of <code>app:1</code> <code>0123</code> → <code>app:2</code>\n"
            "\n"
            "**Kept files**\n"
            "\n"
            "| path | size | why |\n"
            "|---|---:|---|\n"
            "| <code>/usr/bin/app</code> | 12 | read |\n"
            "|  |  | it's |\n");
}

TEST(MarkdownPage, FoldsDetailsAndClosesThem) {
  Section folded = table({{"/a", "1", "x"}});
  folded.folded = true;
  folded.rest = "and 3 others";
  const std::string text = markdown_of(page_of({folded, table({})}));
  EXPECT_THAT(text, HasSubstr("\n<details><summary>Kept files</summary>\n\n| path |"));
  EXPECT_THAT(text, HasSubstr("\n\nand 3 others\n\n</details>\n\n**Kept files**\n"));
}

TEST(MarkdownPage, WithoutRowsHasNoTable) {
  EXPECT_THAT(markdown_of(page_of({table({})})), EndsWith("\n**Kept files**\n\n"));
}

TEST(MarkdownPage, IsNoMarkupWhateverItsNamesAre) {
  for (const std::string& name : kHostile) {
    Page page = page_of({table({{name, name, name}})});
    page.before = page.after = {.name = name, .reference = name + " x", .id = name};
    page.headline = page.sections[0].title = page.sections[0].rest = name;
    page.remarks = {name, name};
    page.sections[0].folded = true;
    const std::string text = markdown_of(page);
    const std::string harmless = markdown_of([&] {
      Page same = page;
      same.before = same.after = {.name = "n", .reference = "n x", .id = "n"};
      same.headline = same.sections[0].title = same.sections[0].rest = "n";
      same.remarks = {"n", "n"};
      same.sections[0].rows = {{"n", "n", "n"}};
      return same;
    }());
    for (const char* structure : {"\n", "|", "<", ">", "*", "`", "@", "[", "_", "\x1b"}) {
      EXPECT_EQ(count(text, structure), count(harmless, structure)) << structure << " in\n" << text;
    }
    EXPECT_TRUE(is_utf8(text));
  }
}

TEST(MarkdownPage, HasTheFirstRemarksAndTheNumberOfTheOthers) {
  Page page = page_of({});
  for (int i = 0; i < 15; ++i) page.remarks.push_back("remark " + std::to_string(i));
  EXPECT_THAT(markdown_of(page), EndsWith("\n- remark 14\n"));
  page.remarks.emplace_back("remark 15");
  page.remarks.emplace_back("remark 16");
  EXPECT_THAT(markdown_of(page), EndsWith("\n- remark 14\n- and 2 more\n"));
}

TEST(MarkdownPage, OfTooManyRowsCountsThoseThatAreNotListed) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 5000; ++i) rows.push_back({"/some/path/" + std::to_string(i), "12", "read"});
  Section section = table(rows);
  section.folded = true;
  const std::string text = markdown_of(page_of({section, table({{"/last", "1", ""}})}));
  const std::size_t listed = count(text, "/some/path/");
  EXPECT_GT(listed, 500U);
  EXPECT_THAT(text, HasSubstr("\nAnd " + std::to_string(5000 - listed) + " more lines.\n\n</details>\n"));
  EXPECT_LE(text.size(), kMaxComment);
  EXPECT_THAT(markdown_of(page_of({table({rows[0]})})), Not(HasSubstr("more lines")));
}

TEST(MarkdownPage, OfTooManyTablesSaysWhereTheyAre) {
  std::vector<Section> sections(2000, table({{"/a", "1", "x"}}));
  const std::string text = markdown_of(page_of(sections));
  const std::size_t told = count(text, "**Kept files**");
  EXPECT_GT(told, 100U);
  EXPECT_THAT(text, EndsWith("\nThere is no room for " + std::to_string(2000 - told) +
                             " more tables; `winnow diff --all` list everything.\n"));
  EXPECT_LE(text.size(), kMaxComment);
}

TEST(MarkdownPage, IsNeverLongerThanACommentMayBe) {
  const std::string endless(100'000, '|');
  Section section = table(std::vector<std::vector<std::string>>(50, {endless, endless, endless}));
  section.title = section.rest = endless;
  section.folded = true;
  Page page = page_of(std::vector<Section>(50, section));
  page.before = page.after = {.name = endless, .reference = endless + "x", .id = endless};
  page.headline = endless;
  page.remarks.assign(1000, endless);
  for (std::size_t rows = 0; rows <= page.sections[0].rows.size(); ++rows) {
    for (Section& one : page.sections) one.rows.resize(rows, {"", "", ""});
    const std::string text = markdown_of(page);
    EXPECT_LE(text.size(), kMaxComment) << rows;
    EXPECT_GT(text.size(), kMaxComment / 2);
    EXPECT_EQ(count(text, "<details>"), count(text, "</details>")) << rows;
    EXPECT_EQ(count(text, "<code>"), count(text, "</code>")) << rows;
  }
}

TEST(SignedBytes, SayWhetherItIsMoreOrLess) {
  EXPECT_EQ(signed_bytes(0, 1'000'000), "+1.0 MB");
  EXPECT_EQ(signed_bytes(12'345, 345), "-12 kB");
  EXPECT_EQ(signed_bytes(7, 7), "0 B");
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(signed_bytes(kMost, 0), "-" + human_bytes(kMost));
  EXPECT_EQ(signed_bytes(0, kMost), "+" + human_bytes(kMost));
}

TEST(CountOf, HasThePluralForAllButOne) {
  EXPECT_EQ(count_of(0, "entry", "entries"), "0 entries");
  EXPECT_EQ(count_of(1, "entry", "entries"), "1 entry");
  EXPECT_EQ(count_of(12, "entry", "entries"), "12 entries");
}

}  // namespace
}  // namespace winnow
