// SPDX-License-Identifier: Apache-2.0
// What is said of a slim image, its Dockerfile and its verdict, and where each of these words goes.
#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/dockerfile_options.h"
#include "cli/slim_words.h"
#include "cli/verdict.h"
#include "running.h"
#include "winnow/base/file.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

ProbeReport probe() {
  ProbeReport report;
  report.ports = {{80, true, false, Speech::kHttp}, {5432, true, false, Speech::kOther}};
  report.exchanges = {{80, "/", Origin::kStart, 200, "text/html"}, {80, "/x", Origin::kLink, 404, ""}};
  report.not_asked = {{"POST /orders", "only GET is asked"}};
  report.quiet = std::chrono::seconds(3);
  return report;
}

SlimOutcome probed() {
  SlimOutcome outcome;
  outcome.on_source.emplace_back().report.probe = probe();
  return outcome;
}

SlimOptions options() {
  SlimOptions options;
  options.image = "app:1";
  options.bed.probe.emplace();
  return options;
}

TEST(Exercised, IsNothingToSayWhereEachTestIsTheUsers) {
  SlimOutcome outcome;
  outcome.on_source.emplace_back();
  EXPECT_EQ(exercised_text(options(), outcome), "");
}

TEST(Exercised, SaysWhatWasDoneWhatWasNotAndHowToSayMore) {
  EXPECT_EQ(exercised_text(options(), probed()),
            "exercised: its start, 2 requests on port 80 over HTTP (1 x 200, 1 x 404), port 5432 opened, until nothing "
            "new came for 3 s\n"
            "not exercised: port 5432 (it does not speak HTTP); POST /orders (only GET is asked)\n"
            "a test of your own says what matters to you: winnow slim app:1 --test ./your-test.sh\n");
}

TEST(Exercised, LeavesOutTheLineOfWhatWasNotIfAllWas) {
  SlimOutcome outcome = probed();
  outcome.on_source[0].report.probe->not_asked.clear();
  outcome.on_source[0].report.probe->ports.pop_back();
  EXPECT_THAT(exercised_text(options(), outcome), Not(HasSubstr("not exercised")));
}

TEST(Exercised, ShowsACommandThatCanBePasted) {
  SlimOptions wanted = options();
  wanted.image = "app;rm -rf";
  wanted.bed.run_options = {"-e", "GREETING=it's me", "-p", "8080:80", ""};
  wanted.bed.arguments = {"serve", "--quiet"};
  EXPECT_THAT(exercised_text(wanted, probed()),
              EndsWith("winnow slim 'app;rm -rf' --test ./your-test.sh -- -e 'GREETING=it'\\''s me' -p 8080:80 '' -- "
                       "serve --quiet\n"));
  wanted = options();
  wanted.bed.compose_files = {"compose.yaml", "my file.yaml"};
  wanted.bed.compose_services = {"web"};
  EXPECT_THAT(exercised_text(wanted, probed()),
              EndsWith("winnow slim --compose compose.yaml --compose 'my file.yaml' --service web --test "
                       "./your-test.sh\n"));
}

// What SlimTalk says while WORK is done with it.
std::string said(const SlimOptions& wanted, const std::function<void(SlimTalk&)>& work) {
  const TemporaryDirectory place;
  const Ran ran = in_child(place, [&] {
    const Interrupt interrupt;
    SlimTalk talk(wanted, interrupt);
    work(talk);
    return talk.interrupted() ? 1 : 0;
  });
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "");  // stdout is for what came of it
  return ran.err;
}

TEST(SlimTalk, SaysEachStepWithItsTest) {
  using enum SlimListener::Step;
  const auto text = said(options(), [](SlimTalk& talk) {
    talk.on_test(kRecording, {"", true});
    talk.on_test(kTrying, {"./held-out.sh", false});
    talk.on_test(kAgain, {"./a\x1b.sh", true});
    talk.on_test(kVerifying, {"./a.sh", true});
    talk.on_note("by the way");
  });
  EXPECT_EQ(text,
            "recording a probe of the container on app:1\n"
            "trying `./held-out.sh` on app:1\n"
            "once more, to see what `./a\\x1b.sh` prints differently each time\n"
            "verifying with `./a.sh`\n"
            "  by the way\n");
  SlimOptions unprobed = options();
  unprobed.bed.probe.reset();
  EXPECT_EQ(said(unprobed, [](SlimTalk& talk) { talk.on_test(kVerifying, {"", true}); }),
            "verifying with the container's own end\n");
}

TEST(SlimTalk, ShowsTheLastWordsOfASourceImageThatFails) {
  Tried tried;
  tried.trial.status = 1;
  tried.seen.start_failures = {"app-1: exec format error"};
  tried.report.probe = probe();
  tried.report.probe->last_words = "starting\n\nDB_HOST is \x1b not set";
  EXPECT_EQ(said(options(), [&](SlimTalk& talk) { talk.on_source_failure({"", true}, tried); }),
            "winnow: a probe of the container fails on app:1 itself (status 1): nothing was cut\n"
            "  did not start: app-1: exec format error\n"
            "its last words:\n"
            "  starting\n"
            "  DB_HOST is \\x1b not set\n"
            "if it needs options of `docker run`, they follow --: winnow slim app:1 -- -e NAME=VALUE\n");
  tried.report.probe.reset();
  EXPECT_THAT(said(options(), [&](SlimTalk& talk) { talk.on_source_failure({"./t.sh", true}, tried); }),
              AllOf(StartsWith("winnow: `./t.sh` fails on app:1 itself"), Not(HasSubstr("last words"))));
}

