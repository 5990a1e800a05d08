// SPDX-License-Identifier: Apache-2.0
// What was missing is put back into the profile, so that the next plan keeps it and says why.
#include "winnow/verify/heal.h"

#include <gmock/gmock.h>

#include "unit/verify/verifying.h"

namespace winnow {
namespace {

using ::testing::HasSubstr;

class Healing : public test::Verifying {
 protected:
  AccessProfile recorded_ = run_with({{"/usr/bin/app", Kind::kExec}});
  std::vector<Healed> heal_after(const AccessProfile& slim_run) {
    return heal(recorded_, judge(slim_run, spec_, source_, ended(0)).missing);
  }
  [[nodiscard]] KeepSpec plan_again(const PlanOptions& options = {}) const {
    return make_plan(source_, recorded_, options).value();
  }
};

TEST_F(Healing, KeepsWhatWasMissingWithTheLinksOnTheWay) {
  const auto slim_run = run_with({{"/etc/link", Kind::kMiss}});
  const auto healed = heal_after(slim_run);
  EXPECT_EQ(healed.size(), 2u);  // the link and what it leads to
  for (const Healed& one : healed) {
    EXPECT_TRUE(one.added);
    EXPECT_EQ(one.why, "no recorded run asked for it");
  }
  const KeepSpec spec = plan_again();
  for (const char* path : {"/etc/link", "/usr/share/error.html"}) {
    const KeptEntry* const kept = spec.find(path);
    ASSERT_NE(kept, nullptr) << path;
    EXPECT_THAT(kept->reasons->front().detail, HasSubstr("wanted")) << path;
    EXPECT_FALSE(kept->first_ms) << "no run of the source image touched it";
  }
  EXPECT_EQ(judge(slim_run, spec, source_, ended(0)).outcome, Outcome::kPass);
}

TEST_F(Healing, SurvivesTheProfilesFile) {
  heal_after(run_with({{"/usr/share/error.html", Kind::kMiss}}));
  const auto read = profile_from_json(to_json(recorded_));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_NE(make_plan(source_, *read, {}).value().find("/usr/share/error.html"), nullptr);
}

TEST_F(Healing, LeavesOutWhatWasDroppedOnPurpose) {
  spec_ = make_plan(source_, recorded_, {.drop = {"/usr/share/**"}}).value();
  const auto healed = heal_after(run_with({{"/usr/share/error.html", Kind::kMiss}}));
  ASSERT_EQ(healed.size(), 1u);
  EXPECT_FALSE(healed[0].added);
  EXPECT_THAT(healed[0].why, HasSubstr("/usr/share/**"));
  EXPECT_EQ(plan_again().find("/usr/share/error.html"), nullptr);
}

TEST_F(Healing, PutsBackWhatTheSameTestUsesBesideIt) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /usr/bin/app
    f 0644 0:0 1 /locale/de/LC_CTYPE
    f 0644 0:0 2 /locale/de/LC_TIME
    f 0644 0:0 3 /locale/de/unused
    f 0644 0:0 4 /locale/fr/LC_TIME)");
  const KeepSpec spec = make_plan(source, recorded_, {}).value();
  const auto missing = judge(run_with({{"/locale/de/LC_CTYPE", Kind::kMiss}}), spec, source, ended(0)).missing;
  const auto source_run = run_with({{"/usr/bin/app", Kind::kExec},
                                    {"/locale/de/LC_CTYPE", Kind::kOpen},
                                    {"/locale/de/LC_TIME", Kind::kOpen},
                                    {"/locale/de/none", Kind::kMiss},
                                    {"/locale/fr/LC_TIME", Kind::kOpen}});
  const auto healed = heal(recorded_, missing, &source_run);
  ASSERT_EQ(healed.size(), 2u);
  EXPECT_EQ(healed[1].missing.path, "/locale/de/LC_TIME");
  EXPECT_THAT(healed[1].why, HasSubstr("beside /locale/de/LC_CTYPE"));
  const KeepSpec again = make_plan(source, recorded_, {}).value();
  EXPECT_NE(again.find("/locale/de/LC_TIME"), nullptr);
  EXPECT_EQ(again.find("/locale/de/unused"), nullptr);
  EXPECT_EQ(again.find("/locale/fr/LC_TIME"), nullptr) << "nothing of its directory was missed";
}

TEST_F(Healing, SaysWhyTheProfileHadItNot) {
  const auto why = [&](const AccessProfile& recorded) {
    recorded_ = recorded;
    return heal_after(run_with({{"/usr/share/error.html", Kind::kMiss}})).at(0).why;
  };
  EXPECT_THAT(why(run_with({{"/usr/share/error.html", Kind::kMiss}})), HasSubstr("before it was there"));
  auto mounted = access("/usr/share/error.html", Kind::kOpen);
  mounted.other_mount = true;
  EXPECT_THAT(why(run_of({mounted})), HasSubstr("a mount lay over it"));
  auto late = run_with({});
  late.runs[0].from_start = false;
  EXPECT_THAT(why(late), HasSubstr("running already"));
  auto lossy = run_with({});
  lossy.runs[0].lost.busy = 3;
  EXPECT_THAT(why(lossy), HasSubstr("3 calls"));
}

