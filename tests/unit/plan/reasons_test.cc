// SPDX-License-Identifier: Apache-2.0
// What reasons say to programs: the traits of their rules, how an entry was touched, and what a keep spec carries of
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "plan/decisions.h"
#include "support/planning.h"

namespace winnow {
namespace {

using ::testing::UnorderedElementsAre;

using testing::plan_of;
using testing::with;

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
    f 0755 0:0 5 /opt/app/app needed=liba.so rpath=$ORIGIN/lib
    f 0644 0:0 5 /opt/app/lib/liba.so needed=libb.so
    f 0644 0:0 5 /opt/app/lib/libb.so elf
)";
  std::vector<testing::Touch> touches = {{"/opt/app/app", Kind::kExec}};
  for (std::size_t i = 0; i < kMaxReasons; ++i)
    touches.push_back({"/opt/app/lib" + std::string(i, '/') + "/liba.so", Kind::kOpen, "/opt/app/app", i});
  const auto spec = plan_of(image, touches);
  const KeptEntry* const library = spec.find("/opt/app/lib/liba.so");
  ASSERT_NE(library, nullptr);
  EXPECT_TRUE(std::ranges::none_of(*library->reasons, [](const Reason& one) { return one.rule == "elf"; }));
  EXPECT_TRUE(keeps(spec, "/opt/app/lib/libb.so"));
}

}  // namespace
}  // namespace winnow
