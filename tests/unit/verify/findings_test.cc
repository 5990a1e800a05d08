// SPDX-License-Identifier: Apache-2.0
// Failed lookups: which ones are told of, of what, and why it is not there.
#include <gtest/gtest.h>

#include "unit/verify/verifying.h"
#include "winnow/base/glob.h"
#include "winnow/verify/report.h"

namespace winnow {
namespace {

using Missing = test::Verifying;
using Paths = std::vector<std::string>;

Paths paths_of(const std::vector<MissingPath>& missing) {
  Paths paths;
  for (const MissingPath& one : missing) paths.push_back(one.path);
  return paths;
}

TEST_F(Missing, NamesAFileEvenWhenTheProgramSwallowedTheError) {
  const auto verdict = judge(run_with({{"/usr/./share//error.html", Kind::kMiss}}), spec_, source_, ended(0));
  EXPECT_EQ(verdict.outcome, Outcome::kMissing);
  ASSERT_EQ(paths_of(verdict.missing), Paths{"/usr/share/error.html"});
  const MissingPath& one = verdict.missing[0];
  EXPECT_EQ(one.requested, "/usr/./share//error.html");
  EXPECT_EQ(one.by, "/usr/bin/app");
  EXPECT_EQ(one.size, 7u);
  EXPECT_EQ(one.containers, 1u);
  EXPECT_EQ(one.type, EntryType::kFile);
  EXPECT_EQ(one.need, Need::kItself);
  EXPECT_EQ(one.cause, Cause::kUnplanned);
  EXPECT_EQ(one.keep, "/usr/share/error.html");
}

TEST_F(Missing, CountsContainersAndProgramsTheEarliestFirst) {
  const auto run = run_of({access("/usr/share/error.html", Kind::kMiss, "/bin/late", 50, 1),
                           access("/usr//share/error.html", Kind::kMiss, "/bin/early", 20, 0),
                           access("/etc/kept", Kind::kMiss, "/bin/first", 10, 1)},
                          2);
  const auto missing = missing_in(run, spec_, source_);
  ASSERT_EQ(paths_of(missing), (Paths{"/etc/kept", "/usr/share/gone", "/usr/share/error.html"}));
  EXPECT_EQ(missing[2].by, "/bin/early");
  EXPECT_EQ(missing[2].first_ms, 20u);
  EXPECT_EQ(missing[2].requested, "/usr//share/error.html");
  EXPECT_EQ(missing[2].also_by, std::set<std::string>{"/bin/late"});
  EXPECT_EQ(missing[2].containers, 2u);
  EXPECT_EQ(missing[0].containers, 1u);
}

TEST_F(Missing, NamesTheInterpreterOfAProgramBelowAnotherRoot) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /usr/bin/app
    f 0755 0:0 5 /lib64/ld.so
    f 0755 0:0 5 /srv/root/bin/ls interp=/lib64/ld.so
    f 0755 0:0 5 /srv/root/lib64/ld.so)");
  const auto recorded = run_with({{"/usr/bin/app", Kind::kExec}, {"/lib64/ld.so", Kind::kOpen}});
  const auto missing_with = [&](std::vector<std::string> keep) {
    const KeepSpec spec = make_plan(source, recorded, {.keep = std::move(keep)}).value();
    return judge(run_with({{"/srv/root/bin/ls", Kind::kMiss}}), spec, source, ended(0)).missing;
  };
  const auto missing = missing_with({"/srv/root/bin/ls"});
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].path, "/srv/root/lib64/ld.so");
  EXPECT_EQ(missing[0].because, "/srv/root/bin/ls");
  EXPECT_TRUE(missing_with({"/srv/**"}).empty());
}

