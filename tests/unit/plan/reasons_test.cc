// SPDX-License-Identifier: Apache-2.0
// What reasons say to programs: the traits of their rules, how an entry was touched, and what a keep spec carries of
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "plan/decisions.h"
#include "support/planning.h"

namespace winnow {
namespace {

using ::testing::UnorderedElementsAre;

using test::keeps;
using test::plan_of;

// The names of all rules that TRAIT is said of.
std::set<std::string_view> names_with(bool RuleTraits::* trait) {
  std::set<std::string_view> names;
  for (const Rule& rule : kRules)
    if (traits_of(rule.name).*trait) names.insert(rule.name);
  return names;
}

TEST(RuleTraits, SayWhatTheirConsumersAsk) {
  EXPECT_THAT(names_with(&RuleTraits::by_program),
              UnorderedElementsAre("accessed", "walked", "symlink", "mount", "created-in", "listed", "not-empty"));
  EXPECT_THAT(names_with(&RuleTraits::name_only), UnorderedElementsAre("walked", "listed", "not-empty"));
  EXPECT_THAT(names_with(&RuleTraits::of_group), UnorderedElementsAre("keep", "family", "app"));
  EXPECT_THAT(names_with(&RuleTraits::holds), UnorderedElementsAre("parent"));
}

TEST(RuleTraits, SayNothingOfANameThatIsNotKnown) {
  const RuleTraits traits = traits_of("a newer rule");
  EXPECT_FALSE(traits.by_program || traits.name_only || traits.of_group || traits.holds);
}

TEST(Reasons, CarryNamesOfTheTableAlone) {
  const auto spec = plan_of(R"(
    config {"config":{"WorkingDir":"/srv"}}
    l /lib usr/lib
    f 0755 0:0 5 /usr/bin/app interp=/lib/ld.so
    f 0755 0:0 5 /usr/lib/ld.so elf
    l /etc/link file
    f 0644 0:0 5 /etc/file
    d 0755 0:0 /srv
    f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20a\x0aVersion:\x201\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/etc/file\x0a)",
                            {{"/usr/bin/app", Kind::kExec}, {"/etc/link"}, {"/srv/new"}});
  std::set<std::string_view> names;
  for (const KeptEntry& kept : spec.entries)
    for (const Reason& reason : *kept.reasons) names.insert(reason.rule);
  for (const std::string_view name : names)
    EXPECT_NE(std::ranges::find(kRules, name, &Rule::name), std::end(kRules)) << name;
  for (const std::string_view name : {kAccessed, kSymlink, kCreatedIn, kLink, kRoot, kRecords})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(NeededLibraries, InheritSearchPathsHoweverManyReasonsTheyHave) {
  const std::string image = R"(
    f 0755 0:0 5 /usr/bin/app needed=liba.so rpath=/opt/lib
    f 0644 0:0 5 /opt/lib/liba.so needed=libb.so
    f 0644 0:0 5 /opt/lib/libb.so elf
)";
  std::vector<test::Touch> touches = {{"/usr/bin/app", Kind::kExec}};
  for (std::size_t i = 0; i < kMaxReasons; ++i)
    touches.push_back({"/opt/lib" + std::string(i, '/') + "/liba.so", Kind::kOpen, "/usr/bin/app", i});
  const auto spec = plan_of(image, touches);
  const KeptEntry* const library = spec.find("/opt/lib/liba.so");
  ASSERT_NE(library, nullptr);
  EXPECT_TRUE(std::ranges::none_of(*library->reasons, [](const Reason& one) { return one.rule == "elf"; }));
  EXPECT_TRUE(keeps(spec, "/opt/lib/libb.so"));
}

// An image and touches of every kind that reasons tell apart: by a link, by two names at two moments, of one name in
// two ways, and of what was only wanted on a slim image.
KeepSpec touched_spec() {
  Kinds both = Kind::kOpen;
  both |= Kind::kStat;
  return plan_of(R"(
    f 0755 0:0 5 /usr/bin/app needed=libx.so
    f 0644 0:0 5 /usr/lib/libx.so elf
    f 0644 0:0 5 /etc/file
    l /etc/link file
    f 0644 0:0 5 /etc/wanted
    d 0755 0:0 /srv)",
                 {{"/usr/bin/app", Kind::kExec, "/usr/bin/app", 3},
                  {"/etc/link", both, "/usr/bin/app", 12},
                  {"/etc/file", Kind::kStat, "/usr/bin/app", 7},
                  {"/etc/wanted", Kind::kWanted},
                  {"/srv/new", Kind::kOpen, "/usr/bin/app", 20}});
}

const Reason* reason_of(const KeepSpec& spec, std::string_view path, std::string_view rule, std::size_t number = 0) {
  const KeptEntry* const kept = spec.find(path);
  if (kept == nullptr) return nullptr;
  for (const Reason& reason : *kept->reasons)
    if (reason.rule == rule && number-- == 0) return &reason;
  return nullptr;
}

TEST(Reasons, SayHowAnEntryItselfWasTouchedAndWhen) {
  const KeepSpec spec = touched_spec();
  EXPECT_EQ(*reason_of(spec, "/usr/bin/app", "accessed"),
            (Reason{"accessed", "/usr/bin/app", "exec at 3 ms", Kind::kExec, 3}));
  Kinds both = Kind::kOpen;
  both |= Kind::kStat;
  EXPECT_EQ(*reason_of(spec, "/etc/file", "accessed"),
            (Reason{"accessed", "/usr/bin/app", "stat at 7 ms", Kind::kStat, 7}));
  EXPECT_EQ(*reason_of(spec, "/etc/file", "accessed", 1),
            (Reason{"accessed", "/usr/bin/app", "open, stat at 12 ms", both, 12}));
  EXPECT_EQ(*reason_of(spec, "/etc/wanted", "accessed"), (Reason{"accessed", "/usr/bin/app", "wanted", Kind::kWanted}));
  // What a program went through, wrote into or needs was not touched itself.
  EXPECT_TRUE(reason_of(spec, "/etc/link", "symlink")->kinds.empty());
  EXPECT_TRUE(reason_of(spec, "/srv", "created-in")->kinds.empty());
  EXPECT_TRUE(reason_of(spec, "/usr/lib/libx.so", "elf")->kinds.empty());
}

