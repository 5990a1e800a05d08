// SPDX-License-Identifier: Apache-2.0
// `docker compose` (v2) or `docker-compose` (v1), whichever is there; an override file gives a service another image.
#include "trial/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "trial/child.h"
#include "trial/log_keeping.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

// What compose, of either version, gives its containers.
constexpr auto kServiceLabel = "com.docker.compose.service";
std::string project_label(const Home& home) { return "com.docker.compose.project=" + home.project(); }

constexpr std::size_t kMaxComposeFile = std::size_t{16} << 20;

Result<std::vector<std::string>> compose_client(const Engine& engine) {
  for (const std::vector<std::string>& client :
       {std::vector<std::string>{engine.info().name, "compose"}, std::vector<std::string>{"docker-compose"}}) {
    auto words = client;
    words.emplace_back("version");
    std::string errors;
    const auto status =
        run_command(words, engine.client_environment(), {}, {.output = Output::kDiscarded, .errors = &errors});
    if (status && *status == 0) return client;
  }
  return fail(fmt::format("neither `{} compose` nor docker-compose is here", engine.info().name),
              "install the compose plugin of your engine, or `apt install docker-compose`");
}

// Removes what LINE begins with, if it is of ANY, at most MOST characters, and returns it.
std::string_view take(std::string_view& line, std::string_view any, std::size_t most = std::string_view::npos) {
  const auto taken = line.substr(0, std::min({most, line.find_first_not_of(any), line.size()}));
  line.remove_prefix(taken.size());
  return taken;
}

// "3.8" of version: '3.8'. Empty: LINE is something else.
std::string_view version_in(std::string_view line) {
  constexpr std::string_view kName = "version", kQuotes = "\"'", kBlanks = " \t";
  take(line, kQuotes, 1);
  if (!line.starts_with(kName)) return "";
  line.remove_prefix(kName.size());
  take(line, kQuotes, 1);
  take(line, kBlanks);
  if (take(line, ":", 1).empty()) return "";
  take(line, kBlanks);
  take(line, kQuotes, 1);
  return take(line, "0123456789.", 8);
}

// The "version" that FILE states: version 1 of the client wants the same in every file. Empty: none.
Result<std::string> version_of(const std::string& file) {
  TRY(const auto text, read_regular_file(file, kMaxComposeFile));
  for (const std::string_view line : lines(text))
    if (const auto version = version_in(line); !version.empty()) return std::string(version);
  return "";
}

}  // namespace

Result<ComposeProject> ComposeProject::open(const Engine& engine, const Home& home, const TestBed& bed,
                                            const std::string& image) {
  TRY(auto words, compose_client(engine));
  words.insert(words.end(), {"-p", home.project()});
  for (const std::string& file : bed.compose_files) words.insert(words.end(), {"-f", file});
  if (!image.empty()) {
    const auto version = version_of(bed.compose_files.front());
    if (!version) return std::unexpected(version.error());
    nlohmann::json override = {{"services", nlohmann::json::object()}};
    for (const std::string& service : bed.compose_services) {
      nlohmann::json& settings = override["services"][service];
      settings["image"] = image;
      if (!bed.keep_output) continue;
      const LogKeeping keeping = log_keeping(engine.info());
      settings["logging"] = {{"driver", keeping.driver}, {"options", keeping.options}};
    }
    if (!version->empty()) override["version"] = *version;
    const std::string text = override.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    TRY_DO(write_file_atomically(home.at("compose.json"), text));
    words.insert(words.end(), {"-f", home.at("compose.json")});
  }
  return ComposeProject(engine, home, bed, std::move(words));
}

ComposeProject::ComposeProject(ComposeProject&& other) noexcept
    : engine_(std::exchange(other.engine_, nullptr)),
      home_(other.home_),
      bed_(other.bed_),
      words_(std::move(other.words_)) {}

ComposeProject::~ComposeProject() {
  if (engine_ != nullptr) (void)run({"down", "-v", "--remove-orphans"});  // what stays, Home::clear removes
}

// Never cut short: what the client has asked the engine for when it is ended is nobody's any more.
Result<void> ComposeProject::run(std::vector<std::string> more) const {
  auto words = words_;
  words.insert(words.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  std::string errors;
  TRY(const auto status, run_command(words, engine_->client_environment(), {},
                                     {.output = Output::kDiscarded, .errors = &errors, .note = home_->child()}));
  if (status == 0) return {};
  return fail(fmt::format("compose ended with status {}:{}", status, shown_lines(errors)));
}

Result<std::string> ComposeProject::up(const std::string& mode) {
  TRY_DO(run({"up", mode}));
  const std::string& service = bed_->compose_services.front();
  TRY(const auto ids, engine_->containers_with({project_label(*home_), fmt::format("{}={}", kServiceLabel, service)}));
  if (ids.empty())
    return fail(fmt::format("the project has no service {}", printable(service)), Advice::kUnknownService);
  return ids.front();
}

Result<ComposeImage> compose_image(const Engine& engine, const Home& home, const TestBed& bed) {
  TRY(auto project, ComposeProject::open(engine, home, bed, ""));
  TRY(const auto tested, project.up("--no-start"));
  TRY(const auto ids, engine.containers_with({project_label(home)}));
  std::map<Digest, std::set<std::string>> services;
  std::optional<Container> first;
  for (const std::string& id : ids) {
    TRY(auto container, engine.find_container(id));
    if (!container) continue;
    if (const auto label = container->labels.find(kServiceLabel); label != container->labels.end())
      services[container->image_id].insert(label->second);
    if (id == tested) first = std::move(container);
  }
  if (!first) return fail("the service's container vanished");
  const auto& same = services[first->image_id];
  return ComposeImage{first->image, {same.begin(), same.end()}};
}

}  // namespace winnow
