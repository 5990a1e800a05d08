// SPDX-License-Identifier: Apache-2.0
// Health check and volumes of a container, from the engine to the profile and through a session's notes.
#include "trial/described.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "winnow/base/text.h"

namespace winnow {
namespace {

// An engine names a volume that nobody named with 64 hex digits.
bool was_named(const std::string& volume) {
  return volume.size() != 64 || volume.find_first_not_of("0123456789abcdef") != std::string::npos;
}

}  // namespace

void Described::share(const std::string& volume) {
  for (MountedVolume& one : volumes) one.shared = one.shared || one.name == volume;
}

Described describe(const Container& container) {
  Described described{container.id, container.name, container.healthcheck, {}};
  for (const Volume& one : container.volumes)
    described.volumes.push_back({one.destination, one.name, was_named(one.name)});
  std::ranges::sort(described.volumes);
  return described;
}

void fill(Run& run, const Described& container) {
  run.name = container.name;
  run.healthcheck = container.healthcheck;
  run.volumes = container.volumes;
}

nlohmann::json notes_of(const Described& container) {
  nlohmann::json volumes = nlohmann::json::array();
  for (const MountedVolume& one : container.volumes)
    volumes.push_back({{"destination", escape_path(one.destination)}, {"name", one.name}, {"shared", one.shared}});
  return {{"id", container.id},
          {"name", escape_path(container.name)},
          {"healthcheck", container.healthcheck},
          {"volumes", std::move(volumes)}};
}

Described described_in(const nlohmann::json& notes) {
  Described container;
  container.id = notes.value("id", "");
  container.name = unescape_path(notes.at("name").get<std::string>()).value();
  container.healthcheck = notes.at("healthcheck").get<std::vector<std::string>>();
  for (const auto& one : notes.value("volumes", nlohmann::json::array()))
    container.volumes.push_back({unescape_path(one.at("destination").get<std::string>()).value(),
                                 one.at("name").get<std::string>(), one.at("shared").get<bool>()});
  return container;
}

}  // namespace winnow
