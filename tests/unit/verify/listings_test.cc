// SPDX-License-Identifier: Apache-2.0
// What no failed lookup shows: shorter listings, and an image that its spec does not tell of.
#include <gtest/gtest.h>

#include "unit/verify/verifying.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

class Listings : public test::Verifying {
 protected:
  const Index plugins_ = test::index_from_text(R"(
    f 0755 0:0 5 /bin/app
    f 0644 0:0 10 /plugins/a
    f 0644 0:0 20 /plugins/a-b
    f 0644 0:0 30 /plugins/deep/x
    f 0644 0:0 40 /plugins/deep/y
    f 0644 0:0 50 /plugins/z)");
  const KeepSpec app_ =
      make_plan(plugins_, run_with({{"/bin/app", Kind::kExec}, {"/plugins/a", Kind::kOpen}}), {}).value();
};

TEST_F(Listings, TellOfNamesThatLackThoughNoLookupFailed) {
  const auto verdict = judge(run_with({{"/plugins", Kind::kList}}), app_, plugins_, ended(0));
  EXPECT_EQ(verdict.outcome, Outcome::kListing);
  ASSERT_EQ(verdict.shrunk.size(), 1u);
  const ShrunkListing& one = verdict.shrunk[0];
  EXPECT_EQ(one.directory, "/plugins");
  EXPECT_EQ(one.by, "/usr/bin/app");
  EXPECT_EQ(one.lacking, 3u);
  EXPECT_EQ(one.names, (std::vector<std::string>{"a-b", "deep", "z"}));
  EXPECT_EQ(one.bytes, 70u);
  EXPECT_EQ(one.keep, "/plugins/*");
}

TEST_F(Listings, KeepNoRunFromPassingOnceSomebodyAcceptsThem) {
  Attempt attempt = ended(0);
  attempt.accepts_listings = true;
  const auto verdict = judge(run_with({{"/plugins", Kind::kList}}), app_, plugins_, attempt);
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  EXPECT_EQ(verdict.shrunk.size(), 1u) << "it is still told of";
}

TEST_F(Listings, ComeAfterWhatSaysMoreOfTheRun) {
  const auto outcome = [&](const AccessProfile& run, int status) {
    return judge(run, app_, plugins_, ended(status)).outcome;
  };
  EXPECT_EQ(outcome(run_with({{"/plugins", Kind::kList}, {"/plugins/z", Kind::kMiss}}), 0), Outcome::kMissing);
  EXPECT_EQ(outcome(run_with({{"/plugins", Kind::kList}}), 1), Outcome::kDiffers);
  auto lossy = run_with({{"/plugins", Kind::kList}});
  lossy.runs[0].lost.buffers_full = 1;
  EXPECT_EQ(outcome(lossy, 0), Outcome::kListing) << "what was seen was seen";
}

TEST_F(Listings, DoNotLackWhatTheRunMadeBefore) {
  const auto made = run_with({{"/plugins", Kind::kList},
                              {"/plugins/deep", Kind::kDir},
                              {"/plugins/a-b", Kind::kMiss},
                              {"/plugins/z", Kind::kLstat}});
  const auto verdict = judge(made, app_, plugins_, ended(0));
  ASSERT_EQ(verdict.shrunk.size(), 1u);
  EXPECT_EQ(verdict.shrunk[0].names, std::vector<std::string>{"a-b"});
}

TEST_F(Listings, LackWhatTheRunMadeAfterwards) {
  const auto run =
      run_of({access("/plugins", Kind::kList, "/bin/sh", 5), access("/plugins/deep", Kind::kDir, "/bin/sh", 9),
              access("/plugins/a-b", Kind::kDir, "/bin/sh", 3), access("/plugins/z", Kind::kStat, "/bin/sh", 9)});
  const auto verdict = judge(run, app_, plugins_, ended(0));
  ASSERT_EQ(verdict.shrunk.size(), 1u);
  EXPECT_EQ(verdict.shrunk[0].names, std::vector<std::string>{"deep"});
}

TEST_F(Listings, NameTheProgramsThatReadThemAndNoOther) {
  const auto run =
      run_of({access("/plugins", Kind::kStat, "/bin/sh", 1), access("/plugins", Kind::kList, "/bin/ls", 2),
              access("/plugins", Kind::kOpen, "/bin/cat", 3), access("/plugins", Kind::kList, "/usr/bin/find", 4)});
  for (const AccessProfile& read : {run, profile_from_json(to_json(run)).value()}) {
    const auto verdict = judge(read, app_, plugins_, ended(0));
    ASSERT_EQ(verdict.shrunk.size(), 1u);
    EXPECT_EQ(verdict.shrunk[0].by, "/bin/ls");
    EXPECT_EQ(verdict.shrunk[0].also_by, std::set<std::string>{"/usr/bin/find"});
  }
}

