// SPDX-License-Identifier: Apache-2.0
// profile.json, schema "winnow.profile/1": writing, and reading text that may be hostile.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "winnow/profile.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "winnow.profile/1";
constexpr std::size_t kMaxText = std::size_t{1} << 30;
constexpr std::size_t kMaxDepth = 16;

constexpr std::pair<const char*, std::uint64_t Losses::*> kLossFields[] = {
    {"buffers_full", &Losses::buffers_full}, {"paths_full", &Losses::paths_full},
    {"targets_full", &Losses::targets_full}, {"truncated", &Losses::truncated},
    {"unreadable", &Losses::unreadable},     {"busy", &Losses::busy},
    {"io_uring", &Losses::io_uring},
};

template <typename Words>
Json escaped(const Words& words) {
  Json json = Json::array();
  for (const auto& word : words) json.push_back(escape_path(word));
  return json;
}

Json to_json(const Run& run) {
  Json lost = Json::object();
  for (const auto& [name, field] : kLossFields) lost[name] = run.lost.*field;
  Json json = {
      {"container", escape_path(run.container)},
      {"name", escape_path(run.name)},
      {"start", run.from_start ? "from-start" : "late"},
      {"started_ms", run.started_ms},
      {"duration_ms", run.duration_ms},
      {"backend", run.backend},
      {"kernel", escape_path(run.kernel)},
  };
  json["command"] = escaped(run.command);
  json["command_status"] = run.command_status ? Json(*run.command_status) : Json(nullptr);
  if (!run.entered.empty()) {
    Json& entered = json["entered"] = Json::array();
    for (const Entered& entry : run.entered)
      entered.push_back({{"command", escaped(entry.command)},
                         {"as", entry.healthcheck ? "healthcheck" : "exec"},
                         {"first_ms", entry.first_ms}});
  }
  if (!run.syscalls.empty()) json["syscalls"] = run.syscalls;
  json["recovered"] = run.recovered;
  json["lost"] = std::move(lost);
  return json;
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
  json["runs"] = access.runs;
  return json;
}

// nlohmann/json throws on a missing or mistyped field; profile_from_json turns that into an Error.
std::string path_at(const Json& json, const char* field) {
  auto path = unescape_path(json.at(field).get_ref<const std::string&>());
  if (!path) throw std::invalid_argument(fmt::format("\"{}\": {}", field, path.error().what));
  return *std::move(path);
}

std::vector<std::string> words_at(const Json& json, const char* field) {
  std::vector<std::string> words;
  for (const auto& word : json.at(field)) {
    auto plain = unescape_path(word.get_ref<const std::string&>());
    if (!plain) throw std::invalid_argument(fmt::format("\"{}\": {}", field, plain.error().what));
    words.push_back(*std::move(plain));
  }
  return words;
}

Entered entered_from(const Json& json) {
  const auto& as = json.at("as").get_ref<const std::string&>();
  if (as != "exec" && as != "healthcheck") throw std::invalid_argument("\"as\" is neither exec nor healthcheck");
  return {words_at(json, "command"), as == "healthcheck", json.at("first_ms").get<std::uint64_t>()};
}

Run run_from(const Json& json) {
  Run run;
  run.container = path_at(json, "container");
  run.name = path_at(json, "name");
  const auto& start = json.at("start").get_ref<const std::string&>();
  if (start != "from-start" && start != "late") throw std::invalid_argument("\"start\" is neither from-start nor late");
  run.from_start = start == "from-start";
  run.started_ms = json.at("started_ms").get<std::uint64_t>();
  run.duration_ms = json.at("duration_ms").get<std::uint64_t>();
  run.backend = json.at("backend").get<std::string>();
  run.kernel = path_at(json, "kernel");
  run.command = words_at(json, "command");
  if (const auto& status = json.at("command_status"); !status.is_null()) run.command_status = status.get<int>();
  if (json.contains("entered"))
    for (const auto& entry : json.at("entered")) run.entered.push_back(entered_from(entry));
  if (json.contains("syscalls")) run.syscalls = json.at("syscalls").get<decltype(run.syscalls)>();
  run.recovered = json.value("recovered", std::uint64_t{0});
  for (const auto& [name, field] : kLossFields) run.lost.*field = json.at("lost").value(name, std::uint64_t{0});
  return run;
}

