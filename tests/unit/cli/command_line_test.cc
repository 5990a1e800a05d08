// SPDX-License-Identifier: Apache-2.0
// Command lines with a mistake in them: nothing is done, the exit code says so, and one line says what to do.
#include <gmock/gmock.h>

#include <algorithm>

#include "running.h"
#include "winnow/base/file.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// That WORDS are refused as a usage error, and what stderr says then.
std::string refused(const std::vector<std::string>& words) {
  const Ran ran = winnow_with(words);
  EXPECT_EQ(ran.code, kUsage) << ran.err;
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, StartsWith("winnow: "));
  EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
  return ran.err;
}

TEST(CommandLine, ShowsHelpAndVersionWhenAskedTo) {
  const Ran help = winnow_with({"--help"});
  EXPECT_EQ(help.code, kDone);
  for (const char* command : {"doctor", "record", "run", "image", "merge", "coverage", "plan", "emit", "explain",
                              "diff", "verify", "slim", "Exit codes: "})
    EXPECT_THAT(help.out, HasSubstr(command));
  EXPECT_THAT(help.err, IsEmpty());
  const Ran version = winnow_with({"--version"});
  EXPECT_EQ(version.code, kDone);
  EXPECT_THAT(version.out, StartsWith("winnow "));
  EXPECT_THAT(winnow_with({"slim", "--help"}).out, AllOf(HasSubstr("--probe-path"), HasSubstr("a second --")));
}

TEST(CommandLine, WithoutACommandIsRefused) { EXPECT_THAT(refused({}), HasSubstr("see `winnow --help`")); }

TEST(CommandLine, NamesTheCommandThatWasMeant) {
  EXPECT_EQ(refused({"slin"}), "winnow: no command winnow slin; did you mean slim?\n");
  EXPECT_EQ(refused({"verfy", "app"}), "winnow: no command winnow verfy; did you mean verify?\n");
  EXPECT_EQ(refused({"minify\x1b"}), "winnow: no command winnow minify\\x1b; see `winnow --help`\n");
  EXPECT_EQ(refused({"image", "lss", "app"}), "winnow: no command winnow image lss; did you mean ls?\n");
  EXPECT_EQ(refused({"image", "history"}), "winnow: no command winnow image history; see `winnow image --help`\n");
}

TEST(CommandLine, NamesTheOptionThatWasMeant) {
  EXPECT_EQ(refused({"plan", "p.json", "--image", "app", "--polcy", "app"}),
            "winnow: winnow plan has no option --polcy; did you mean --policy?\n");
  EXPECT_EQ(refused({"slim", "app", "-p", "8080:80"}),
            "winnow: winnow slim has no option -p; options of `docker run` follow --: winnow slim IMAGE -- -p\n");
  EXPECT_EQ(refused({"image", "ls", "app", "--shadow"}),
            "winnow: winnow image ls has no option --shadow; did you mean --shadowed?\n");
  EXPECT_EQ(refused({"diff", "a", "b", "--markdwn"}),
            "winnow: winnow diff has no option --markdwn; did you mean --markdown?\n");
  EXPECT_EQ(refused({"--jsn"}), "winnow: winnow has no option --jsn; did you mean --json?\n");
}

TEST(CommandLine, WithoutANeededWordSaysWhichOne) {
  EXPECT_THAT(refused({"plan", "p.json"}), AllOf(HasSubstr("--image"), HasSubstr("see `winnow plan --help`")));
  EXPECT_THAT(refused({"explain", "k.json"}), AllOf(HasSubstr("path is required"), HasSubstr("winnow explain --help")));
  EXPECT_THAT(refused({"merge", "a.json"}), HasSubstr("--output"));
  EXPECT_THAT(refused({"diff", "a.json"}), AllOf(HasSubstr("b is required"), HasSubstr("see `winnow diff --help`")));
  EXPECT_THAT(refused({"verify", "app"}), HasSubstr("--keep"));
}

TEST(CommandLine, WithAValueThatAnOptionDoesNotTakeIsRefused) {
  EXPECT_THAT(refused({"plan", "p.json", "--image", "a", "--policy", "lax"}), HasSubstr("lax"));
  EXPECT_THAT(refused({"slim", "app", "--settle", "soon"}),
              HasSubstr("soon is neither a number of seconds above 0 nor auto"));
  EXPECT_THAT(refused({"slim", "app", "--settle", "0"}), HasSubstr("0 is neither"));
  EXPECT_THAT(refused({"slim", "app", "--heal", "101"}), HasSubstr("--heal"));
  EXPECT_THAT(refused({"slim", "app", "--test-timeout", "-1"}), HasSubstr("--test-timeout"));
  EXPECT_THAT(refused({"record", "--pid", "1", "--backend", "ptrace"}), HasSubstr("ptrace"));
  EXPECT_THAT(refused({"coverage", "p.json", "--at-least", "101"}), HasSubstr("--at-least"));
  EXPECT_THAT(refused({"diff", "a", "b", "--fail-on", "weather"}), HasSubstr("no --fail-on weather"));
}

