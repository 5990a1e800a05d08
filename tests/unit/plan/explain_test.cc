// SPDX-License-Identifier: Apache-2.0
// What is said of a path, and that what is printed after --keep can be pasted into a shell.
#include "winnow/plan/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <ranges>

#include "support/planning.h"

namespace winnow {
namespace {

using test::index_from_text;
using test::plan_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kImage = R"(
  l /bin usr/bin
  f 0755 0:0 5 /usr/bin/app needed=libx.so.1
  l /usr/lib/libx.so.1 libx.so.1.2
  f 0644 0:0 7 /usr/lib/libx.so.1.2 elf
  f 0644 0:0 11 /srv/pages/used
  f 0644 0:0 13 /srv/pages/[id].js
  f 0644 0:0 17 /srv/pages/i.js
  f 0644 0:0 19 /srv/pages/two\x20words
  f 0644 0:0 19 /srv/pages/it's
  f 0644 0:0 19 /srv/pages/$(id)
  f 0644 0:0 19 /srv/pages/a\x0ab
  f 0644 0:0 19 /srv/pages/\xff
  f 0644 0:0 19 /srv/pages/back\\slash
  f 0644 0:0 19 /srv/pages/*
  f 0644 0:0 23 /srv/more/other)";

const Index& image() {
  static const Index index = index_from_text(kImage);
  return index;
}

KeepSpec spec_with(const PlanOptions& options = {}) {
  return plan_of(kImage, {{"/bin/app", Kind::kExec}, {"/srv/pages/used"}}, options);
}

Result<const Index*> the_image() { return &image(); }
Result<const Index*> no_image() { return fail("it is gone"); }

Explanation told_of(const std::string& path, const AskSource& source = the_image) {
  return explain(spec_with(), path, source, ExplainAs::kText);
}

nlohmann::json object_of(const std::string& path, const AskSource& source = the_image) {
  return nlohmann::json::parse(explain(spec_with(), path, source, ExplainAs::kJson).text);
}

TEST(Explain, OfAFileIsWhoTouchedIt) {
  const Explanation told = told_of("/srv/pages/used");
  EXPECT_TRUE(told.kept);
  EXPECT_THAT(told.text, AllOf(HasSubstr("/srv/pages/used: "), HasSubstr("accessed: /usr/bin/app")));
}

TEST(Explain, OfALibraryGoesBackToTheProgram) {
  EXPECT_THAT(told_of("/usr/lib/libx.so.1.2").text, AllOf(HasSubstr("/usr/bin/app"), HasSubstr("accessed")));
}

TEST(Explain, GoesThroughLinksThatAreKept) { EXPECT_THAT(told_of("/bin/app").text, HasSubstr("/usr/bin/app: ")); }

TEST(Explain, AsksForTheImageOnlyIfTheSpecDoesNotKnow) {
  bool asked = false;
  const AskSource ask = [&]() -> Result<const Index*> {
    asked = true;
    return &image();
  };
  (void)told_of("/srv/pages/used", ask);
  EXPECT_FALSE(asked);
  (void)told_of("/srv/more/other", ask);
  EXPECT_TRUE(asked);
}

TEST(Explain, OfADirectoryCountsWhatIsInIt) {
  EXPECT_THAT(told_of("/srv/pages").text, AllOf(HasSubstr("in it 1 entries are kept"), HasSubstr("9 are dropped")));
}

TEST(Explain, OfWhatIsDroppedSaysWhatWouldKeepIt) {
  const Explanation told = told_of("/srv/more/other");
  EXPECT_FALSE(told.kept);
  EXPECT_THAT(told.text, AllOf(HasSubstr("is not kept"), HasSubstr("--keep '/srv/more/other' keeps it")));
}

TEST(Explain, NamesTheGlobThatDroppedIt) {
  PlanOptions options;
  options.drop = {"/srv/pages/**"};
  const Explanation told = explain(spec_with(options), "/srv/pages/used", the_image, ExplainAs::kText);
  EXPECT_FALSE(told.kept);
  EXPECT_THAT(told.text, HasSubstr("dropped by --drop /srv/pages/**"));
}

TEST(Explain, SaysWhatItCannotKnowWithoutTheImage) {
  EXPECT_THAT(told_of("/none", no_image).text, HasSubstr("whether the image has it at all cannot be told: it is gone"));
  EXPECT_THAT(told_of("/none").text, HasSubstr("/none is not in the image"));
}

TEST(Explain, TakesANameForAGlobOnlyIfNothingIsCalledSo) {
  EXPECT_THAT(told_of("/srv/pages/[id].js").text, HasSubstr("/srv/pages/[id].js is not kept"));
  EXPECT_THAT(told_of("/srv/[mn]ore/*").text, HasSubstr("0 entries that match are kept; 1 are dropped"));
  EXPECT_THAT(told_of("/srv/none/*").text, HasSubstr("nothing in the image matches"));
}

TEST(Explain, AsJsonIsAnObjectForEachEntry) {
  EXPECT_EQ(object_of("/srv/pages/used").at("reasons").at(0).at("rule"), "accessed");
  EXPECT_EQ(object_of("/srv/more/other").at("in_image"), true);
  EXPECT_EQ(object_of("/none").at("in_image"), false);
  EXPECT_TRUE(object_of("/none", no_image).at("in_image").is_null());
  const std::string lines = explain(spec_with(), "/srv/*/*", the_image, ExplainAs::kJson).text;
  EXPECT_EQ(std::ranges::count(lines, '\n'), 11);
}

// What sh(1) makes of WORD.
std::string pasted(const std::string& word) {
  const std::string line = "printf %s " + word;
  const std::unique_ptr<FILE, int (*)(FILE*)> shell(::popen(line.c_str(), "r"), ::pclose);
  std::string text;
  for (int byte = std::fgetc(shell.get()); byte != EOF; byte = std::fgetc(shell.get())) text += static_cast<char>(byte);
  return text;
}

// The words that TEXT has between "--keep " and " keeps", or another option.
std::vector<std::string> keep_words(const std::string& text) {
  constexpr std::string_view kBefore = "--keep ", kBehind = " keeps";
  std::vector<std::string> words;
  for (auto at = text.find(kBefore); at != std::string::npos; at = text.find(kBefore, at + 1)) {
    const auto begin = at + kBefore.size();
    const std::string word = text.substr(begin, text.find(kBehind, begin) - begin);
    words.push_back(word.substr(0, word.find(", --family")));
  }
  return words;
}

TEST(Explain, PrintsForEachDroppedEntryWhatKeepsExactlyThat) {
  const KeepSpec spec = spec_with();
  std::size_t dropped = 0;
  for (const Entry& entry : image().entries) {
    if (test::keeps(spec, entry.path) || entry.type == EntryType::kDirectory) continue;
    const auto words = keep_words(told_of(entry.path).text);
    ASSERT_THAT(words, Not(IsEmpty())) << entry.path;
    for (const std::string& word : words) {
      const KeepSpec again = spec_with(test::keeping(pasted(word)));
      EXPECT_THAT(again.warnings, IsEmpty()) << word;
      EXPECT_TRUE(test::keeps(again, entry.path)) << word;
    }
    // The last one is the name itself.
    EXPECT_EQ(spec_with(test::keeping(pasted(words.back()))).entries.size(),
              spec.entries.size() + (entry.path.starts_with("/srv/more") ? 2 : 1))
        << words.back();
    ++dropped;
  }
  EXPECT_EQ(dropped, 10U);
}

TEST(Explain, PrintsForEachRiskAGlobThatMatches) {
  const KeepSpec spec = spec_with();
  ASSERT_THAT(spec.risks, Not(IsEmpty()));
  const auto words = keep_words(told_of("/").text);
  EXPECT_THAT(words, SizeIs(spec.risks.size()));
  for (const std::string& word : words) {
    const KeepSpec again = spec_with(test::keeping(pasted(word)));
    EXPECT_THAT(again.warnings, IsEmpty()) << word;
    EXPECT_GT(again.entries.size(), spec.entries.size()) << word;
  }
}

}  // namespace
}  // namespace winnow
