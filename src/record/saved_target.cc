// SPDX-License-Identifier: Apache-2.0
// A target as text and back, for sessions that outlive their recorder.
#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "record/target.h"
#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/text.h"

namespace winnow::record {
namespace {

using Json = nlohmann::json;

// Nlohmann would convert whatever looks like a number, fractions and those that do not fit too.
template <typename T>
T number(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::numeric_limits<T>::max())
    throw std::invalid_argument("not a number");
  return static_cast<T>(json.get<std::uint64_t>());
}

Json to_json(const Root& root) { return {root.mount_namespace, root.device, root.inode, escape_path(root.path)}; }

std::string path_from(const Json& json) { return unescape_path(json.get<std::string>()).value(); }

Root root_from(const Json& json) {
  return {number<std::uint32_t>(json.at(0)), number<std::uint32_t>(json.at(1)), number<std::uint64_t>(json.at(2)),
          path_from(json.at(3))};
}

Json to_json(const std::map<std::uint32_t, Namespace>& namespaces) {
  Json json = Json::array();
  for (const auto& [inode, space] : namespaces) {
    Json mounts = Json::array();
    for (const auto& [point, mounted] : space.mounts)
      mounts.push_back({escape_path(point), mounted.device, escape_path(mounted.path), mounted.told});
    json.push_back({inode, space.changes, space.whole, std::move(mounts)});
  }
  return json;
}

std::map<std::uint32_t, Namespace> namespaces_from(const Json& json) {
  std::map<std::uint32_t, Namespace> namespaces;
  for (const auto& one : json) {
    Namespace& space = namespaces[number<std::uint32_t>(one.at(0))];
    space.changes = number<std::uint32_t>(one.at(1));
    space.whole = one.at(2).get<bool>();
    for (const auto& mount : one.at(3))
      space.mounts[path_from(mount.at(0))] = {number<std::uint32_t>(mount.at(1)), path_from(mount.at(2)),
                                              mount.at(3).get<bool>()};
  }
  return namespaces;
}

Json saved(const AccessProfile& set) {
  AccessProfile with_run = set;
  with_run.runs = {Run{}};  // which the accesses refer to
  return winnow::to_json(with_run);
}

AccessProfile accesses_from(const Json& json) {
  auto profile = profile_from_json(json.get_ref<const std::string&>()).value();
  profile.runs.clear();
  return profile;
}

Json escaped(const std::vector<std::string>& words) {
  Json json = Json::array();
  for (const auto& word : words) json.push_back(escape_path(word));
  return json;
}

std::vector<std::string> words_from(const Json& json) {
  std::vector<std::string> words;
  for (const auto& word : json) words.push_back(path_from(word));
  return words;
}

}  // namespace

std::string Target::save() const {
  const auto side = [](const Side& one) {
    Json accesses = Json::array();
    for (const auto& [visit, set] : one.by_visit) accesses.push_back({{"entry", visit}, {"profile", saved(set)}});
    Json waiting = Json::array();
    for (const auto& [visit, spaces] : one.waiting)
      for (const auto& [space, set] : spaces)
        waiting.push_back({{"entry", visit}, {"namespace", space}, {"profile", saved(set)}});
    return Json{{"root", to_json(one.view.own())},
                {"namespaces", to_json(one.view.namespaces())},
                {"accesses", std::move(accesses)},
                {"waiting", std::move(waiting)}};
  };
  Json visits = Json::array();
  for (const auto& [id, visit] : visits_)
    visits.push_back({{"entry", id}, {"command", escaped(visit.command)}, {"first_ms", visit.first_ms}});
  const Json json = {
      {"path", escape_path(cgroup_.path)},
      {"id", cgroup_.id},
      {"born_ns", born_ns_},
      {"ended_ns", ended_ns_ ? Json(*ended_ns_) : Json(nullptr)},
      {"home", to_json(home_)},
      {"origin", static_cast<int>(origin_)},
      {"populated", populated_},
      {"settled_at_home", settled_at_home_},
      {"at_home", side(at_home_)},
      {"inside", inside_ ? side(*inside_) : Json(nullptr)},
      {"entries", std::move(visits)},
      {"unreadable", unreadable_},
      {"paths_full", paths_full_},
      {"events_lost", events_lost_},
  };
  return json.dump();
}

Result<Target> Target::restore(std::string_view text, std::size_t max_paths) {
  try {
    const Json json = parse_json<Json>(text);
    const auto path = unescape_path(json.at("path").get<std::string>());
    const auto origin = number<std::uint8_t>(json.at("origin"));
    if (origin > static_cast<std::uint8_t>(Origin::kRunning)) return fail("not a saved target: an unknown origin");
    Target target({path.value(), number<std::uint64_t>(json.at("id"))}, number<std::uint64_t>(json.at("born_ns")),
                  root_from(json.at("home")), static_cast<Origin>(origin), max_paths);
    if (const auto& ended = json.at("ended_ns"); !ended.is_null()) target.ended_ns_ = number<std::uint64_t>(ended);
    target.populated_ = json.at("populated").get<bool>();
    target.settled_at_home_ = json.at("settled_at_home").get<bool>();
    const auto side_from = [&target](const Json& json_side) {
      Side side{View(root_from(json_side.at("root")))};
      side.view.restore(namespaces_from(json_side.at("namespaces")));
      for (const auto& set : json_side.at("accesses"))
        side.by_visit[number<std::uint64_t>(set.at("entry"))] = accesses_from(set.at("profile"));
      for (const auto& set : json_side.at("waiting"))
        side.waiting[number<std::uint64_t>(set.at("entry"))][number<std::uint32_t>(set.at("namespace"))] =
            accesses_from(set.at("profile"));
      const auto count = [&](const AccessProfile& set) {
        side.paths += set.accesses.size();
        target.bytes_ += set.memory();
      };
      for (const auto& [visit, set] : side.by_visit) count(set);
      for (const auto& [visit, spaces] : side.waiting)
        for (const auto& [space, set] : spaces) count(set);
      return side;
    };
    target.at_home_ = side_from(json.at("at_home"));
    if (const auto& inside = json.at("inside"); !inside.is_null()) target.inside_ = side_from(inside);
    for (const auto& visit : json.at("entries"))
      target.visits_[number<std::uint64_t>(visit.at("entry"))] = {
          .command = words_from(visit.at("command")), .first_ms = number<std::uint64_t>(visit.at("first_ms"))};
    target.unreadable_ = number<std::uint64_t>(json.at("unreadable"));
    target.paths_full_ = number<std::uint64_t>(json.at("paths_full"));
    target.events_lost_ = number<std::uint64_t>(json.at("events_lost"));
    return target;
  } catch (const std::exception& error) {
    return fail("not a saved target: " + printable(error.what()));
  }
}

}  // namespace winnow::record