TEST_F(Listings, NameWhatWasRecordedAndDroppedThoughNothingLookedItUp) {
  const auto recorded = run_with({{"/bin/app", Kind::kExec},
                                  {"/plugins", Kind::kOpen},
                                  {"/plugins/z", Kind::kOpen},
                                  {"/plugins/deep/x", Kind::kOpen}});
  const auto spec = make_plan(plugins_, recorded, {.drop = {"/plugins/z", "/plugins/deep"}}).value();
  for (const Kind kind : {Kind::kList, Kind::kSearch}) {
    const auto verdict = judge(run_with({{"/plugins", kind}}), spec, plugins_, ended(0));
    EXPECT_EQ(verdict.outcome, Outcome::kMissing);
    ASSERT_EQ(verdict.missing.size(), 2u);
    EXPECT_EQ(verdict.missing[0].path, "/plugins/deep/x");
    EXPECT_EQ(verdict.missing[1].path, "/plugins/z");
    EXPECT_EQ(verdict.missing[1].need, Need::kListed);
    EXPECT_EQ(verdict.missing[1].cause, Cause::kDropGlob);
    EXPECT_EQ(verdict.missing[1].glob, "/plugins/z");
    EXPECT_EQ(verdict.missing[1].containers, 1u);
  }
  EXPECT_TRUE(judge(run_with({{"/plugins", Kind::kStat}}), spec, plugins_, ended(0)).missing.empty())
      << "nobody read the names";
  const auto there = run_with({{"/plugins", Kind::kList}});
  EXPECT_TRUE(judge(there, spec, plugins_, ended(0), nullptr, &there).missing.empty())
      << "this command does not touch them on the source image";
}

TEST_F(Listings, SayNothingWhereAllNamesAreKept) {
  const auto spec = make_plan(plugins_, run_with({{"/plugins", Kind::kList}}), {});
  ASSERT_TRUE(spec);
  EXPECT_TRUE(judge(run_with({{"/plugins", Kind::kList}}), *spec, plugins_, ended(0)).shrunk.empty());
}

TEST_F(Listings, SayNothingOfADirectoryThatWasOnlyOpened) {
  EXPECT_TRUE(judge(run_with({{"/plugins", Kind::kOpen}}), app_, plugins_, ended(0)).shrunk.empty());
}

TEST_F(Listings, GoByTheTreeOfTheSlimImageWhereItIsKnown) {
  const auto verdict = judge(run_with({{"/plugins", Kind::kList}}), app_, plugins_, ended(0), &plugins_);
  EXPECT_TRUE(verdict.shrunk.empty());
}

TEST_F(Listings, SayNothingOfVolumesNorOfTheRuntime) {
  auto mounted = access("/plugins", Kind::kList);
  mounted.other_mount = true;
  EXPECT_TRUE(judge(run_of({mounted}), app_, plugins_, ended(0)).shrunk.empty());
  const auto runtime = access("/plugins", Kind::kList, "runc");
  EXPECT_TRUE(judge(run_of({runtime}), app_, plugins_, ended(0)).shrunk.empty());
}

TEST_F(Listings, NameWhatTheSameCommandTouchedInTheSourceImageByAName) {
  const auto here = run_with({{"/plugins", Kind::kList}});
  const auto there = run_with({{"/plugins", Kind::kList},
                               {"/plugins/a", Kind::kOpen},
                               {"/plugins/deep/x", Kind::kOpen},
                               {"/bin/gone", Kind::kMiss}});
  const auto verdict = judge(here, app_, plugins_, ended(0), nullptr, &there);
  EXPECT_EQ(verdict.outcome, Outcome::kMissing);
  ASSERT_EQ(verdict.missing.size(), 1u);
  EXPECT_EQ(verdict.missing[0].path, "/plugins/deep/x");
  EXPECT_EQ(verdict.missing[0].need, Need::kListed);
  EXPECT_EQ(verdict.missing[0].because, "/plugins");
}