TEST(CommandLine, WithOptionsThatExcludeEachOtherIsRefused) {
  EXPECT_THAT(refused({"diff", "a", "b", "--markdown", "--json"}), HasSubstr("choose one of them"));
  EXPECT_THAT(refused({"merge", "p.json", "-o", "d", "--any-image", "--by-image"}), HasSubstr("excludes"));
  EXPECT_THAT(refused({"record", "--pid", "1", "--syscalls", "--no-syscalls"}), HasSubstr("excludes"));
  EXPECT_THAT(refused({"verify", "--keep", "k", "--watch", "c", "--report", "r"}), HasSubstr("excludes"));
  EXPECT_THAT(refused({"verify", "a", "--keep", "k", "--duration", "3"}), HasSubstr("requires --watch"));
  EXPECT_THAT(refused({"emit", "k", "--dockerfile", "d", "--base", "b"}),
              HasSubstr("--base is for --style distroless"));
}

TEST(CommandLine, OfRecordNamesOneTarget) {
  const char* const one = "name one target: --container NAME, --image REF, --cgroup PATH or --pid N";
  EXPECT_THAT(refused({"record"}), HasSubstr(one));
  EXPECT_THAT(refused({"record", "--pid", "1", "--container", "c"}), HasSubstr(one));
  EXPECT_THAT(refused({"record", "--image", "oci:/srv/app"}), HasSubstr("an image of the running engine, not oci:"));
  EXPECT_THAT(refused({"record", "--resume", "night", "--", "true"}), HasSubstr("it starts no command"));
}

TEST(CommandLine, OfVerifyNeedsAnImageAndACommand) {
  EXPECT_THAT(refused({"verify", "--keep", "k.json"}), HasSubstr("name the slim image"));
  EXPECT_THAT(refused({"verify", "app", "--keep", "k.json"}), HasSubstr("give one after --"));
  EXPECT_THAT(refused({"verify", "app", "--keep", "k", "--json", "--report", "-", "--", "t"}),
              HasSubstr("--json and --report - both want stdout; name a file for the report"));
  EXPECT_THAT(refused({"verify", "oci:/srv/app", "--keep", "k.json", "--source-first", "--", "true"}),
              HasSubstr("--source-first needs an image of the running engine"));
  EXPECT_THAT(refused({"verify", "app", "--keep", "k.json", "--watch", "c"}), HasSubstr("neither an image nor"));
}

TEST(CommandLine, OfRunGivesStdoutToOneDocument) {
  EXPECT_THAT(refused({"run", "oci:/srv/app", "-o", "-", "--keep", "k.json"}), HasSubstr("name a file with -o"));
  EXPECT_THAT(refused({"run", "oci:/srv/app", "--test-timeout", "3"}), HasSubstr("--test-timeout needs a test"));
}

TEST(CommandLine, OfEmitSaysWhatToWrite) {
  EXPECT_THAT(refused({"emit", "keep.json"}), AllOf(HasSubstr("nothing to write"), HasSubstr("--dockerfile DIR")));
}

TEST(CommandLine, OfSlimNamesAnImageOrAProject) {
  EXPECT_THAT(refused({"slim"}), HasSubstr("no image to slim"));
  EXPECT_THAT(refused({"slim", "app", "--compose", "c.yaml", "--service", "web"}),
              HasSubstr("an image and a compose project"));
  EXPECT_THAT(refused({"slim", "--compose", "c.yaml"}), HasSubstr("--compose and --service go together"));
  EXPECT_THAT(refused({"slim", "app", "--service", "web"}), HasSubstr("--compose and --service go together"));
  EXPECT_THAT(refused({"slim", "--compose", "c", "--service", "w", "--test", "t", "--self-started"}),
              HasSubstr("exclude each other"));
  EXPECT_THAT(refused({"slim", "app", "--tag", "App Slim"}), HasSubstr("--tag App Slim is not an image's name"));
}

