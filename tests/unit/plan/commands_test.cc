// SPDX-License-Identifier: Apache-2.0
// What commands need that did not run while the workload was recorded: those of orchestrators, and health checks.
#include <gmock/gmock.h>

#include "support/planning.h"

namespace winnow {
namespace {

using test::keeps;
using test::plan_of;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A merged /usr, as Debian has it.
constexpr const char* kTools = R"(
  l /bin usr/bin
  l /usr/bin/sh dash
  f 0755 0:0 9 /usr/bin/dash interp=/lib64/ld.so.2 needed=libc.so.6
  l /lib64 usr/lib64
  f 0755 0:0 9 /usr/lib64/ld.so.2 elf
  f 0644 0:0 9 /usr/lib64/libc.so.6 elf
  f 0755 0:0 9 /usr/bin/sleep needed=libc.so.6
  f 0755 0:0 9 /usr/bin/timeout
  f 0755 0:0 9 /usr/bin/curl
  f 0755 0:0 9 /usr/bin/cat
  f 0755 0:0 9 /usr/bin/python3
  f 0755 0:0 9 /srv/probe shebang=/usr/bin/python3
  f 0644 0:0 9 /srv/health.py
  f 0644 0:0 9 /etc/probe.conf
  f 0644 0:0 9 /etc/other.conf)";

KeepSpec plan_running(std::vector<OutsideCommand> commands, const std::string& image = kTools,
                      PlanOptions options = {}) {
  options.commands = std::move(commands);
  options.reference = "docker-daemon:app";
  return plan_of(image, {{"/etc/other.conf"}}, options);
}

KeepSpec command(std::vector<std::string> words) {
  return plan_running({OutsideCommand{"--command", std::move(words), "/srv"}});
}

TEST(OrchestratorRule, KeepsTheShellAndWhatItsLineNamesWithLinksLoaderAndLibraries) {
  const auto spec = command({"sh", "-ec", "test -e /etc/probe.conf && exec sleep 5"});
  for (const char* path : {"/usr/bin/sh", "/usr/bin/dash", "/lib64", "/usr/lib64/ld.so.2", "/usr/lib64/libc.so.6",
                           "/usr/bin/sleep", "/etc/probe.conf"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_FALSE(keeps(spec, "/usr/bin/cat"));
  EXPECT_THAT(spec.warnings, IsEmpty());
}

TEST(OrchestratorRule, KeepsAScriptOfTheWorkingDirectoryWithItsInterpreter) {
  EXPECT_TRUE(keeps(command({"./probe"}), "/usr/bin/python3"));
  EXPECT_TRUE(keeps(command({"python3", "health.py"}), "/srv/health.py"));
  EXPECT_FALSE(keeps(command({"python3", "other.py"}), "/srv/health.py"));
}

TEST(OrchestratorRule, KeepsTheProgramThatAnotherRunsAndWordsThatArePaths) {
  const auto spec = command({"timeout", "5", "curl", "--config=/etc/probe.conf"});
  EXPECT_TRUE(keeps(spec, "/usr/bin/curl"));
  EXPECT_TRUE(keeps(spec, "/etc/probe.conf"));
  EXPECT_FALSE(keeps(command({"cat", "curl"}), "/usr/bin/curl"));
}

TEST(OrchestratorRule, SaysWhatTheImageDoesNotHave) {
  EXPECT_THAT(command({"grpc_health_probe"}).warnings,
              Contains("--command runs grpc_health_probe, which the image does not have"));
  EXPECT_THAT(command({"/bin/bash", "-c", "true"}).warnings,
              Contains("no shell is left: --command needs /bin/bash, which the image does not have"));
}

TEST(OrchestratorRule, SaysThatNoShellIsLeftForAProbeAHealthCheckOrAnEntrypoint) {
  PlanOptions options;
  options.drop = {"/usr/bin/dash"};
  EXPECT_THAT(plan_running({{"pod.yaml: preStop", {"sh", "-c", "sleep 5"}}}, kTools, options).warnings,
              Contains("no shell is left: pod.yaml: preStop needs sh, which is dropped"));
  const auto with_config = [&](const std::string& config) {
    return plan_running({}, "config {\"config\":" + config + "}\n" + kTools, options).warnings;
  };
  EXPECT_THAT(with_config(R"({"Healthcheck":{"Test":["CMD-SHELL","true"]}})"),
              Contains("no shell is left: Healthcheck needs /bin/sh, which is dropped"));
  EXPECT_THAT(with_config(R"({"Entrypoint":["/bin/sh","-c","sleep 9"]})"),
              Contains("no shell is left: Entrypoint needs /bin/sh, which is dropped"));
  EXPECT_THAT(with_config(R"({"Entrypoint":["/srv/probe"],"Cmd":["start"]})"), IsEmpty());
}

TEST(OrchestratorRule, KeepsWhatTheContainersOfThisImageRunAndNoOthers) {
  const OutsideCommand ours{"pod: app", {"sleep", "5"}, "", "docker.io/library/app"};
  const OutsideCommand theirs{"pod: side", {"cat"}, "", "side:1"};
  const auto spec = plan_running({ours, theirs});  // plan_of names the image docker-daemon:app
  EXPECT_TRUE(keeps(spec, "/usr/bin/sleep"));
  EXPECT_FALSE(keeps(spec, "/usr/bin/cat"));
  EXPECT_THAT(spec.warnings, IsEmpty());
}

TEST(OrchestratorRule, KeepsWhatAllContainersRunWhereNoneIsKnownAndSaysSo) {
  const auto spec = plan_running(
      {{"pod: app", {"sleep", "5"}, "", "registry:5000/team/app:1"}, {"pod: side", {"/bin/none"}, "", "side:1"}});
  EXPECT_TRUE(keeps(spec, "/usr/bin/sleep"));
  ASSERT_EQ(spec.warnings.size(), 1u);
  EXPECT_THAT(spec.warnings.front(), HasSubstr("no container of the manifest is named as docker-daemon:app"));
}

TEST(OrchestratorRule, TakesArgsForArgumentsOfTheEntrypoint) {
  OutsideCommand args{"pod: args", {"cat", "--file=/etc/probe.conf"}, "", "app", true};
  const auto spec = plan_running({args});
  EXPECT_TRUE(keeps(spec, "/usr/bin/cat"));
  EXPECT_TRUE(keeps(spec, "/etc/probe.conf"));
  args.words = {"serve"};
  EXPECT_THAT(plan_running({args}).warnings, IsEmpty());
}

// --keep through links of the image.

KeepSpec kept_by(const std::string& glob, const std::string& image = kTools) {
  return plan_of(image, {{"/etc/other.conf"}}, test::keeping(glob));
}

TEST(KeepGlobs, GoThroughLinksOfTheImageAndKeepThem) {
  const auto spec = kept_by("/bin/sh");
  for (const char* path : {"/bin", "/usr/bin/sh", "/usr/bin/dash"}) EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_THAT(spec.warnings, IsEmpty());
  EXPECT_TRUE(keeps(kept_by("/lib64/ld*"), "/usr/lib64/ld.so.2"));
  EXPECT_FALSE(keeps(kept_by("/lib64/ld*"), "/usr/lib64/libc.so.6"));
  EXPECT_TRUE(keeps(kept_by("/bin/*"), "/usr/bin/curl"));
  EXPECT_TRUE(keeps(kept_by("/b?n/c*"), "/usr/bin/curl"));
  EXPECT_TRUE(keeps(kept_by("/bin/**"), "/usr/bin/curl"));
}

TEST(KeepGlobs, GoThroughAbsoluteAndRelativeLinksBehindPatterns) {
  const std::string image = R"(
    f 0644 0:0 1 /etc/other.conf
    l /opt/a/current ../v2
    l /opt/b/current /opt/v1
    f 0644 0:0 1 /opt/v1/x
    f 0644 0:0 1 /opt/v2/x
    f 0644 0:0 1 /opt/v2/y
    l /opt/c/current nowhere)";
  const auto spec = kept_by("/opt/*/current/x", image);
  for (const char* path : {"/opt/a/current", "/opt/b/current", "/opt/v1/x", "/opt/v2/x"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_FALSE(keeps(spec, "/opt/v2/y"));
  EXPECT_FALSE(keeps(spec, "/opt/c/current"));
}

TEST(KeepGlobs, AKeptLinkItselfAndLettersThatLookLikePatternsStillMatch) {
  const auto link = kept_by("/bin");
  EXPECT_TRUE(keeps(link, "/bin"));
  EXPECT_TRUE(keeps(link, "/usr/bin"));
  EXPECT_FALSE(keeps(link, "/usr/bin/cat"));
  const std::string pages = "f 0644 0:0 1 /etc/other.conf\nf 0644 0:0 1 /p/[id].js\nf 0644 0:0 1 /p/i.js";
  EXPECT_TRUE(keeps(kept_by("/p/[id].js", pages), "/p/[id].js"));
  EXPECT_TRUE(keeps(kept_by("/p/\\[id\\].js", pages), "/p/[id].js"));
  EXPECT_THAT(kept_by("/nowhere/sh").warnings, Contains(HasSubstr("matches nothing in the image")));
}

TEST(KeepGlobs, LinksThatLeadInCirclesCostLittle) {
  std::string image = "f 0644 0:0 1 /etc/other.conf\nl /loop loop\nl /l/self /l\nf 0644 0:0 1 /l/x";
  for (int i = 0; i < 20; ++i) image += "\nl /l/l" + std::to_string(i) + " .";
  std::string glob = "/l";
  for (int i = 0; i < 60; ++i) glob += "/*";
  const auto spec = kept_by(glob, image);
  EXPECT_TRUE(keeps(spec, "/l/x"));
  EXPECT_THAT(spec.warnings, IsEmpty());  // the allowance for hostile images is not used up
  EXPECT_FALSE(keeps(kept_by("/loop/x", image), "/loop"));
}

}  // namespace
}  // namespace winnow