TEST_F(Listings, NameNothingOfADirectoryThatWasNotReadHere) {
  const auto there = run_with({{"/plugins", Kind::kList}, {"/plugins/z", Kind::kOpen}});
  EXPECT_TRUE(
      judge(run_with({{"/plugins/a", Kind::kOpen}}), app_, plugins_, ended(0), nullptr, &there).missing.empty());
  EXPECT_FALSE(judge(run_with({{"/plugins", Kind::kList}}), app_, plugins_, ended(0), nullptr, &there).missing.empty());
}

TEST_F(Listings, AreASentenceWherePythonLooksForModulesUnlessTheCommandEndedOtherwise) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /bin/uwsgi
    f 0644 0:0 1 /py/encodings/__init__.py
    f 0644 0:0 10 /lib/a.py
    f 0644 0:0 10 /lib/b.py)");
  const Access starts = access("/py/encodings/__init__.py", Kind::kOpen, "/bin/uwsgi");
  const auto spec = make_plan(source, run_of({access("/bin/uwsgi", Kind::kExec), starts}), {});
  ASSERT_TRUE(spec);
  const auto python = run_of({starts, access("/lib", Kind::kSearch, "/bin/uwsgi"), access("/lib/a.py", Kind::kLstat)});
  const auto fine = judge(python, *spec, source, ended(0));
  EXPECT_EQ(fine.outcome, Outcome::kPass);
  EXPECT_TRUE(fine.shrunk.empty());
  EXPECT_EQ(fine.notes.size(), 1u) << "one sentence";
  EXPECT_EQ(judge(python, *spec, source, ended(1)).shrunk.size(), 1u) << "it may be why";
  EXPECT_EQ(judge(run_of({starts, access("/lib", Kind::kSearch, "/bin/uwsgi")}), *spec, source, ended(0)).outcome,
            Outcome::kListing)
      << "no module was loaded from there";
  const auto own = run_of({starts, access("/lib", Kind::kList, "/bin/uwsgi"), access("/lib/a.py", Kind::kLstat)});
  EXPECT_EQ(judge(own, *spec, source, ended(0)).outcome, Outcome::kListing);
}

TEST_F(Listings, LeaveOutWhatEnginesPutIntoEveryContainer) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /bin/app
    f 0644 0:0 1 /etc/hosts
    d 0755 0:0 /proc
    f 0644 0:0 1 /etc/other)");
  const auto spec = make_plan(source, run_with({{"/bin/app", Kind::kExec}}), {});
  ASSERT_TRUE(spec);
  const auto verdict = judge(run_with({{"/etc", Kind::kList}}), *spec, source, ended(0));
  ASSERT_EQ(verdict.shrunk.size(), 1u);
  EXPECT_EQ(verdict.shrunk[0].names, std::vector<std::string>{"other"});
}

using Mismatches = test::Verifying;

TEST_F(Mismatches, AreNoneWhereTheImageHasAllAndMore) { EXPECT_TRUE(mismatches(spec_, source_).empty()); }

TEST_F(Mismatches, TellWhatLacksAndWhatIsOtherwise) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /a/content
    f 0755 0:0 5 /a/gone
    l /a/link /a/content
    f 0755 0:0 5 /a/mode
    f 0755 0:0 5 /a/owner
    f 0755 0:0 5 /a/type)");
  PlanOptions all;
  all.keep = {"/**"};
  const auto spec = make_plan(source, run_with({{"/a/content", Kind::kOpen}}), all);
  ASSERT_TRUE(spec) << spec.error().what;
  Index slim = test::index_from_text(R"(
    f 0755 0:0 5 /a/content
    l /a/link /a/other
    f 0700 0:0 5 /a/mode
    f 0755 1:0 5 /a/owner
    d 0755 0:0 /a/type)");
  slim.entries[*slim.find("/a/content")].sha256 = Digest::of("something else");
  std::vector<std::string> found;
  for (const Mismatch& one : mismatches(*spec, slim))
    found.push_back(one.path + " " + std::string(to_string(one.what)));
  EXPECT_EQ(found, (std::vector<std::string>{"/a/content content", "/a/gone lacks", "/a/link target", "/a/mode mode",
                                             "/a/owner owner", "/a/type type"}));
}

TEST_F(Mismatches, LookAtAdditionsToo) {
  Addition status;
  status.entry.path = "/var/status";
  status.entry.sha256 = Digest::of("cut");
  spec_.additions = {status};
  const auto found = mismatches(spec_, source_);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "/var/status");
}

}  // namespace
}  // namespace winnow
