// SPDX-License-Identifier: Apache-2.0
// profile.json, schema "winnow.profile/1": writing.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "profile/format.h"
#include "winnow/base/text.h"
#include "winnow/profile/profile.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kListed = 8;  // runs of an access that are a list; more are ranges in one string

template <typename Words>
Json escaped(const Words& words) {
  Json json = Json::array();
  for (const auto& word : words) json.push_back(escape_path(word));
  return json;
}

Json to_json(const PodContainer& workload) {
  Json labels = Json::object();
  for (const auto& [key, value] : workload.labels) labels[escape_path(key)] = escape_path(value);
  return {{"node", escape_path(workload.node)},
          {"namespace", escape_path(workload.pod_namespace)},
          {"pod", escape_path(workload.pod)},
          {"container", escape_path(workload.container)},
          {"labels", std::move(labels)}};
}

Json to_json(const Run& run) {
  Json lost = Json::object();
  for (const auto& [name, field] : kLossFields) lost[std::string(name)] = run.lost.*field;
  Json json = {
      {"container", escape_path(run.container)},
      {"name", escape_path(run.name)},
      {"start", run.from_start ? "from-start" : "late"},
      {"started_ms", run.started_ms},
      {"duration_ms", run.duration_ms},
      {"backend", run.backend},
      {"kernel", escape_path(run.kernel)},
  };
  if (run.recording_ms != 0) json["recording_ms"] = run.recording_ms;
  json["command"] = escaped(run.command);
  json["command_status"] = run.command_status ? Json(*run.command_status) : Json(nullptr);
  if (!run.entered.empty()) {
    Json& entered = json["entered"] = Json::array();
    for (const Visit& visit : run.entered)
      entered.push_back({{"command", escaped(visit.command)},
                         {"as", visit.healthcheck ? "healthcheck" : "exec"},
                         {"first_ms", visit.first_ms}});
  }
  if (!run.healthcheck.empty()) json["healthcheck"] = escaped(run.healthcheck);
  if (!run.volumes.empty()) {
    Json& volumes = json["volumes"] = Json::array();
    for (const MountedVolume& one : run.volumes)
      volumes.push_back(
          {{"destination", escape_path(one.destination)}, {"name", escape_path(one.name)}, {"shared", one.shared}});
  }
  if (!run.syscalls.empty()) json["syscalls"] = run.syscalls;
  if (!run.runtime_syscalls.empty()) json["runtime_syscalls"] = run.runtime_syscalls;
  if (!run.io_uring_untold.empty()) json["io_uring_untold"] = escaped(run.io_uring_untold);
  json["recovered"] = run.recovered;
  json["lost"] = std::move(lost);
  if (run.workload != PodContainer{}) json["workload"] = to_json(run.workload);
  if (run.times != 1) json["times"] = run.times;
  if (run.last_ms != 0) json["last_ms"] = run.last_ms;
  return json;
}

Json to_json(const RunSet& runs) {
  if (runs.size() > kListed) {
    std::string text;
    for (const auto& [first, last] : runs.ranges()) {
      text += fmt::format("{}{}", text.empty() ? "" : ",", first);
      if (last != first) text += fmt::format("-{}", last);
    }
    return text;
  }
  Json list = Json::array();
  for (const auto& [first, last] : runs.ranges())
    for (std::uint64_t run = first; run <= last; ++run) list.push_back(run);
  return list;
}

Json to_json(const Access& access) {
  Json json = {{"path", escape_path(access.path)}};
  if (!access.resolved.empty()) json["resolved"] = escape_path(access.resolved);
  json["kinds"] = access.kinds.names();
  if (access.other_mount) json["other_mount"] = true;
  if (access.unresolved) json["unresolved"] = true;
  if (!access.from.only(Actor::kWorkload)) json["from"] = access.from.names();
  json["first_ms"] = access.first_ms;
  json["by"] = escape_path(access.by);
  if (!access.argv0.empty() && access.argv0 != access.by) json["argv0"] = escape_path(access.argv0);
  if (!access.also_by.empty()) json["also_by"] = escaped(access.also_by);
  if (!access.listed_by.empty() && access.listed_by.size() <= access.also_by.size())  // else it was all of them
    json["listed_by"] = escaped(access.listed_by);
  json["runs"] = to_json(access.runs);
  return json;
}

// One item of a list in the document: what is written at once is one item, not the whole.
void append(std::string& text, const Json& item, bool first) {
  text += first ? "\n  " : ",\n  ";
  for (const char letter : item.dump(1)) {
    text += letter;
    if (letter == '\n') text += "  ";
  }
}

template <typename Items, typename Get>
void append_list(std::string& text, std::string_view name, const Items& items, const Get& get) {
  text += fmt::format(",\n \"{}\": [", name);
  bool first = true;
  for (const auto& item : items) append(text, to_json(get(item)), std::exchange(first, false));
  text += items.empty() ? "]" : "\n ]";
}

}  // namespace

std::string to_json(const AccessProfile& profile) {
  const auto reasons = profile.partial_reasons();
  const auto misses =
      std::ranges::count_if(profile.accesses, [](const auto& one) { return one.second.kinds.only(Kind::kMiss); });
  const Json head = {
      {"schema", kSchema},
      {"status", reasons.empty() ? "complete" : "partial"},
      {"reasons", reasons},
      {"image", {{"reference", escape_path(profile.image.reference)}, {"id", profile.image.id.str()}}},
  };
  std::string text = head.dump(1);
  text.resize(text.size() - 2);  // "\n}"
  append_list(text, "runs", profile.runs, std::identity{});
  text +=
      fmt::format(",\n \"counts\": {{\n  \"accesses\": {},\n  \"misses\": {}\n }}", profile.accesses.size(), misses);
  append_list(text, "accesses", profile.accesses, [](const auto& one) -> const Access& { return one.second; });
  return text + "\n}\n";
}

}  // namespace winnow
