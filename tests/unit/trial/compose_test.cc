// SPDX-License-Identifier: Apache-2.0
// A compose project is started through whichever client is there, with the wanted image, and taken down afterwards.
#include "trial/compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engines.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/trial/home.h"

namespace winnow {
namespace {

using test::connect_to;
using test::container_json;
using test::plain;
using test::pong;
using test::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string service_json(const std::string& id, char image, const std::string& service, const std::string& name) {
  return container_json(id, image, R"("Running":false)",
                        R"("Image":")" + name + R"(","Labels":{"com.docker.compose.service":")" + service + "\"}");
}

class ComposeTest : public ::testing::Test {
 protected:
  ComposeTest() : state_("WINNOW_STATE", directory / "state"), path_("PATH", directory.path()) {
    directory.write("compose.yaml", "services:\n  web: {image: app}\n");
    bed.kind = TestBed::Kind::kCompose;
    bed.compose_files = {directory / "compose.yaml"};
    bed.compose_services = {"web"};
  }
  // What the client was asked for, without what is always there: the project and its files.
  [[nodiscard]] std::vector<std::string> calls(const Home& home) const {
    const std::string all = read_file(directory / "calls").value_or("");
    std::vector<std::string> lines;
    for (std::size_t at = 0, end = 0; (end = all.find('\n', at)) != std::string::npos; at = end + 1) {
      std::string line = all.substr(at, end - at);
      const std::string always = " -p " + home.project() + " -f " + directory / "compose.yaml";
      if (const auto found = line.find(always); found != std::string::npos) line.replace(found, always.size(), " ...");
      lines.push_back(std::move(line));
    }
    return lines;
  }

  winnow::test::TemporaryDirectory directory;
  TestBed bed;

 private:
  test::Variable state_, path_;
};

// A project of the services "web" and "worker" of one image, under two names, and "db" of another. A list of containers
// by two labels, project and service, has ONE; that by the project alone has all of them, and one that is gone since.
class Project {
 public:
  explicit Project(const std::string& one = R"([{"Id":"c1"}])") : home_(Home::make()) {
    EXPECT_TRUE(home_);
    const std::string list =
        "GET /v1.41/containers/json?all=1&filters=%7B%22label%22:%5B%22com.docker.compose.project%3D" +
        home_->project() + "%22";
    server_.emplace(std::map<std::string, test::Answer>{
        {"GET /_ping", pong()},
        {list + "%2C", plain(one)},
        {list + "%5D", plain(R"([{"Id":"c3"},{"Id":"c1"},{"Id":"vanished"},{"Id":"c2"}])")},
        {"GET /v1.41/containers/c1/json", plain(service_json("c1", 'a', "web", "app:1"))},
        {"GET /v1.41/containers/c2/json", plain(service_json("c2", 'a', "worker", "app:latest"))},
        {"GET /v1.41/containers/c3/json", plain(service_json("c3", 'b', "db", "postgres"))}});
    auto engine = connect_to(*server_);
    EXPECT_TRUE(engine);
    if (engine) engine_ = *std::move(engine);
  }
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  [[nodiscard]] const Home& home() const { return *home_; }

 private:
  Result<Home> home_;
  std::optional<ScriptedServer> server_;
  std::optional<Engine> engine_;
};

TEST_F(ComposeTest, WithoutAClientTheErrorNamesBoth) {
  const Project project;
  const auto opened = ComposeProject::open(project.engine(), project.home(), bed, "app-slim");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().what, "neither `docker compose` nor docker-compose is here");
  EXPECT_THAT(opened.error().hint, HasSubstr("install"));
}

