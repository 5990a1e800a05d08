// SPDX-License-Identifier: Apache-2.0
// Differences as text, Markdown and JSON: complete or bounded, the same each time, and safe whatever names are in them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "diff/page.h"
#include "unit/diff/diffing.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace winnow::test;

// Every text that a spec, an image or a user has a say in is hostile.
Pair hostile_pair() {
  std::vector<KeptEntry> entries;
  for (const std::string& name : kHostile) {
    Entry entry = file(name, 04755);
    entry.link_target = name;
    entry.xattrs = {{name.substr(1), name}};
    entries.push_back(kept(entry, "deb:" + name + "@" + name, {{name, name, name}}));
  }
  std::vector<KeptEntry> changed = entries;
  for (std::size_t at = 0; at < changed.size(); at += 2) changed[at].entry.link_target += "x";
  const std::string config =
      nlohmann::json{{"config", {{"Cmd", {"<script>`|\n\x1b"}}, {"Env", {"<b>|`\n=x"}}, {"User", "<i>|`"}}}}.dump();
  KeepSpec before = spec_of({changed.begin(), changed.begin() + 6});
  KeepSpec after = spec_of(entries, config);
  before.keep = kHostile;
  before.reference = kHostile[3];
  after.warnings = kHostile;
  after.additions = {{file(kHostile[3] + "2"), ""}};
  after.layers[0] = {Digest::of("x"), {}, 0, 0, kHostile[3] + "\n|`"};
  return {std::move(before), std::move(after)};
}

ProfileDiff hostile_profiles() {
  std::vector<Touch> touches;
  for (const std::string& name : kHostile) touches.push_back({name, Kind::kOpen, name});
  auto diff = diff_profiles(profile_of({{"/a"}}), profile_of(touches));
  diff.a.name = kHostile[3];
  diff.b.name = kHostile[0];
  return diff;
}

// Only line feeds of ours; nothing that is not UTF-8, no control of either set.
void expect_safe_for_terminals(const std::string& text) {
  for (const char c : text) EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) << text;
  EXPECT_NO_THROW((void)nlohmann::json(text).dump());  // it throws on what is not UTF-8
  EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
}

// Takes out our own words of markup; what is left has nothing that means anything.
void expect_safe_markdown(std::string text) {
  expect_safe_for_terminals(text);
  for (const char* ours : {"<details><summary>", "</summary>", "</details>", "<code>", "</code>"})
    for (std::size_t at = text.find(ours); at != std::string::npos; at = text.find(ours, at))
      text.erase(at, std::string_view(ours).size());
  EXPECT_EQ(text.find_first_of("<>`[]@"), std::string::npos) << text.substr(text.find_first_of("<>`[]@"), 200);
  EXPECT_EQ(text.find("www."), std::string::npos);
  // Every row of a table has the cells that its head has.
  std::size_t cells = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto bars = static_cast<std::size_t>(std::ranges::count(line, '|'));
    if (!line.starts_with('|')) {
      EXPECT_EQ(bars, 0u) << line;
      cells = 0;
    } else {
      EXPECT_TRUE(cells == 0 || bars == cells) << line;
      cells = bars;
    }
  }
}

TEST(DiffText, HasNothingThatATerminalActsOn) {
  Pair pair = hostile_pair();
  pair.diff.a.name = kHostile[4];
  expect_safe_for_terminals(diff_text(pair.diff, {}, false));
  expect_safe_for_terminals(diff_text(pair.diff, {}, true));
  expect_safe_for_terminals(diff_text(hostile_profiles(), {}, true));
}

TEST(DiffMarkdown, CannotBeBrokenOutOf) {
  Pair pair = hostile_pair();
  pair.diff.a.name = kHostile[3];
  const std::vector<Crossing> crossed = crossings(pair.diff, {.fail_on = 0x7f});
  ASSERT_THAT(crossed, Not(IsEmpty()));
  expect_safe_markdown(diff_markdown(pair.diff, crossed));
  expect_safe_markdown(diff_markdown(hostile_profiles(), {}));
}

