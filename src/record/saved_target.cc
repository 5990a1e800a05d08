// SPDX-License-Identifier: Apache-2.0
// A target as text and back, for sessions that outlive their recorder.
#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "record/target.h"

namespace winnow::record {
namespace {

using Json = nlohmann::json;

// Nlohmann would convert whatever looks like a number, fractions and those that do not fit too.
template <typename T>
T number(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::numeric_limits<T>::max())
    throw std::invalid_argument("a number that is none");
  return static_cast<T>(json.get<std::uint64_t>());
}

Json to_json(const Root& root) { return {root.mount_namespace, root.device, root.inode}; }

Root root_from(const Json& json) {
  return {number<std::uint32_t>(json.at(0)), number<std::uint32_t>(json.at(1)), number<std::uint64_t>(json.at(2))};
}

Json escaped(const std::vector<std::string>& words) {
  Json json = Json::array();
  for (const auto& word : words) json.push_back(escape_path(word));
  return json;
}

std::vector<std::string> words_from(const Json& json) {
  std::vector<std::string> words;
  for (const auto& word : json) words.push_back(unescape_path(word.get<std::string>()).value());
  return words;
}

}  // namespace

std::string Target::save() const {
  const auto side = [](const Side& one) {
    Json json = Json::array();
    for (const auto& [entry, set] : one.by_entry) {
      AccessProfile with_run = set;
      with_run.runs = {Run{}};  // which the accesses refer to
      json.push_back({{"entry", entry}, {"profile", winnow::to_json(with_run)}});
    }
    return json;
  };
  Json entries = Json::array();
  for (const auto& [id, entry] : entries_)
    entries.push_back({{"entry", id}, {"command", escaped(entry.command)}, {"first_ms", entry.first_ms}});
  const Json json = {
      {"path", escape_path(cgroup_.path)},
      {"id", cgroup_.id},
      {"born_ns", born_ns_},
      {"ended_ns", ended_ns_ ? Json(*ended_ns_) : Json(nullptr)},
      {"home", to_json(home_)},
      {"origin", static_cast<int>(origin_)},
      {"populated", populated_},
      {"settled_at_home", settled_at_home_},
      {"inside_device", inside_device_ ? Json(*inside_device_) : Json(nullptr)},
      {"at_home", side(at_home_)},
      {"inside", side(inside_)},
      {"entries", std::move(entries)},
      {"unreadable", unreadable_},
      {"paths_full", paths_full_},
  };
  return json.dump();
}

Result<Target> Target::restore(std::string_view text, std::size_t max_paths) {
  try {
    const Json json = Json::parse(text);
    const auto path = unescape_path(json.at("path").get<std::string>());
    const auto origin = number<std::uint8_t>(json.at("origin"));
    if (origin > static_cast<std::uint8_t>(Origin::kRunning)) return fail("not a saved target: an origin of no kind");
    Target target({path.value(), number<std::uint64_t>(json.at("id"))}, number<std::uint64_t>(json.at("born_ns")),
                  root_from(json.at("home")), static_cast<Origin>(origin), max_paths);
    if (const auto& ended = json.at("ended_ns"); !ended.is_null()) target.ended_ns_ = number<std::uint64_t>(ended);
    target.populated_ = json.at("populated").get<bool>();
    target.settled_at_home_ = json.at("settled_at_home").get<bool>();
    if (const auto& device = json.at("inside_device"); !device.is_null())
      target.inside_device_ = number<std::uint32_t>(device);
    const auto fill = [](Side& side, const Json& sets) {
      for (const auto& set : sets) {
        auto profile = profile_from_json(set.at("profile").get_ref<const std::string&>()).value();
        profile.runs.clear();
        side.paths += profile.accesses.size();
        side.by_entry[number<std::uint64_t>(set.at("entry"))] = std::move(profile);
      }
    };
    fill(target.at_home_, json.at("at_home"));
    fill(target.inside_, json.at("inside"));
    for (const auto& entry : json.at("entries"))
      target.entries_[number<std::uint64_t>(entry.at("entry"))] = {words_from(entry.at("command")),
                                                                   number<std::uint64_t>(entry.at("first_ms"))};
    target.unreadable_ = number<std::uint64_t>(json.at("unreadable"));
    target.paths_full_ = number<std::uint64_t>(json.at("paths_full"));
    return target;
  } catch (const std::exception& error) {
    return fail("not a saved target: " + printable(error.what()));
  }
}

}  // namespace winnow::record
