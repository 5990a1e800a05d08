// SPDX-License-Identifier: Apache-2.0
// "winnow.diff/1": differences for programs, all of them, one entry or path a line.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "winnow/base/text.h"
#include "winnow/diff/diff_output.h"
#include "winnow/index/index_json.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "winnow.diff/1";

Json text_json(const std::string& text) { return escape_path(text); }

template <class Texts>
Json texts_json(const Texts& texts) {
  Json json = Json::array();
  for (const auto& text : texts) json.push_back(escape_path(text));
  return json;
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json json_of_side(const DiffSide& side) {
  return {{"name", text_json(side.name)},
          {"reference", text_json(side.reference)},
          {"id", side.id.str()},
          {"entries", side.entries},
          {"bytes", side.bytes}};
}

Json json_of_crossed(std::span<const Crossing> crossed) {
  Json json = Json::array();
  for (const Crossing& one : crossed) json.push_back({{"limit", one.limit}, {"what", text_json(one.what)}});
  return json;
}

Json json_of_reason(const Reason& reason) {
  return {{"rule", text_json(reason.rule)}, {"from", text_json(reason.from)}, {"detail", text_json(reason.detail)}};
}

Json json_of_entry(const Entry* entry, const std::string& package) {
  if (entry == nullptr) return nullptr;
  Json json = json_of(*entry);
  json.erase("path");
  if (!package.empty()) json["package"] = text_json(package);
  return json;
}

Json json_of_change(const EntryChange& change, const TreeDiff& diff) {
  Json json = {{"path", text_json(change.entry().path)},
               {"change", to_string(change.change())},
               {"aspects", names_of_aspects(change.aspects)},
               {"before", json_of_entry(change.before, diff.package_names[change.package_before])},
               {"after", json_of_entry(change.after, diff.package_names[change.package_after])}};
  if (change.other_version) json["other_version"] = true;
  if (change.reasons != nullptr) {
    Json& reasons = json["reasons"] = Json::array();
    for (const Reason& reason : *change.reasons) reasons.push_back(json_of_reason(reason));
  }
  if (change.origin != nullptr) json["origin"] = json_of_reason(*change.origin);
  return json;
}

Json json_of_package(const PackageChange& one) {
  return {{"name", text_json(one.name)},
          {"versions", {{"before", texts_json(one.before)}, {"after", texts_json(one.after)}}},
          {"bytes", {{"before", one.bytes_before}, {"after", one.bytes_after}}},
          {"entries", {{"added", one.added}, {"removed", one.removed}, {"changed", one.changed}}}};
}

Json json_of_layer(const LayerChange& one) {
  return {{"before", one.before ? Json(*one.before) : Json()},
          {"after", one.after ? Json(*one.after) : Json()},
          {"diff_id", one.layer->diff_id.str()},
          {"created_by", text_json(one.layer->created_by)},
          {"bytes", {{"before", one.bytes_before}, {"after", one.bytes_after}}}};
}

Json json_of_settings(const std::vector<SettingChange>& changes) {
  Json json = Json::array();
  for (const SettingChange& one : changes) {
    Json setting = {{"field", text_json(one.field)}, {"change", to_string(one.change)}};
    if (!one.name.empty()) setting["name"] = text_json(one.name);
    if (one.before) setting["before"] = text_json(*one.before);
    if (one.after) setting["after"] = text_json(*one.after);
    json.push_back(std::move(setting));
  }
  return json;
}

// HEAD with a last member of LINES, each a value.
template <class Items, class Line>
std::string with_lines(const Json& head, std::string_view member, const Items& items, Line line) {
  std::string text = dumped(head);
  text.pop_back();
  text += fmt::format(",\"{}\":[", member);
  bool first = true;
  for (const auto& item : items) {
    text += first ? "\n" : ",\n";
    text += dumped(line(item));
    first = false;
  }
  return text + "]}\n";
}

// What both kinds begin with.
template <class Diff>
Json head_of(const Diff& diff, DiffKind kind, std::span<const Crossing> crossed) {
  return {{"schema", kSchema},
          {"kind", to_string(kind)},
          {"identical", diff.identical()},
          {"a", json_of_side(diff.a)},
          {"b", json_of_side(diff.b)},
          {"crossed", json_of_crossed(crossed)},
          {"notes", texts_json(diff.notes)},
          {"counts", {{"added", diff.added}, {"removed", diff.removed}, {"changed", diff.changed}}}};
}

Json json_of_runs(const RunsTold& told) {
  return {{"runs", told.runs},
          {"from_start", told.from_start},
          {"duration_ms", told.duration_ms},
          {"status", told.partial.empty() ? "complete" : "partial"},
          {"reasons", texts_json(told.partial)}};
}

Json json_of_path(const PathChange& change) {
  return {{"path", text_json(change.path)},
          {"change", to_string(change.change())},
          {"place", to_string(change.place)},
          {"kinds", {{"before", change.kinds_before.names()}, {"after", change.kinds_after.names()}}},
          {"programs", {{"before", texts_json(change.programs_before)}, {"after", texts_json(change.programs_after)}}}};
}

}  // namespace

std::string diff_json(const TreeDiff& diff, std::span<const Crossing> crossed) {
  Json head = head_of(diff, diff.kind, crossed);
  head["times_only"] = diff.times_only;
  Json attention = Json::array();
  for (const Attention& one : diff.attention)
    attention.push_back({{"what", one.what}, {"path", one.path.empty() ? Json() : text_json(one.path)}});
  head["attention"] = std::move(attention);
  head["config"] = json_of_settings(diff.config);
  head["plan"] = json_of_settings(diff.plan);
  Json& packages = head["packages"] = Json::array();
  for (const PackageChange& one : diff.packages) packages.push_back(json_of_package(one));
  Json& layers = head["layers"] = Json::array();
  for (const LayerChange& one : diff.layers) layers.push_back(json_of_layer(one));
  Json& records = head["records"] = Json::array();
  for (const auto& [change, path] : diff.records)
    records.push_back({{"path", text_json(path)}, {"change", to_string(change)}});
  return with_lines(head, "entries", diff.entries, [&](const EntryChange& one) { return json_of_change(one, diff); });
}

std::string diff_json(const ProfileDiff& diff, std::span<const Crossing> crossed) {
  Json head = head_of(diff, DiffKind::kProfile, crossed);
  head["runs"] = {{"before", json_of_runs(diff.runs_a)}, {"after", json_of_runs(diff.runs_b)}};
  Json& programs = head["programs"] = Json::array();
  for (const ProgramChange& one : diff.programs)
    programs.push_back({{"path", text_json(one.path)}, {"change", to_string(one.change)}, {"paths", one.paths}});
  Json& syscalls = head["syscalls"] = Json::array();
  for (const auto& [change, call] : diff.syscalls)
    syscalls.push_back({{"call", text_json(call)}, {"change", to_string(change)}});
  return with_lines(head, "paths", diff.paths, json_of_path);
}

}  // namespace winnow