TEST(DiffJson, IsJsonThatGivesEveryNameBack) {
  const Pair pair = hostile_pair();
  const auto json = nlohmann::json::parse(diff_json(pair.diff, {}));
  std::vector<std::string> paths;
  for (const auto& entry : json["entries"]) paths.push_back(unescape_path(entry["path"].get<std::string>()).value());
  for (const EntryChange& change : pair.diff.entries) EXPECT_THAT(paths, ::testing::Contains(change.entry().path));
  EXPECT_EQ(paths.size(), pair.diff.entries.size());
  const auto profiles = hostile_profiles();
  EXPECT_EQ(nlohmann::json::parse(diff_json(profiles, {}))["paths"].size(), profiles.paths.size());
}

TEST(DiffOutput, SaysThatThereAreNoDifferences) {
  const Pair same(spec_of({kept(file("/a"))}), spec_of({kept(file("/a"))}));
  EXPECT_THAT(diff_text(same.diff, {}, false), HasSubstr("no differences"));
  EXPECT_THAT(diff_markdown(same.diff, {}), HasSubstr("no differences"));
  EXPECT_EQ(nlohmann::json::parse(diff_json(same.diff, {}))["identical"], true);
  const Pair other(spec_of({kept(file("/a"))}), spec_of({kept(file("/b"))}));
  EXPECT_THAT(diff_text(other.diff, {}, false), Not(HasSubstr("no differences")));
}

TEST(DiffOutput, IsTheSameEachTime) {
  const Pair one = hostile_pair();
  const Pair two = hostile_pair();
  EXPECT_EQ(diff_text(one.diff, {}, false), diff_text(two.diff, {}, false));
  EXPECT_EQ(diff_markdown(one.diff, {}), diff_markdown(two.diff, {}));
  EXPECT_EQ(diff_json(one.diff, {}), diff_json(two.diff, {}));
}

TEST(DiffMarkdown, FitsACommentWhateverIsCompared) {
  std::vector<KeptEntry> entries;
  const std::string long_name(250, '<');
  for (int i = 0; i < 3000; ++i) {
    const std::string path = fmt::format("/{:04}/{}/{}", i, long_name, long_name);
    entries.push_back(
        kept(file(path, 04755), "deb:" + long_name + std::to_string(i) + "@1", {{long_name, long_name, ""}}));
  }
  KeepSpec after = spec_of(entries);
  after.warnings.assign(100, std::string(5000, '|'));
  after.keep.assign(kHostile.begin(), kHostile.end());
  for (int i = 0; i < 500; ++i) after.keep.push_back(std::to_string(i) + long_name);
  const Pair pair(spec_of({}), std::move(after));
  const std::string text = diff_markdown(pair.diff, {});
  EXPECT_LE(text.size(), kMaxComment);
  EXPECT_GT(text.size(), kMaxComment / 2);
  EXPECT_THAT(text, HasSubstr("more"));
  const auto count = [&](std::string_view word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("<details>"), count("</details>"));
  EXPECT_EQ(count("<code>"), count("</code>"));
}

TEST(DiffText, TellsManyPathsByDirectoryAndAllOfThemWhenAsked) {
  std::vector<KeptEntry> entries;
  for (int i = 0; i < 500; ++i) entries.push_back(kept(file(fmt::format("/usr/share/zoneinfo/{:03}", i), 0644, 10)));
  entries.push_back(kept(file("/etc/localtime")));
  const Pair pair(spec_of({}), spec_of(entries));
  const std::string few = diff_text(pair.diff, {}, false);
  EXPECT_THAT(few, HasSubstr("/usr/share/zoneinfo/ (500 entries)"));
  EXPECT_THAT(few, HasSubstr("/etc/localtime"));
  EXPECT_THAT(few, HasSubstr("+5.0 kB"));
  EXPECT_THAT(few, Not(HasSubstr("/usr/share/zoneinfo/123")));
  const std::string all = diff_text(pair.diff, {}, true);
  EXPECT_THAT(all, HasSubstr("/usr/share/zoneinfo/123"));
  EXPECT_EQ(std::ranges::count(all, '\n') - std::ranges::count(few, '\n'), 499);
}

std::vector<std::string> folded(std::vector<std::string_view> paths, std::size_t most) {
  std::vector<std::string> texts;
  for (const PathLine& line : fold_paths(paths, most))
    texts.push_back(fmt::format("{} {}", line.name, line.last - line.first));
  return texts;
}

