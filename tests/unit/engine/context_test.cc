// SPDX-License-Identifier: Apache-2.0
// Which engine docker's own client would ask, from configurations that people have and from ones that nobody should.
#include "engine/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// A directory as docker's client keeps it.
class DockerConfig : public testing::Test {
 protected:
  DockerConfig() {
    std::string name = testing::TempDir() + "context-XXXXXX";
    settings.directory = mkdtemp(name.data());
  }
  ~DockerConfig() override { fs::remove_all(settings.directory); }

  void write(const std::string& file, const std::string& text) const {
    const std::string path = settings.directory + "/" + file;
    fs::create_directories(fs::path(path).parent_path());
    ASSERT_TRUE(write_file_atomically(path, text));
  }
  [[nodiscard]] std::string meta(const std::string& name) const {
    return "contexts/meta/" + Digest::of(name).hex() + "/meta.json";
  }
  void add(const std::string& name, const std::string& host, const std::string& more = "") const {
    write(meta(name),
          R"({"Name":")" + name + R"(","Metadata":{},"Endpoints":{"docker":{"Host":")" + host + "\"" + more + "}}}");
  }
  void use(const std::string& name) const { write("config.json", R"({"auths":{},"currentContext":")" + name + "\"}"); }

  // "ENDPOINT by WHO", "nobody", or the error.
  [[nodiscard]] std::string chosen() const {
    const auto choice = chosen_engine(settings);
    if (!choice) return choice.error().what;
    return *choice ? (*choice)->endpoint.str() + " by " + (*choice)->by : "nobody";
  }

  ClientSettings settings;
};

TEST_F(DockerConfig, WithoutAnythingNobodyHasChosen) {
  EXPECT_EQ(chosen(), "nobody");
  write("config.json", R"({"auths":{"registry":{"auth":"c2VjcmV0"}}})");
  EXPECT_EQ(chosen(), "nobody");
  settings.directory = "/nonexistent";
  EXPECT_EQ(chosen(), "nobody");
  settings.directory = "";
  EXPECT_EQ(chosen(), "nobody");
}

TEST_F(DockerConfig, HostComesBeforeContextBeforeCurrentContext) {
  add("edge", "unix:///run/edge.sock");
  add("other", "unix:///run/other.sock");
  use("edge");
  EXPECT_EQ(chosen(), "unix:///run/edge.sock by docker context edge");
  settings.context = "other";
  EXPECT_EQ(chosen(), "unix:///run/other.sock by docker context other");
  settings.host = "unix:///run/host.sock";
  EXPECT_EQ(chosen(), "unix:///run/host.sock by $DOCKER_HOST");
}

TEST_F(DockerConfig, DefaultIsWhateverListensAtTheUsualPlaces) {
  add("edge", "unix:///run/edge.sock");
  use("edge");
  settings.context = "default";
  EXPECT_EQ(chosen(), "nobody");
  settings.context = "";
  use("default");
  EXPECT_EQ(chosen(), "nobody");
}

TEST_F(DockerConfig, ContextThatIsNotThereIsAnErrorAndNotAnotherEngine) {
  use("gone");
  EXPECT_THAT(chosen(), HasSubstr("docker context gone is not in " + settings.directory));
  EXPECT_EQ(chosen_engine(settings).error().fault, Fault::kUsage);
  settings.directory = "";
  settings.context = "gone";
  EXPECT_THAT(chosen(), HasSubstr("neither DOCKER_CONFIG nor HOME"));
}

TEST_F(DockerConfig, EngineThatCannotBeSpokenToIsAnErrorAndNotAnotherEngine) {
  add("far", "ssh://user@host");
  use("far");
  EXPECT_THAT(chosen(), HasSubstr("docker context far: ssh://user@host: only unix:// and tcp://"));
  add("far", "tcp://10.0.0.1:2376", R"(,"SkipTLSVerify":true)");
  EXPECT_THAT(chosen(), HasSubstr("tcp://10.0.0.1:2376 wants TLS"));
  add("far", "tcp://10.0.0.1:2375");
  EXPECT_EQ(chosen(), "tcp://10.0.0.1:2375 by docker context far");
  write("contexts/tls/" + Digest::of("far").hex() + "/docker/ca.pem", "");
  EXPECT_THAT(chosen(), HasSubstr("wants TLS"));
}

