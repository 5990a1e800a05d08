// SPDX-License-Identifier: Apache-2.0
// A test gets a container of the wanted image and no other, an environment that names it, and a report.
#include "winnow/trial/test_bed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engines.h"
#include "trial/child.h"
#include "trial/log_keeping.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/trial/home.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using test::connect_to;
using test::container_json;
using test::id_of;
using test::plain;
using test::pong;
using test::ScriptedServer;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// An engine that has the image "app", the container "c1" in STATE of image MADE_FROM, and what that wrote.
std::map<std::string, test::Answer> engine_with_app(const std::string& state = R"("Running":true)",
                                                    char made_from = 'a') {
  return {{"GET /_ping", pong()},
          {"GET /v1.41/images/app/json", plain(R"({"Id":")" + id_of('a') + "\"}")},
          {"GET /v1.41/containers/json?all=1&filters=", plain(R"([{"Id":"c1"}])")},
          {"GET /v1.41/containers/c1/json", plain(container_json("c1", made_from, state))},
          {"GET /v1.41/containers/c1/logs", plain(std::string("\1\0\0\0\0\0\0\4out\n\2\0\0\0\0\0\0\4err\n", 24))},
          {"POST /v1.41/containers/c1/stop", plain("")},
          {"DELETE /v1.41/containers/c1", plain("")}};
}

class TestBedTest : public ::testing::Test {
 protected:
  TestBedTest()
      : state_("WINNOW_STATE", directory / "state"),
        path_("PATH", directory.path() + ":/usr/local/bin:/usr/bin:/bin"),
        home(Home::make()) {
    test::add_program(directory, "docker", "exit 0");
  }
  void SetUp() override { ASSERT_TRUE(home); }

  Result<int> run(const ScriptedServer& server, const std::string& test) {
    TRY(const auto engine, connect_to(server));
    return run_test(engine, *home, bed, "app", test, {}, report);
  }
  [[nodiscard]] std::string label() const { return "--label " + home->label(); }

  winnow::test::TemporaryDirectory directory;

 private:
  test::Variable state_, path_;

 protected:
  Result<Home> home;
  TestBed bed;
  TestReport report;
};

TEST_F(TestBedTest, RunsATestThatStartsItsContainersItself) {
  bed.kind = TestBed::Kind::kSelfStarted;
  const ScriptedServer server(engine_with_app());
  const auto status =
      run(server, "echo \"$WINNOW_IMAGE $DOCKER_HOST${WINNOW_CONTAINER+ c}\" >" + directory / "said" + "; exit 9");
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(*status, 9);
  EXPECT_EQ(read_file(directory / "said").value_or(""), "app " + server.host() + "\n");
  EXPECT_EQ(read_file(directory / "calls").value_or(""), "");  // nothing was started for it
  EXPECT_EQ(report.start_failure, "");
  EXPECT_FALSE(report.timed_out);
  EXPECT_FALSE(report.printed);
}

TEST_F(TestBedTest, KeepsWhatATestPrintsIfThatIsCompared) {
  bed.kind = TestBed::Kind::kSelfStarted;
  bed.keep_output = true;
  const ScriptedServer server(engine_with_app());
  EXPECT_EQ(run(server, "echo to stdout; echo to stderr >&2"), 0);
  ASSERT_TRUE(report.printed);
  EXPECT_EQ(report.printed->out, "to stdout\n");
  EXPECT_EQ(report.printed->err, "to stderr\n");
}

TEST_F(TestBedTest, EndsATestThatTakesTooLong) {
  bed.kind = TestBed::Kind::kSelfStarted;
  bed.test_timeout = 50ms;
  const ScriptedServer server(engine_with_app());
  EXPECT_EQ(run(server, "exec sleep 60"), 128 + 15);
  EXPECT_TRUE(report.timed_out);
  bed.test_timeout = 60s;
  EXPECT_EQ(run(server, "exit 143"), 143);  // the status alone does not say so
  EXPECT_FALSE(report.timed_out);
}

TEST_F(TestBedTest, StartsAContainerThatIsFoundByItsLabelAndPullsNothing) {
  bed.run_options = {"-p", "8080:80", "--rm", "--label", "x=y"};
  bed.arguments = {"--rm", "serve"};
  const ScriptedServer server(engine_with_app());
  const auto status = run(server, "test \"$WINNOW_CONTAINER\" = c1");
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(*status, 0);
  EXPECT_TRUE(report.ready_after);
  // Without the --rm that is an option, with the one that is the container's.
  EXPECT_EQ(read_file(directory / "calls").value_or(""),
            "docker run -d --pull never " + label() + " -p 8080:80 --label x=y " + label() + " app --rm serve\n");
}

TEST_F(TestBedTest, StopsAndRemovesTheContainerWhateverTheTestSays) {
  for (const char* test : {"exit 0", "exit 1"}) {
    const ScriptedServer server(engine_with_app());
    ASSERT_TRUE(run(server, test));
    const auto requests = server.requests();
    ASSERT_GE(requests.size(), 2U);
    EXPECT_THAT(requests[requests.size() - 2], StartsWith("POST /v1.41/containers/c1/stop"));
    EXPECT_THAT(requests.back(), StartsWith("DELETE /v1.41/containers/c1?v=1&force=1"));
  }
}