TEST(FoldedPaths, OpenTheLargestDirectoriesAsLongAsThereIsRoom) {
  EXPECT_THAT(folded({}, 3), IsEmpty());
  EXPECT_THAT(folded({"/a", "/b/c", "/b/d", "/e/f", "/e/g", "/e/h"}, 0).size(), 6u);
  EXPECT_THAT(folded({"/a", "/b/c", "/b/d", "/e/f", "/e/g", "/e/h"}, 3), ElementsAre("/a 1", "/b/ 2", "/e/ 3"));
  EXPECT_THAT(folded({"/a", "/b/c", "/b/d", "/e/f", "/e/g", "/e/h"}, 5),
              ElementsAre("/a 1", "/b/ 2", "/e/f 1", "/e/g 1", "/e/h 1"));
  EXPECT_THAT(folded({"/x/y/a", "/x/y/b", "/x/y/c"}, 2), ElementsAre("/x/y/ 3"));
  EXPECT_THAT(folded({"/", "/a", "/a-b", "/a/c", "/a/d"}, 4), ElementsAre("/ 1", "/a 1", "/a-b 1", "/a/ 2"));
  EXPECT_THAT(folded({"", "a", "b/c"}, 1), ElementsAre(" 3"));
}

TEST(DiffLimitsOfTrees, NameEachOneThatIsCrossedAndNoOther) {
  const Pair pair(spec_of({kept(file("/a", 0644, 100))}, R"({"config":{"User":"1"}})"),
                  spec_of({kept(file("/a", 0644, 100)), kept(file("/su", 04755, 60))}));
  const auto crossed = [&](const DiffLimits& limits) {
    std::vector<std::string> names;
    for (const Crossing& one : crossings(pair.diff, limits)) names.push_back(one.limit);
    return names;
  };
  const auto fail_on = [&](FailOn what) { return crossed({.fail_on = static_cast<std::uint8_t>(what)}); };
  EXPECT_THAT(crossed({}), IsEmpty());
  EXPECT_THAT(crossed({.max_added_bytes = 60, .max_added = 1, .max_growth = 60.0}), IsEmpty());
  EXPECT_THAT(crossed({.max_added_bytes = 59, .max_added = 0, .max_growth = 59.5}),
              ElementsAre("--max-added-bytes 59", "--max-growth 59.5", "--max-added 0"));
  EXPECT_THAT(fail_on(FailOn::kAdded), ElementsAre("--fail-on added"));
  EXPECT_THAT(fail_on(FailOn::kRemoved), IsEmpty());
  EXPECT_THAT(fail_on(FailOn::kChanged), IsEmpty());
  EXPECT_THAT(fail_on(FailOn::kConfig), ElementsAre("--fail-on config"));
  EXPECT_THAT(fail_on(FailOn::kSetuid), ElementsAre("--fail-on setuid"));
  EXPECT_THAT(fail_on(FailOn::kAttention), ElementsAre("--fail-on attention"));
  EXPECT_THAT(fail_on(FailOn::kAny), ElementsAre("--fail-on any"));
}

TEST(DiffLimitsOfTrees, AreNotCrossedByWhatShrinksAndAlwaysByGrowthFromNothing) {
  const Pair shrinks(spec_of({kept(file("/a", 0644, 100))}), spec_of({kept(file("/b", 0644, 50))}));
  EXPECT_THAT(crossings(shrinks.diff, {.max_added_bytes = 0, .max_growth = 0.0}), IsEmpty());
  const Pair grows(spec_of({}), spec_of({kept(file("/b", 0644, 50))}));
  EXPECT_EQ(crossings(grows.diff, {.max_growth = 1e9}).size(), 1u);
}

TEST(DiffLimitsOfProfiles, CountPathsAndRefuseWhatMeansNothing) {
  const auto diff = diff_profiles(profile_of({{"/a"}}), profile_of({{"/a"}, {"/b"}, {"/c"}}));
  EXPECT_THAT(crossings(diff, {.max_added = 2}).value(), IsEmpty());
  EXPECT_EQ(crossings(diff, {.max_added = 1}).value()[0].what, "2 paths were added");
  const auto refused = crossings(diff, {.max_added_bytes = 5});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::kUsage);
  EXPECT_FALSE(crossings(diff, {.fail_on = static_cast<std::uint8_t>(FailOn::kSetuid)}));
}

TEST(DiffLimitsOfProfiles, HaveNames) {
  for (const char* name : {"added", "removed", "changed", "config", "setuid", "attention", "any"})
    EXPECT_TRUE(fail_on_from_name(name));
  EXPECT_FALSE(fail_on_from_name("everything"));
}

}  // namespace
}  // namespace winnow