TEST(CommandLine, OfSlimNeedsATestForWhatOnlyATestCanDo) {
  EXPECT_THAT(refused({"slim", "app", "--self-started"}), HasSubstr("--self-started needs a --test"));
  EXPECT_THAT(refused({"slim", "app", "--no-probe", "--verify-test", "t"}), HasSubstr("--verify-test without --test"));
  EXPECT_THAT(refused({"slim", "app", "--test", "t", "--probe-path", "/"}), HasSubstr("are for slim without --test"));
  EXPECT_THAT(refused({"slim", "app", "--no-probe", "--settle", "3"}), HasSubstr("are for slim without --test"));
  EXPECT_THAT(refused({"slim", "app", "--probe-path", "login"}), HasSubstr("login does not begin with /"));
}

TEST(CommandLine, OfSlimKeepsItsContainersForItself) {
  for (const char* own : {"--cidfile", "--restart=always", "--detach", "--pull"})
    EXPECT_THAT(refused({"slim", "app", "--", own, "x"}), HasSubstr("is not for the containers of slim")) << own;
  EXPECT_THAT(refused({"slim", "app", "--", "--heal", "3"}), HasSubstr("put it before --"));
  EXPECT_THAT(refused({"slim", "app", "--test", "t", "--self-started", "--", "-p", "80"}),
              HasSubstr("the test starts the containers"));
  // What follows a second "--" is the container's own.
  const Ran ran = winnow_with({"slim", "app", "--", "-e", "A=b", "--", "--pull", "--heal"});
  EXPECT_EQ(ran.code, kFailure);
  EXPECT_THAT(ran.err, HasSubstr("no container engine answers"));
}

TEST(CommandLine, ThatIsRightButCannotBeDoneIsAFailure) {
  const Ran gone = winnow_with({"plan", "/nonexistent/profile.json", "--image", "app"});
  EXPECT_EQ(gone.code, kFailure);
  EXPECT_THAT(gone.err, HasSubstr("/nonexistent/profile.json"));
  const Ran alone = winnow_with({"record", "--image", "app"});
  EXPECT_EQ(alone.code, kFailure);
  EXPECT_THAT(alone.err, HasSubstr("/nonexistent/winnow.sock"));
}

TEST(CommandLine, ShowsNoControlBytesOfWhatWasTyped) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"plan", "p\x1b[2J", "--image", "a", "--\x1b[2J"},
                                             {"slim", "app", "--tag", "\x1b[2J"},
                                             {"diff", "a", "b", "--fail-on", "\x1b[2J"},
                                             {"plan", "p", "--image", "a", "--policy", "\x1b[2J"}})
    EXPECT_THAT(refused(words), Not(HasSubstr("\x1b"))) << words.front();
}

TEST(Output, IsCheckedBeforeLongWork) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(check_output("-"));
  EXPECT_TRUE(check_output(directory / "new.json"));
  EXPECT_TRUE(check_output("/dev/null"));
  directory.write("old.json", "{}");
  EXPECT_TRUE(check_output(directory / "old.json"));
  const auto missing = check_output(directory / "gone/new.json");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, AllOf(HasSubstr("gone/"), HasSubstr("No such file")));
  const auto taken = check_output(directory.path());
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().what, HasSubstr("is a directory"));
  EXPECT_THAT(taken.error().hint, HasSubstr("-o"));
}

TEST(Output, IsWrittenWholeOrToStdout) {
  const TemporaryDirectory directory;
  directory.write("old.json", "a long text that was there before");
  ASSERT_TRUE(write_output(directory / "old.json", "new"));
  EXPECT_EQ(read_file(directory / "old.json").value_or(""), "new");
  const Ran ran = in_child(directory, [] { return write_output("-", "text\n") ? 0 : 1; });
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "text\n");
  EXPECT_FALSE(write_output(directory / "gone/new.json", "new"));
}

TEST(DefaultCache, IsWhereCachesAre) {
  const TemporaryDirectory place;
  const auto cache = [&](const char* xdg, const char* home) {
    return in_child(place,
                    [&] {
                      ::setenv("XDG_CACHE_HOME", xdg, 1);
                      ::setenv("HOME", home, 1);
                      return write_output("-", default_cache()) ? 0 : 1;
                    })
        .out;
  };
  EXPECT_EQ(cache("/cache", "/home/me"), "/cache/winnow/layers");
  EXPECT_EQ(cache("", "/home/me"), "/home/me/.cache/winnow/layers");
  EXPECT_EQ(cache("relative", "/home/me"), "/home/me/.cache/winnow/layers");
  EXPECT_EQ(cache("", ""), "");
}

}  // namespace
}  // namespace winnow::cli