TEST_F(TestBedTest, RefusesAContainerOfAnotherImage) {
  const ScriptedServer server(engine_with_app(R"("Running":true)", 'b'));
  const auto status = run(server, "true");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().what, HasSubstr("starting a container of app"));
  EXPECT_THAT(status.error().what,
              HasSubstr("it made a container of another image: a word after -- was taken for one"));
  EXPECT_THAT(status.error().hint, HasSubstr("options of `docker run`"));
  EXPECT_THAT(server.requests().back(), StartsWith("DELETE /v1.41/containers/c1"));
  EXPECT_THAT(report.start_failure, HasSubstr("another image"));
}

TEST_F(TestBedTest, RepeatsWhyTheContainerCouldNotBeStarted) {
  test::add_program(directory, "docker", "echo 'port is already allocated' >&2; exit 125");
  const ScriptedServer server(engine_with_app());
  const auto status = run(server, "true");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().what, HasSubstr("docker run ended with status 125:\n  port is already allocated"));
  // What it left is removed.
  EXPECT_THAT(server.requests(), Contains(StartsWith("DELETE /v1.41/containers/c1")));
  EXPECT_THAT(report.start_failure, HasSubstr("port is already allocated"));
}

TEST_F(TestBedTest, ReportsAContainerThatIsNotReady) {
  const ScriptedServer server(engine_with_app(R"("Running":false,"ExitCode":3)"));
  const auto status = run(server, "touch " + directory / "tested");
  ASSERT_FALSE(status);
  EXPECT_THAT(report.start_failure, HasSubstr("the container ended with status 3"));
  EXPECT_FALSE(std::filesystem::exists(directory / "tested"));
  EXPECT_THAT(server.requests().back(), StartsWith("DELETE /v1.41/containers/c1"));
}

TEST_F(TestBedTest, WithoutATestTheContainersOwnEndIsOne) {
  const ScriptedServer server(engine_with_app(R"("Running":false,"ExitCode":3)"));
  const auto status = run(server, "");
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(*status, 3);
  EXPECT_FALSE(report.timed_out);
  EXPECT_FALSE(report.printed);
}

TEST_F(TestBedTest, AContainerThatDoesNotEndInTimeHasTheStatusOfOneThatWasAsked) {
  bed.test_timeout = 0ms;
  const ScriptedServer server(engine_with_app());
  const auto status = run(server, "");
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(*status, 128 + 15);
  EXPECT_TRUE(report.timed_out);
}

TEST_F(TestBedTest, KeepsTheOutputOfAContainerByteByByteWhateverLogIsAskedFor) {
  bed.keep_output = true;
  bed.run_options = {"--log-driver", "none", "--log-opt=max-size=1k", "--log-opt", "tag=x", "-e", "A=b"};
  const ScriptedServer server(engine_with_app(R"("Running":false,"ExitCode":0)"));
  EXPECT_EQ(run(server, ""), 0);
  ASSERT_TRUE(report.printed);
  EXPECT_EQ(report.printed->out, "out\n");
  EXPECT_EQ(report.printed->err, "err\n");
  const std::string calls = read_file(directory / "calls").value_or("");
  EXPECT_THAT(calls, HasSubstr(label() + " -e A=b --log-driver=local --log-opt="));
  EXPECT_THAT(calls, Not(HasSubstr("none")));
  EXPECT_THAT(calls, Not(HasSubstr("1k")));
  EXPECT_THAT(calls, Not(HasSubstr("tag=x")));
}

TEST_F(TestBedTest, LeavesTheLogOfAContainerAloneIfOnlyItsTestIsCompared) {
  bed.keep_output = true;
  bed.run_options = {"--log-driver", "none"};
  const ScriptedServer server(engine_with_app());
  EXPECT_EQ(run(server, "echo tested"), 0);
  EXPECT_EQ(report.printed->out, "tested\n");
  EXPECT_THAT(read_file(directory / "calls").value_or(""), HasSubstr("--log-driver none"));
  EXPECT_THAT(read_file(directory / "calls").value_or(""), Not(HasSubstr("local")));
}

TEST(LogKeeping, IsThatOfTheEngine) {
  EXPECT_EQ(log_keeping({.name = "docker"}).driver, "local");
  EXPECT_EQ(log_keeping({.name = "docker"}).options.at("compress"), "true");
  EXPECT_EQ(log_keeping({.name = "podman"}).driver, "k8s-file");
  EXPECT_FALSE(log_keeping({.name = "podman"}).options.contains("mode"));
}

TEST(ShownLines, ArePrintableEachOnALineOfItsOwn) {
  EXPECT_EQ(shown_lines(""), "");
  EXPECT_EQ(shown_lines("\n\n"), "");
  EXPECT_EQ(shown_lines("one\n\ntwo"), "\n  one\n  two");
  EXPECT_EQ(shown_lines("a\x1b[2Jb\n"), "\n  a\\x1b[2Jb");
}

}  // namespace
}  // namespace winnow
