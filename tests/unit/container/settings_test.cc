// SPDX-License-Identifier: Apache-2.0
// What runs, with what around it: after the image, and after the command line.
#include "container/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "winnow/base/error.h"

namespace winnow::container {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

char* caller(const char* name) {
  static char value[] = "from the caller";
  return std::string_view(name) == "KNOWN" ? value : nullptr;
}

Result<Settings> settings(const RuntimeConfig& image, const ContainerOptions& options = {},
                          std::string_view config = "{}") {
  return settings_of(image, config, options, caller);
}

std::vector<std::string> args(const ContainerOptions& options) {
  const RuntimeConfig image{.entrypoint = {"entry", "-x"}, .cmd = {"cmd"}};
  const auto got = settings(image, options);
  EXPECT_TRUE(got);
  return got ? got->args : std::vector<std::string>();
}

TEST(Settings, CombineEntrypointCmdAndWordsAsDockerDoes) {
  EXPECT_THAT(args({}), ElementsAre("entry", "-x", "cmd"));
  EXPECT_THAT(args({.arguments = {"a", "b"}}), ElementsAre("entry", "-x", "a", "b"));
  EXPECT_THAT(args({.entrypoint = "/other"}), ElementsAre("/other"));
  EXPECT_THAT(args({.arguments = {"a"}, .entrypoint = "/other"}), ElementsAre("/other", "a"));
  EXPECT_THAT(args({.arguments = {"a"}, .entrypoint = ""}), ElementsAre("a"));
  EXPECT_FALSE(settings({}));
  EXPECT_FALSE(settings({.entrypoint = {"entry"}}, {.entrypoint = ""}));
}

TEST(Settings, GiveAPathAndLetTheCommandLineHaveTheLastWord) {
  const auto got =
      settings({.cmd = {"x"}, .env = {"A=image", "B=image"}}, {.env = {"B=own", "C=", "KNOWN", "UNKNOWN"}});
  ASSERT_TRUE(got);
  EXPECT_THAT(got->env, ElementsAre("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=image",
                                    "B=own", "C=", "KNOWN=from the caller"));
  const auto path = settings({.cmd = {"x"}, .env = {"PATH=/bin"}});
  ASSERT_TRUE(path);
  EXPECT_THAT(path->env, ElementsAre("PATH=/bin"));
}

TEST(Settings, TakeUserAndDirectoryFromTheImageUnlessTold) {
  const RuntimeConfig image{.cmd = {"x"}, .user = "app", .working_dir = "srv/../data"};
  EXPECT_EQ(settings(image)->user, "app");
  EXPECT_EQ(settings(image)->cwd, "/data");
  EXPECT_EQ(settings(image, {.user = "5", .working_dir = "/w"})->user, "5");
  EXPECT_EQ(settings(image, {.user = "5", .working_dir = "/w"})->cwd, "/w");
  EXPECT_EQ(settings({.cmd = {"x"}})->cwd, "/");
}

TEST(Settings, KnowStopSignalsByNameAndNumber) {
  EXPECT_EQ(signal_number("SIGQUIT"), SIGQUIT);
  EXPECT_EQ(signal_number("QUIT"), SIGQUIT);
  EXPECT_EQ(signal_number("9"), SIGKILL);
  EXPECT_EQ(signal_number("SIGRTMIN+3"), SIGRTMIN + 3);
  for (const char* const none : {"", "SIG", "NOTHING", "0", "-1", "4711", "9x", "RTMIN+99"})
    EXPECT_EQ(signal_number(none), 0) << none;
  EXPECT_EQ(settings({.cmd = {"x"}}, {}, R"({"config":{"StopSignal":"SIGQUIT"}})")->stop_signal, SIGQUIT);
  EXPECT_EQ(settings({.cmd = {"x"}}, {}, R"({"config":{"StopSignal":7.5}})")->stop_signal, SIGTERM);
  EXPECT_EQ(settings({.cmd = {"x"}}, {}, "not JSON")->stop_signal, SIGTERM);
}

TEST(Settings, AVolumeOfTheImageMakesWayForAMountOfTheCaller) {
  const RuntimeConfig image{.cmd = {"x"}, .volumes = {"/data", "/logs/", "/"}};
  const auto got = settings(image, {.volumes = {"/host:/data:ro", "/new"}, .tmpfs = {"/t:size=1m,mode=700"}});
  ASSERT_TRUE(got);
  EXPECT_THAT(got->anonymous, ElementsAre("/logs", "/new"));
  ASSERT_EQ(got->mounts.size(), 2U);
  EXPECT_EQ(got->mounts[0].source, "/host");
  EXPECT_THAT(got->mounts[0].options, Contains("ro"));
  EXPECT_EQ(got->mounts[1].type, "tmpfs");
  EXPECT_THAT(got->mounts[1].options, ElementsAre("noexec", "nosuid", "nodev", "size=1m", "mode=700"));
}

TEST(Settings, OptionsThatSayNothingAreMistakesOfUsage) {
  const RuntimeConfig image{.cmd = {"x"}};
  for (const char* const wrong :
       {"", "name:/data", "/host:data", "/host:/", "/host:/data:shared", "/a:/b:ro:more", "x"}) {
    const auto got = settings(image, {.volumes = {wrong}});
    ASSERT_FALSE(got) << wrong;
    EXPECT_EQ(got.error().fault, Fault::kUsage);
  }
  EXPECT_FALSE(settings(image, {.tmpfs = {"data"}}));
  EXPECT_TRUE(settings(image, {.volumes = {"/host:/data:rw"}, .tmpfs = {"/data2"}}));
}

TEST(ConfigJson, SaysWhatDockerWouldSay) {
  auto got = settings({.cmd = {"sh"}, .volumes = {"/v"}}, {.volumes = {"/host:/dev/shm"}});
  ASSERT_TRUE(got);
  const Surroundings here{.root = "/x/root",
                          .cgroup = "/winnow-1",
                          .hostname = "host",
                          .capabilities = {"CAP_CHOWN"},
                          .mounts = {{"/v/deeper", "bind", "/b", {}}, {"/v", "bind", "/a", {}}}};
  const auto root = json::parse(config_json(*got, {.uid = 0, .gid = 0, .groups = {0}}, here));
  EXPECT_EQ(root["root"]["path"], "/x/root");
  EXPECT_EQ(root["linux"]["cgroupsPath"], "/winnow-1");
  EXPECT_THAT(root["process"]["env"].get<std::vector<std::string>>(), Contains("HOSTNAME=host"));
  EXPECT_THAT(root["process"]["capabilities"]["effective"].get<std::vector<std::string>>(), ElementsAre("CAP_CHOWN"));
  EXPECT_FALSE(root["process"].contains("rlimits"));
  for (const auto& one : root["linux"]["namespaces"]) EXPECT_NE(one["type"], "network");
  std::vector<std::string> places;
  for (const auto& mount : root["mounts"]) places.push_back(mount["destination"]);
  EXPECT_EQ(std::ranges::count(places, "/dev/shm"), 1) << "the caller's takes the place of the standard one";
  EXPECT_LT(std::ranges::find(places, "/v"), std::ranges::find(places, "/v/deeper"));

  const auto other = json::parse(config_json(*got, {.uid = 5, .gid = 0, .groups = {0}}, here));
  EXPECT_THAT(other["process"]["capabilities"]["effective"].get<std::vector<std::string>>(), IsEmpty());
  EXPECT_THAT(other["process"]["capabilities"]["bounding"].get<std::vector<std::string>>(), ElementsAre("CAP_CHOWN"));
}

TEST(ConfigJson, GivesNoCapabilityThatTheCallerLacks) {
  EXPECT_THAT(default_capabilities("0000000000000001"), ElementsAre("CAP_CHOWN"));
  EXPECT_EQ(default_capabilities("000001ffffffffff").size(), 14U);
  EXPECT_THAT(default_capabilities("000001ffffffffff"), Not(Contains("CAP_SYS_ADMIN")));
  EXPECT_THAT(default_capabilities(""), IsEmpty());
}

}  // namespace
}  // namespace winnow::container