// execve(2) says ENOENT of a script that is there when its interpreter is not.
TEST_F(Missing, NamesTheInterpreterThatAKeptProgramLacks) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /plugins/a shebang=/usr/bin/python3\x20-s
    l /usr/bin/python3 python3.11
    f 0755 0:0 7 /usr/bin/python3.11)");
  const auto spec = make_plan(source, run_with({{"/plugins", Kind::kList}}), {});
  ASSERT_TRUE(spec);
  const auto missing = missing_in(run_with({{"/plugins/a", Kind::kMiss}}), *spec, source);
  ASSERT_EQ(paths_of(missing), (Paths{"/usr/bin/python3", "/usr/bin/python3.11"}));
  EXPECT_EQ(missing[0].need, Need::kLink);
  EXPECT_EQ(missing[1].need, Need::kInterpreter);
  EXPECT_EQ(missing[1].because, "/plugins/a");
}

TEST_F(Missing, NamesTheDroppedLinksOnTheWayToo) {
  const auto missing = missing_in(run_with({{"/etc/link", Kind::kMiss}}), spec_, source_);
  ASSERT_EQ(paths_of(missing), (Paths{"/etc/link", "/usr/share/error.html"}));
  EXPECT_EQ(missing[0].need, Need::kLink);
  EXPECT_EQ(missing[1].need, Need::kItself);
}

TEST_F(Missing, DoesNotBlameAFileThatIsKeptAndThatTheWorkloadRemoved) {
  EXPECT_TRUE(missing_in(run_with({{"/usr/bin/app", Kind::kMiss}}), spec_, source_).empty());
}

TEST_F(Missing, SaysWhichDropTookIt) {
  spec_.drop = {"/opt/**", "/usr/share"};
  const auto missing = missing_in(run_with({{"/usr/share/error.html", Kind::kMiss}}), spec_, source_);
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].cause, Cause::kDropGlob);
  EXPECT_EQ(missing[0].glob, "/usr/share");
  EXPECT_NE(why_lacking(missing[0]).find("--drop /usr/share"), std::string::npos);
}

TEST_F(Missing, GoesByTheTreeOfTheSlimImageWhereItIsKnown) {
  const Index slim = test::index_from_text("f 0644 0:0 7 /usr/share/error.html");
  const auto run = run_with({{"/usr/bin/app", Kind::kMiss}, {"/usr/share/error.html", Kind::kMiss}});
  const auto verdict = judge(run, spec_, source_, ended(0), &slim);
  EXPECT_EQ(verdict.outcome, Outcome::kMissing);
  ASSERT_EQ(paths_of(verdict.missing), Paths{"/usr/bin/app"});  // the other one is there, though the spec drops it
  EXPECT_EQ(verdict.missing[0].cause, Cause::kImage);
}

TEST_F(Missing, DoesNotAskForWhatTheSpecAdds) {
  Addition status;
  status.entry.path = "/usr/share/error.html";
  spec_.additions = {status};
  EXPECT_TRUE(missing_in(run_with({{"/usr/share/error.html", Kind::kMiss}}), spec_, source_).empty());
}

TEST_F(Missing, LeavesOutWhatAMountHidesInEveryContainer) {
  const Index source = test::index_from_text(R"(
    f 0755 0:0 5 /bin/app
    f 0644 0:0 7 /dev/odd
    f 0644 0:0 1 /etc/conf
    l /etc/odd /dev/odd
    l /etc/mtab ../proc/self/mounts
    d 0755 0:0 /proc
    l /etc/dangling ../run/none
    d 0755 0:0 /run)");
  const auto spec = make_plan(source, run_with({{"/bin/app", Kind::kExec}, {"/etc/conf", Kind::kOpen}}), {});
  ASSERT_TRUE(spec);
  const auto run = run_with({{"/dev/odd", Kind::kMiss},
                             {"/etc/dangling", Kind::kMiss},
                             {"/etc/mtab", Kind::kMiss},
                             {"/etc/odd", Kind::kMiss}});
  // A link that leads to what only a running container has is missed; one that leads nowhere is not.
  EXPECT_EQ(paths_of(missing_in(run, *spec, source)), (Paths{"/etc/mtab", "/etc/odd"}));
}