using Json = nlohmann::ordered_json;

// SPEC with each of its reasons, as JSON, changed.
std::string with_reasons(const KeepSpec& spec, const std::function<void(Json&)>& change) {
  Json json = Json::parse(to_json(spec));
  for (Json& entry : json.at("entries"))
    for (Json& reason : entry.at("reasons")) change(reason);
  return json.dump();
}

void expect_same_reasons(const Result<KeepSpec>& read, const KeepSpec& spec) {
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->entries.size(), spec.entries.size());
  for (std::size_t i = 0; i < spec.entries.size(); ++i)
    EXPECT_EQ(*read->entries[i].reasons, *spec.entries[i].reasons) << spec.entries[i].entry.path;
}

TEST(ReasonsInKeepJson, AreTheSameWhenTheyAreReadBack) {
  const KeepSpec spec = touched_spec();
  const std::string text = to_json(spec);
  const auto read = keep_from_json(text);
  expect_same_reasons(read, spec);
  EXPECT_EQ(to_json(*read), text);
}

TEST(ReasonsInKeepJson, SayAMomentOnlyIfItIsNotTheEntrys) {
  const std::string text = to_json(touched_spec());
  for (const char* part :
       {R"("detail":"exec at 3 ms","kinds":["exec"]})", R"("detail":"stat at 7 ms","kinds":["stat"]})",
        R"("detail":"open, stat at 12 ms","kinds":["open","stat"],"first_ms":12})",
        R"("detail":"wanted","kinds":["wanted"],"first_ms":null})", R"("detail":"DT_NEEDED libx.so"})"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(ReasonsInKeepJson, OfAnEarlierWinnowAreReadFromTheirDetails) {
  const KeepSpec spec = touched_spec();
  std::size_t taken = 0;
  const std::string earlier = with_reasons(spec, [&](Json& reason) {
    taken += reason.erase("kinds");
    reason.erase("first_ms");
  });
  ASSERT_EQ(taken, 4U);
  expect_same_reasons(keep_from_json(earlier), spec);
}

TEST(ReasonsInKeepJson, OfAnEarlierWinnowSayNothingThatTheirDetailsDoNot) {
  const KeepSpec spec = plan_of("f 0644 0:0 5 /a", {{"/a"}});
  const auto read_as = [&](const char* rule, const char* detail) {
    const auto read = keep_from_json(with_reasons(spec, [&](Json& reason) {
      reason.erase("kinds");
      if (reason.at("rule") == "accessed") reason = {{"rule", rule}, {"from", "/app"}, {"detail", detail}};
    }));
    EXPECT_TRUE(read) << read.error().what;
    EXPECT_EQ(to_json(keep_from_json(to_json(*read)).value()), to_json(*read)) << detail;
    return read->entries.back().reasons->front();
  };
  EXPECT_EQ(read_as("walked", "stat, lstat at 3 ms").first_ms, 3U);
  EXPECT_TRUE(read_as("accessed", "open").kinds.only(Kind::kOpen));
  for (const char* detail : {"open at ms", "open at x ms", "open at 3 s", "open at 99999999999999999999999 ms"}) {
    EXPECT_TRUE(read_as("accessed", detail).kinds.only(Kind::kOpen)) << detail;
    EXPECT_FALSE(read_as("accessed", detail).first_ms) << detail;
  }
  for (const char* detail : {"", " at 3 ms", "opened at 3 ms", ", , at 3 ms"}) {
    EXPECT_TRUE(read_as("accessed", detail).kinds.empty()) << detail;
    EXPECT_FALSE(read_as("accessed", detail).first_ms) << detail;
  }
  EXPECT_TRUE(read_as("mount", "open at 3 ms").kinds.empty());
}

TEST(ReasonsInKeepJson, ReadNoWordOfADetailThatStandsBesideKinds) {
  const KeepSpec spec = touched_spec();
  const auto read = keep_from_json(with_reasons(spec, [](Json& reason) { reason["detail"] = "exec at 99 ms"; }));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(reason_of(*read, "/etc/file", "accessed")->kinds.only(Kind::kStat));
  EXPECT_EQ(reason_of(*read, "/etc/file", "accessed")->first_ms, 7U);
}

TEST(ReasonsInKeepJson, AreRefusedWithKindsAndMomentsThatAreNone) {
  const KeepSpec spec = touched_spec();
  const auto reads = [&](const char* field, const Json& value) {
    return keep_from_json(with_reasons(spec,
                                       [&](Json& reason) {
                                         if (reason.contains("kinds")) reason[field] = value;
                                       }))
        .has_value();
  };
  EXPECT_TRUE(reads("kinds", {"open", "search"}));
  EXPECT_TRUE(reads("first_ms", 9));
  EXPECT_FALSE(reads("kinds", {"opened"}));
  EXPECT_FALSE(reads("kinds", {7}));
  EXPECT_FALSE(reads("first_ms", -1));
  EXPECT_FALSE(reads("first_ms", "9"));
}

}  // namespace
}  // namespace winnow