TEST_F(ComposeTest, PrefersThePluginAndFallsBackToTheProgram) {
  test::add_program(directory, "docker-compose", "exit 0");
  test::add_program(directory, "docker", "exit 1");  // it has no such command
  const Project project;
  {
    const auto opened = ComposeProject::open(project.engine(), project.home(), bed, "");
    ASSERT_TRUE(opened) << opened.error().what;
  }
  EXPECT_THAT(calls(project.home()), ElementsAre("docker compose version", "docker-compose version",
                                                 "docker-compose ... down -v --remove-orphans"));
  directory.write("calls", "");
  test::add_program(directory, "docker", "exit 0");
  {
    const auto opened = ComposeProject::open(project.engine(), project.home(), bed, "");
    ASSERT_TRUE(opened) << opened.error().what;
  }
  EXPECT_THAT(calls(project.home()),
              ElementsAre("docker compose version", "docker compose ... down -v --remove-orphans"));
}

TEST_F(ComposeTest, ReachesTheSameEngine) {
  test::add_program(directory, "docker", "echo \"$DOCKER_HOST\" >" + directory / "host");
  const Project project;
  ASSERT_TRUE(ComposeProject::open(project.engine(), project.home(), bed, ""));
  EXPECT_EQ(read_file(directory / "host").value_or(""), project.engine().info().endpoint + "\n");
}

TEST_F(ComposeTest, GivesEachChosenServiceTheImage) {
  test::add_program(directory, "docker", "exit 0");
  directory.write("compose.yaml", "# version: '1'\nversion: \"3.8\"\nservices: {}\n");
  bed.compose_services = {"web", "worker"};
  const Project project;
  const auto opened = ComposeProject::open(project.engine(), project.home(), bed, "app-slim:1");
  ASSERT_TRUE(opened) << opened.error().what;
  const auto override = nlohmann::json::parse(read_file(project.home().at("compose.json")).value_or("null"));
  EXPECT_EQ(override, nlohmann::json::parse(R"({"version":"3.8","services":{"web":{"image":"app-slim:1"},
                                                "worker":{"image":"app-slim:1"}}})"));
}

TEST_F(ComposeTest, ReadsTheVersionInEachFormThatYamlHas) {
  test::add_program(directory, "docker", "exit 0");
  const std::vector<std::pair<std::string, std::string>> cases = {{"version: '3.8'", "3.8"},
                                                                  {"'version' :\t\"2\"", "2"},
                                                                  {"services: {}\n\"version\":3 # old", "3"},
                                                                  {" version: '1'", ""},
                                                                  {"versions: '1'", ""},
                                                                  {"version = 1", ""},
                                                                  {"version: latest", ""},
                                                                  {"version:", ""},
                                                                  {"version", ""},
                                                                  {"version: 123456789", "12345678"}};
  for (const auto& [text, version] : cases) {
    directory.write("compose.yaml", text);
    const Project project;
    ASSERT_TRUE(ComposeProject::open(project.engine(), project.home(), bed, "app-slim:1")) << text;
    const auto override = nlohmann::json::parse(read_file(project.home().at("compose.json")).value_or("null"));
    EXPECT_EQ(override.value("version", ""), version) << text;
  }
}

TEST_F(ComposeTest, StatesNoVersionWhereTheProjectDoesNot) {
  test::add_program(directory, "docker", "exit 0");
  directory.write("compose.yaml", "services:\n  web:\n    environment: {conversion: '3.8'}\n");
  const Project project;
  ASSERT_TRUE(ComposeProject::open(project.engine(), project.home(), bed, "app-slim"));
  const auto override = nlohmann::json::parse(read_file(project.home().at("compose.json")).value_or("null"));
  EXPECT_EQ(override, nlohmann::json::parse(R"({"services":{"web":{"image":"app-slim"}}})"));
}

TEST_F(ComposeTest, LetsTheEngineKeepTheOutputThatIsCompared) {
  test::add_program(directory, "docker", "exit 0");
  bed.keep_output = true;
  const Project project;
  ASSERT_TRUE(ComposeProject::open(project.engine(), project.home(), bed, "app-slim"));
  const auto override = nlohmann::json::parse(read_file(project.home().at("compose.json")).value_or("null"));
  const auto& logging = override.at("services").at("web").at("logging");
  EXPECT_EQ(logging.at("driver"), "local");
  EXPECT_EQ(logging.at("options").at("mode"), "blocking");
}