Access access_from(const Json& json, std::size_t runs) {
  Access access;
  access.path = path_at(json, "path");
  if (json.contains("resolved")) access.resolved = path_at(json, "resolved");
  for (const auto& name : json.at("kinds")) {
    const auto kind = Kinds::from_name(name.get_ref<const std::string&>());
    if (!kind) throw std::invalid_argument("unknown kind of access \"" + printable(name.get<std::string>()) + "\"");
    access.kinds |= *kind;
  }
  if (access.kinds.empty()) throw std::invalid_argument("an access without a kind");
  access.other_mount = json.value("other_mount", false);
  access.unresolved = json.value("unresolved", false);
  if (json.contains("from")) {
    access.from = {};
    for (const auto& name : json.at("from")) {
      const auto actor = Actors::from_name(name.get_ref<const std::string&>());
      if (!actor) throw std::invalid_argument("\"from\" names nobody known: " + printable(name.get<std::string>()));
      access.from |= *actor;
    }
    if (access.from == Actors()) throw std::invalid_argument("an access from nobody");
  }
  access.first_ms = json.at("first_ms").get<std::uint64_t>();
  access.by = path_at(json, "by");
  access.argv0 = json.contains("argv0") ? path_at(json, "argv0") : "";
  if (json.contains("also_by")) {
    auto programs = words_at(json, "also_by");
    access.also_by = {std::make_move_iterator(programs.begin()), std::make_move_iterator(programs.end())};
  }
  access.runs = json.at("runs").get<std::set<std::uint32_t>>();
  if (!access.runs.empty() && *access.runs.rbegin() >= runs) throw std::invalid_argument("\"runs\" names no run");
  return access;
}

AccessProfile profile_from(const Json& json) {
  AccessProfile profile;
  const auto& image = json.at("image");
  profile.image.reference = path_at(image, "reference");
  if (const auto& id = image.at("id").get_ref<const std::string&>(); !id.empty()) {
    auto digest = Digest::parse(id);
    if (!digest) throw std::invalid_argument("\"id\": " + digest.error().what);
    profile.image.id = *digest;
  }
  for (const auto& run : json.at("runs")) profile.runs.push_back(run_from(run));
  for (const auto& access : json.at("accesses")) profile.add(access_from(access, profile.runs.size()));
  return profile;
}

// Nested arrays and objects beyond any schema of ours are cut off before they can exhaust the stack.
Json parse_bounded(std::string_view text) {
  return Json::parse(text, [](int depth, Json::parse_event_t, Json&) {
    if (depth > static_cast<int>(kMaxDepth)) throw std::invalid_argument("nested too deeply");
    return true;
  });
}

}  // namespace

std::string to_json(const AccessProfile& profile) {
  const auto reasons = profile.partial_reasons();
  Json json = {
      {"schema", kSchema},
      {"status", reasons.empty() ? "complete" : "partial"},
      {"reasons", reasons},
      {"image", {{"reference", escape_path(profile.image.reference)}, {"id", profile.image.id.str()}}},
  };
  Json runs = Json::array();
  for (const auto& run : profile.runs) runs.push_back(to_json(run));
  Json accesses = Json::array();
  std::size_t misses = 0;
  for (const auto& [key, access] : profile.accesses) {
    accesses.push_back(to_json(access));
    misses += access.kinds.only(Kind::kMiss) ? 1 : 0;
  }
  json["runs"] = std::move(runs);
  json["counts"] = {{"accesses", profile.accesses.size()}, {"misses", misses}};
  json["accesses"] = std::move(accesses);
  return json.dump(1) + "\n";
}

Result<AccessProfile> profile_from_json(std::string_view text) {
  constexpr auto kHint = "a profile is what `winnow record` writes";
  if (text.size() > kMaxText) return fail("a profile of more than 1 GiB", kHint);
  try {
    const Json json = parse_bounded(text);
    const auto& schema = json.at("schema").get_ref<const std::string&>();
    if (schema != kSchema) {
      const bool newer = schema.starts_with("winnow.profile/");
      return fail(fmt::format("schema \"{}\"; this winnow reads {}", printable(schema), kSchema),
                  newer ? "use the winnow that wrote it, or a newer one" : kHint);
    }
    return profile_from(json);
  } catch (const std::exception& error) {
    return fail("not a valid profile: " + printable(error.what()), kHint);
  }
}

}  // namespace winnow