TEST_F(Healing, LetsTheNextPlanKeepTheNamesThatATestListed) {
  const auto slim_run = run_with({{"/usr/share", Kind::kList}});
  const auto first = judge(slim_run, spec_, source_, ended(0));
  ASSERT_EQ(first.outcome, Outcome::kListing);
  const auto healed = heal_listings(recorded_, first.shrunk);
  ASSERT_EQ(healed.size(), first.shrunk.size());
  EXPECT_TRUE(healed.front().added);
  EXPECT_EQ(healed.front().missing.path, "/usr/share");
  const KeepSpec spec = plan_again();
  EXPECT_EQ(judge(slim_run, spec, source_, ended(0)).outcome, Outcome::kPass);
  // What the plan leaves out though it knows of the listing, no round of healing brings.
  const auto again = heal_listings(recorded_, first.shrunk);
  ASSERT_EQ(again.size(), healed.size());
  EXPECT_FALSE(again.front().added);
  EXPECT_EQ(again.front().keep, "/usr/share/*");
}

TEST_F(Healing, OfAListingBringsWhatTheTestListsBelowIt) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /usr/bin/app
    f 0644 0:0 1 /srv/a/b/c/file
    f 0644 0:0 1 /srv/other/file)");
  const auto plan = [&] { return make_plan(source, recorded_, {}).value(); };
  const auto listing = [&](const std::string& path) {
    Access one = access(path, Kind::kList);
    one.listed_by = {"/usr/bin/app"};
    return one;
  };
  const auto source_run =
      run_of({listing("/srv"), listing("/srv/a"), listing("/srv/a/b"), listing("/srv/a/b/c"), listing("/srv/other")});
  const auto slim_run = run_of({listing("/srv")});
  const auto shrunk = judge(slim_run, plan(), source, ended(0)).shrunk;
  ASSERT_EQ(shrunk.size(), 1u);
  const auto healed = heal_listings(recorded_, shrunk, &source_run);
  ASSERT_EQ(healed.size(), 5u);
  EXPECT_EQ(healed[1].missing.path, "/srv/a");
  EXPECT_THAT(healed[1].why, HasSubstr("as it lists /srv"));
  EXPECT_TRUE(judge(source_run, plan(), source, ended(0)).shrunk.empty()) << "in one round";
}

TEST_F(Healing, LeavesAListingOutThatTheTestMakesOnTheSlimImageAlone) {
  const auto shrunk = judge(run_with({{"/usr/share", Kind::kList}}), spec_, source_, ended(0)).shrunk;
  const auto other = run_with({{"/etc", Kind::kList}, {"/usr/share", Kind::kMiss}});
  EXPECT_TRUE(heal_listings(recorded_, shrunk, &other).empty());
  const auto same = run_with({{"/usr/share", Kind::kSearch}});
  EXPECT_EQ(heal_listings(recorded_, shrunk, &same).size(), 1u);
}

TEST_F(Healing, OfADirectoryBringsWhatTheTestListsInIt) {
  const Index source = test::index_from_text("f 0755 0:0 5 /usr/bin/app\nf 0644 0:0 1 /srv/a/file");
  const auto spec = make_plan(source, recorded_, {}).value();
  const auto missing = judge(run_with({{"/srv/a", Kind::kMiss}}), spec, source, ended(0)).missing;
  Access listing = access("/srv/a", Kind::kList);
  listing.listed_by = {"/usr/bin/app"};
  const auto source_run = run_of({listing});
  heal(recorded_, missing, &source_run);
  EXPECT_NE(make_plan(source, recorded_, {}).value().find("/srv/a/file"), nullptr);
}

TEST_F(Healing, LeavesNamesOutThatWereDropped) {
  spec_ = make_plan(source_, recorded_, {.drop = {"/usr/share/**"}}).value();
  const auto verdict = judge(run_with({{"/usr/share", Kind::kList}}), spec_, source_, ended(0));
  ASSERT_EQ(verdict.shrunk.size(), 1u);
  const auto healed = heal_listings(recorded_, verdict.shrunk);
  ASSERT_EQ(healed.size(), 1u);
  EXPECT_FALSE(healed[0].added);
  EXPECT_THAT(healed[0].why, HasSubstr("--drop"));
  EXPECT_EQ(healed[0].keep, "") << "it would not help";
  // One name is enough.
  spec_ = make_plan(source_, recorded_, {.drop = {"/usr/share/error.html"}}).value();
  const auto partly = judge(run_with({{"/usr/share", Kind::kList}}), spec_, source_, ended(0));
  EXPECT_TRUE(heal_listings(recorded_, partly.shrunk).at(0).added);
}

TEST_F(Healing, OfSearchesForModulesHasToBeAskedFor) {
  auto shrunk = judge(run_with({{"/usr/share", Kind::kList}}), spec_, source_, ended(0)).shrunk;
  shrunk.front().modules = true;
  EXPECT_TRUE(heal_listings(recorded_, shrunk).empty());
  EXPECT_TRUE(heal_listings(recorded_, shrunk, nullptr, true).at(0).added);
}

}  // namespace
}  // namespace winnow