TEST_F(ComposeTest, OfAFileThatIsNotThereIsAnError) {
  test::add_program(directory, "docker", "exit 0");
  bed.compose_files = {directory / "gone.yaml"};
  const Project project;
  const auto opened = ComposeProject::open(project.engine(), project.home(), bed, "app-slim");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, HasSubstr("gone.yaml"));
}

TEST_F(ComposeTest, GivesTheContainerOfTheTestedService) {
  test::add_program(directory, "docker", "exit 0");
  const Project project;
  {
    auto opened = ComposeProject::open(project.engine(), project.home(), bed, "app-slim");
    ASSERT_TRUE(opened) << opened.error().what;
    const auto id = opened->up("-d");
    ASSERT_TRUE(id) << id.error().what;
    EXPECT_EQ(*id, "c1");
  }
  const std::string files = "... -f " + project.home().at("compose.json");
  EXPECT_THAT(calls(project.home()), ElementsAre("docker compose version", "docker compose " + files + " up -d",
                                                 "docker compose " + files + " down -v --remove-orphans"));
}

TEST_F(ComposeTest, WithoutThatServiceTheErrorSaysSo) {
  test::add_program(directory, "docker", "exit 0");
  bed.compose_services = {"web\x1b"};
  const Project project("[]");
  auto opened = ComposeProject::open(project.engine(), project.home(), bed, "");
  ASSERT_TRUE(opened) << opened.error().what;
  const auto id = opened->up("-d");
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().what, "the project has no service web\\x1b");
  EXPECT_EQ(id.error().advice, Advice::kUnknownService);
}

TEST_F(ComposeTest, ThatFailsIsToldInItsOwnWordsAndTakenDown) {
  test::add_program(directory, "docker", R"(case "$*" in *up*) echo 'pull access denied' >&2; exit 18 ;; esac)");
  const Project project;
  {
    auto opened = ComposeProject::open(project.engine(), project.home(), bed, "");
    ASSERT_TRUE(opened) << opened.error().what;
    const auto id = opened->up("-d");
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().what, "compose ended with status 18:\n  pull access denied");
  }
  EXPECT_THAT(calls(project.home()).back(), EndsWith(" down -v --remove-orphans"));
}

TEST_F(ComposeTest, IsTakenDownOnceHoweverOftenItIsMoved) {
  test::add_program(directory, "docker", "exit 0");
  const Project project;
  {
    auto opened = ComposeProject::open(project.engine(), project.home(), bed, "");
    ASSERT_TRUE(opened) << opened.error().what;
    const ComposeProject moved = std::move(*opened);
    const ComposeProject again = ComposeProject::open(project.engine(), project.home(), bed, "").value();
  }
  const auto all = calls(project.home());
  EXPECT_EQ(std::ranges::count_if(all, [](const std::string& one) { return one.contains(" down "); }), 2);
}

TEST_F(ComposeTest, KnowsAllServicesOfTheTestedImageWhateverItIsCalledThere) {
  test::add_program(directory, "docker", "exit 0");
  const Project project;
  const auto image = compose_image(project.engine(), project.home(), bed);
  ASSERT_TRUE(image) << image.error().what;
  EXPECT_EQ(image->image, "app:1");
  EXPECT_THAT(image->services, ElementsAre("web", "worker"));
  EXPECT_THAT(calls(project.home()),
              ElementsAre("docker compose version", "docker compose ... up --no-start", StartsWith("docker compose ")));
}

TEST_F(ComposeTest, WhoseContainerVanishesHasNoImage) {
  test::add_program(directory, "docker", "exit 0");
  const Project project(R"([{"Id":"vanished"}])");
  const auto image = compose_image(project.engine(), project.home(), bed);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().what, "the service's container vanished");
}

}  // namespace
}  // namespace winnow