TEST_F(Missing, LeavesOutNamesOfAnUnknownDirectory) {
  auto unplaced = access("/usr/share/error.html", Kind::kMiss);
  unplaced.unresolved = true;
  EXPECT_TRUE(missing_in(run_of({unplaced}), spec_, source_).empty());
  const auto verdict = judge(run_of({unplaced}), spec_, source_, ended(0));
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  ASSERT_EQ(verdict.notes.size(), 1u);
  EXPECT_NE(verdict.notes[0].find("1 lookup failed in directories that the kernel could not tell"), std::string::npos);
  const auto source_run = run_of({unplaced});
  EXPECT_TRUE(judge(run_of({unplaced}), spec_, source_, ended(0), nullptr, &source_run).notes.empty())
      << "it failed on the source image as well";
}

TEST_F(Missing, NotesDirectoriesInWhichSomethingMayHaveBeenMade) {
  const auto verdict = judge(run_with({{"/usr/share/gone/new", Kind::kMiss}}), spec_, source_, ended(0));
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  ASSERT_EQ(verdict.notes.size(), 1u);
  EXPECT_NE(verdict.notes[0].find("/usr/share/gone"), std::string::npos);
  EXPECT_TRUE(judge(run_with({{"/usr/bin/new", Kind::kMiss}}), spec_, source_, ended(0)).notes.empty());
}

TEST_F(Missing, NamesAFileThatTheProgramMadeAnew) {
  const auto opened = run_with({{"/usr/share/error.html", Kind::kOpen}});
  EXPECT_EQ(paths_of(judge(opened, spec_, source_, ended(0)).missing), Paths{"/usr/share/error.html"});
  auto volume = access("/usr/share/error.html", Kind::kOpen);
  volume.other_mount = true;
  EXPECT_TRUE(missing_in(run_of({volume}), spec_, source_).empty()) << "there it was never the image's";
  EXPECT_TRUE(missing_in(run_with({{"/usr/bin/app", Kind::kOpen}}), spec_, source_).empty()) << "kept";
}

TEST_F(Missing, NamesADirectoryInWhichTheSameCommandMadeSomethingOnTheSource) {
  const auto here = run_with({{"/usr/share/gone/new", Kind::kMiss}});
  const auto there = run_with({{"/usr/share/gone/new", Kind::kDir}});
  EXPECT_EQ(paths_of(judge(here, spec_, source_, ended(0), nullptr, &there).missing), (Paths{"/usr/share/gone"}));
  EXPECT_TRUE(judge(here, spec_, source_, ended(0)).missing.empty())
      << "alone it shows no more than a name that is nowhere";
}

TEST_F(Missing, NamesWhatWasLookedUpThroughTheRootOfAProcess) {
  for (const char* path : {"/proc/self/root/usr/share/error.html", "/proc/17/root/usr/share/error.html"})
    EXPECT_EQ(paths_of(missing_in(run_with({{path, Kind::kMiss}}), spec_, source_)), Paths{"/usr/share/error.html"})
        << path;
  EXPECT_TRUE(missing_in(run_with({{"/proc/self/status", Kind::kMiss}}), spec_, source_).empty());
}

TEST_F(Missing, GivesAGlobThatMatchesOnlyTheFile) {
  const Index source = test::index_from_text("f 0755 0:0 5 /bin/app\nf 0644 0:0 7 /opt/a*[b]\nf 0644 0:0 7 /opt/axb");
  const auto spec = make_plan(source, run_with({{"/bin/app", Kind::kExec}}), {});
  ASSERT_TRUE(spec);
  const auto missing = missing_in(run_with({{"/opt/a*[b]", Kind::kMiss}}), *spec, source);
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_TRUE(glob_matches(missing[0].keep, "/opt/a*[b]"));
  EXPECT_FALSE(glob_matches(missing[0].keep, "/opt/axb"));
}

}  // namespace
}  // namespace winnow