TEST_F(DockerConfig, HostileFilesAreRefusedWithoutRepeatingThem) {
  for (const std::string& text : {std::string("secret"), std::string("[\"secret\"]"), std::string(2 << 20, ' '),
                                  std::string(500'000, '['), std::string("\0secret", 7)}) {
    write("config.json", text);
    EXPECT_THAT(chosen(), HasSubstr("config.json"));
    EXPECT_THAT(chosen(), Not(HasSubstr("secret")));
  }
  use("../../edge");  // a name is no path
  EXPECT_THAT(chosen(), HasSubstr("is not in"));
  use("edge");
  for (const std::string& text :
       {std::string("secret"), std::string(1 << 20, ' '), std::string(R"({"Name":"edge"})"),
        std::string(R"({"Name":"other","Endpoints":{"docker":{"Host":"unix:///run/other.sock"}}})")}) {
    write(meta("edge"), text);
    EXPECT_THAT(chosen(), HasSubstr("docker context edge: "));
    EXPECT_THAT(chosen(), Not(HasSubstr("secret")));
  }
  use("a\\u001b[31m");
  EXPECT_THAT(chosen(), Not(HasSubstr("\x1b")));
}

TEST_F(DockerConfig, FifoDoesNotHang) {
  ASSERT_EQ(mkfifo((settings.directory + "/config.json").c_str(), 0600), 0);
  EXPECT_THAT(chosen(), HasSubstr("not a regular file"));
}

TEST_F(DockerConfig, OfAnotherUserIsBelievedOnlyWhereThatUserOrRootOwnsIt) {
  add("edge", "unix:///run/edge.sock");
  use("edge");
  settings.user = 12345;
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  EXPECT_EQ(chosen(), "unix:///run/edge.sock by docker context edge");
  const std::string config = settings.directory + "/config.json";
  ASSERT_EQ(chown(config.c_str(), 12345, 12345), 0);
  EXPECT_EQ(chosen(), "unix:///run/edge.sock by docker context edge");
  ASSERT_EQ(chmod(config.c_str(), 0666), 0);
  EXPECT_THAT(chosen(), HasSubstr("everybody may write it"));
  ASSERT_EQ(chmod(config.c_str(), 0600), 0);
  ASSERT_EQ(chown((settings.directory + "/" + meta("edge")).c_str(), 54321, 54321), 0);
  EXPECT_THAT(chosen(), HasSubstr("belongs to somebody else"));
}

TEST(ClientSettings, AreOfTheUserWhoCalledSudoUnlessTheConfigurationIsNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root is called by sudo";
  setenv("HOME", "/root", 1);
  unsetenv("DOCKER_CONFIG");
  EXPECT_EQ(client_settings().directory, "/root/.docker");
  EXPECT_FALSE(client_settings().user);
  setenv("SUDO_UID", "1", 1);  // daemon, whose home is /usr/sbin on Debian
  EXPECT_THAT(client_settings().directory, Not(HasSubstr("/root")));
  EXPECT_EQ(client_settings().user, uid_t{1});
  for (const char* nonsense : {"0", "-1", "1x", "", "99999999999999"}) {
    setenv("SUDO_UID", nonsense, 1);
    EXPECT_EQ(client_settings().directory, "/root/.docker") << nonsense;
  }
  setenv("SUDO_UID", "1", 1);
  setenv("DOCKER_CONFIG", "/etc/docker-client", 1);
  EXPECT_EQ(client_settings().directory, "/etc/docker-client");
  EXPECT_FALSE(client_settings().user);
  unsetenv("DOCKER_CONFIG");
  unsetenv("SUDO_UID");
}

TEST(CurrentContext, IsEmptyWhereTheConfigurationNamesNone) {
  EXPECT_EQ(parse_current_context(R"({"currentContext":"edge"})").value_or("error"), "edge");
  for (const char* none : {"{}", R"({"currentContext":""})", R"({"currentContext":null})", R"({"currentContext":7})"})
    EXPECT_EQ(parse_current_context(none).value_or("error"), "") << none;
  for (const char* broken : {"", "[]", "null", "\"edge\"", R"({"currentContext":"edge")"})
    EXPECT_FALSE(parse_current_context(broken)) << broken;
}

TEST(Context, SaysWhereItsEngineListens) {
  const auto host = parse_context(
      R"({"Name":"edge","Endpoints":{"docker":{"Host":"tcp://10.0.0.1:2376","SkipTLSVerify":true}}})", "edge");
  ASSERT_TRUE(host) << host.error().what;
  EXPECT_EQ(host->address, "tcp://10.0.0.1:2376");
  EXPECT_TRUE(host->skip_tls_verify);
}

TEST(Context, WithoutAnAddressIsWhereDockerListensAnyway) {
  const auto host = parse_context(R"({"Name":"edge","Endpoints":{"docker":{}}})", "edge");
  ASSERT_TRUE(host) << host.error().what;
  EXPECT_EQ(host->address, "");
  EXPECT_FALSE(host->skip_tls_verify);
}

TEST(Context, OfAnotherNameOrWithoutAnEngineIsRefused) {
  const char* const edge = R"({"Name":"edge","Endpoints":{"docker":{"Host":"unix:///run/edge.sock"}}})";
  EXPECT_TRUE(parse_context(edge, "edge"));
  EXPECT_THAT(parse_context(edge, "Edge").error().what, HasSubstr("another context"));
  EXPECT_THAT(parse_context(edge, "").error().what, HasSubstr("another context"));
  EXPECT_THAT(parse_context(R"({"Name":"edge","Endpoints":{"kubernetes":{}}})", "edge").error().what,
              HasSubstr("no engine"));
  EXPECT_THAT(parse_context("edge", "edge").error().what, HasSubstr("not a JSON object"));
}

}  // namespace
}  // namespace winnow::engine