TEST(SlimTalk, SaysWhatIsPutBackAndWhatWouldBe) {
  Healed healed;
  healed.missing.path = "/etc/hosts\n";
  healed.missing.by = "/usr/bin/app";
  healed.why = "it was never recorded";
  healed.added = true;
  EXPECT_EQ(said(options(), [&](SlimTalk& talk) { talk.on_healed(healed); }),
            "  putting back: /etc/hosts\\x0a, wanted by /usr/bin/app: it was never recorded\n");
  healed.added = false;
  healed.keep = "/etc/ho[s]ts";
  EXPECT_THAT(said(options(), [&](SlimTalk& talk) { talk.on_healed(healed); }),
              AllOf(StartsWith("  not putting back: "), EndsWith("; --keep '/etc/ho[s]ts' does\n")));
}

Result<void> read(const std::string& style, const std::string& base, DockerfileWish& wish,
                  const std::string& helper = "auto") {
  wish.base = base;
  return DockerfileWords{style, helper}.read(wish);
}

TEST(DockerfileWords, HaveABaseIfAndOnlyIfTheyAddToOne) {
  DockerfileWish wish;
  EXPECT_TRUE(read("scratch", "", wish));
  EXPECT_TRUE(read("distroless", "debian:12", wish));
  const auto baseless = read("distroless", "", wish);
  ASSERT_FALSE(baseless);
  EXPECT_EQ(baseless.error().fault, Fault::kUsage);
  EXPECT_THAT(baseless.error().what, HasSubstr("needs --base"));
  const auto scratch = read("scratch", "debian:12", wish);
  ASSERT_FALSE(scratch);
  EXPECT_EQ(scratch.error().fault, Fault::kUsage);
  EXPECT_THAT(scratch.error().what, HasSubstr("--base is for --style distroless"));
}

TEST(DockerfileWords, SayWhoPicksTheFiles) {
  DockerfileWish wish;
  for (const auto& [word, use] :
       {std::pair{"always", HelperUse::kAlways}, {"never", HelperUse::kNever}, {"auto", HelperUse::kAuto}}) {
    ASSERT_TRUE(read("scratch", "", wish, word));
    EXPECT_EQ(wish.helper, use) << word;
  }
}

TEST(DockerfileWords, AreReadFromTheCommandLine) {
  DockerfileWords words;
  DockerfileWish wish;
  CLI::App app;
  add_dockerfile_options(app, words, wish);
  app.parse("--style distroless --base debian:12 --helper never");
  EXPECT_EQ(words.style, "distroless");
  EXPECT_EQ(words.helper, "never");
  EXPECT_EQ(wish.base, "debian:12");
  EXPECT_THROW(app.parse("--style alpine"), CLI::ParseError);
  EXPECT_THROW(app.parse("--helper maybe"), CLI::ParseError);
}

TEST(Dockerfile, IsSaidWithWhatItStandsOn) {
  const TemporaryDirectory place;
  const auto text = [&](const PinnedImages& pinned) {
    return in_child(place,
                    [&] {
                      say_dockerfile("out\n", pinned, KeepSpec{});
                      return 0;
                    })
        .err;
  };
  EXPECT_EQ(text({"app@sha256:1", ""}), "out\\x0a/Dockerfile: FROM app@sha256:1\n");
  EXPECT_EQ(text({"app@sha256:1", "debian@sha256:2"}), "out\\x0a/Dockerfile: FROM app@sha256:1 onto debian@sha256:2\n");
}

TEST(Verdict, LeavesStdoutToOneDocument) {
  EXPECT_TRUE(check_report("-", false));
  EXPECT_TRUE(check_report("report.md", true));
  EXPECT_TRUE(check_report("", true));
  const auto both = check_report("-", true);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().fault, Fault::kUsage);
}

TEST(Verdict, GoesToStdoutAndItsReportIntoAFile) {
  const TemporaryDirectory place;
  const auto told = [&](const std::string& report, bool json) {
    return in_child(place, [&] {
      winnow::Verdict verdict;
      verdict.outcome = Outcome::kPass;
      return tell_verdict(verdict, report, json) ? 0 : 1;
    });
  };
  const Ran text = told("", false);
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.out, AllOf(Not(IsEmpty()), Not(StartsWith("{"))));
  const Ran both = told("report.md", true);
  EXPECT_THAT(both.out, AllOf(StartsWith("{"), EndsWith("}\n")));
  EXPECT_EQ(std::ranges::count(both.out, '\n'), 1);
  const std::string report = read_file(place / "report.md").value_or("");
  EXPECT_THAT(report, AllOf(Not(IsEmpty()), Not(StartsWith("{"))));
  EXPECT_EQ(told("-", false).out, report);  // in place of the text
  EXPECT_EQ(told("gone/report.md", false).code, 1);
}

TEST(AcceptListings, IsAFlag) {
  CLI::App app;
  bool accept = false;
  add_accept_listings(app, accept);
  app.parse("");
  EXPECT_FALSE(accept);
  app.parse("--accept-listings");
  EXPECT_TRUE(accept);
}

}  // namespace
}  // namespace winnow::cli
