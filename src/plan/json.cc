// SPDX-License-Identifier: Apache-2.0
// Writes keep.json. An entry is a line; the reason of a group of entries stands once, and they name it by its number.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "plan/decisions.h"
#include "plan/schema.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/index/index_json.h"
#include "winnow/plan/plan.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Reason& reason) {
  return {{"rule", reason.rule}, {"from", escape_path(reason.from)}, {"detail", escape_path(reason.detail)}};
}

// Of an entry that was first touched at FIRST_MS: the same moment is not said again.
Json json_of(const Reason& reason, std::optional<std::uint64_t> first_ms) {
  Json json = json_of(reason);
  if (reason.kinds.empty()) return json;
  json["kinds"] = reason.kinds.names();
  if (reason.first_ms != first_ms) json["first_ms"] = reason.first_ms ? Json(*reason.first_ms) : Json();
  return json;
}

// Reasons of groups, by number: the order in which entries first have them.
class Groups {
 public:
  explicit Groups(const KeepSpec& spec) {
    std::set<const Reasons*> seen;  // most entries of a group share all of their reasons
    for (const KeptEntry& kept : spec.entries)
      if (seen.insert(kept.reasons.get()).second)
        for (const Reason& reason : *kept.reasons)
          if (traits_of(reason.rule).of_group && numbers_.emplace(key_of(reason), numbers_.size()).second)
            json_.push_back(json_of(reason));
  }
  [[nodiscard]] const Json& json() const { return json_; }
  [[nodiscard]] std::size_t number_of(const Reason& reason) const { return numbers_.at(key_of(reason)); }

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  static Key key_of(const Reason& reason) { return {reason.rule, reason.from, reason.detail}; }
  std::map<Key, std::size_t> numbers_;
  Json json_ = Json::array();
};

Json json_of(const KeptEntry& kept, const Groups& groups) {
  Json json = json_of(kept.entry);
  if (!kept.package.empty()) json["package"] = escape_path(kept.package);
  if (kept.first_ms) json["first_ms"] = *kept.first_ms;
  Json& reasons = json["reasons"] = Json::array();
  Json shared = Json::array();
  for (const Reason& reason : *kept.reasons) {
    if (traits_of(reason.rule).of_group)
      shared.push_back(groups.number_of(reason));
    else
      reasons.push_back(json_of(reason, kept.first_ms));
  }
  if (!shared.empty()) json["groups"] = std::move(shared);
  return json;
}

Json to_json(const Risk& risk) {
  return {{"family", risk.family},
          {"glob", escape_path(risk.glob)},
          {"because", escape_path(risk.because)},
          {"entries", risk.entries},
          {"bytes", risk.bytes}};
}

Json strings_to_json(const std::vector<std::string>& strings) {
  Json json = Json::array();
  for (const std::string& one : strings) json.push_back(escape_path(one));
  return json;
}

Json to_json(const Summary& sum) {
  return {{"entries", {{"kept", sum.kept_entries}, {"dropped", sum.dropped_entries}, {"image", sum.image_entries}}},
          {"bytes", {{"kept", sum.kept_bytes}, {"dropped", sum.dropped_bytes}, {"image", sum.image_bytes}}}};
}

Json to_json(const Rebuilt& rebuilt) {
  return {{"recorded", rebuilt.recorded.str()},
          {"paths", rebuilt.paths},
          {"missing", rebuilt.missing},
          {"changed", rebuilt.changed},
          {"missing_paths", strings_to_json(rebuilt.missing_paths)},
          {"changed_paths", strings_to_json(rebuilt.changed_paths)}};
}

}  // namespace

std::string to_json(const KeepSpec& spec) {
  const Groups groups(spec);
  Json layers = Json::array();
  for (const Layer& layer : spec.layers) layers.push_back(json_of(layer));
  Json dropped = Json::array();
  for (const DroppedAccess& one : spec.dropped_accesses)
    dropped.push_back({{"path", escape_path(one.path)}, {"by", escape_path(one.by)}});
  Json plan = {{"profile", spec.profile.valid() ? Json(spec.profile.str()) : Json()},
               {"policy", to_string(spec.policy)},
               {"keep", strings_to_json(spec.keep)},
               {"drop", strings_to_json(spec.drop)},
               {"dropped_accesses", std::move(dropped)}};
  if (spec.rebuilt) plan["rebuilt"] = to_json(*spec.rebuilt);
  // The config is carried as text: its bytes are what the image id is the digest of.
  const Json head = {
      {"schema", kKeepSchema},
      {"image", {{"reference", escape_path(spec.reference)}, {"id", spec.id.str()}, {"layers", std::move(layers)}}},
      {"config", escape_path(spec.config_json)},
      {"warnings", strings_to_json(spec.warnings)},
      {"test_status", spec.test_status},
      {"plan", std::move(plan)},
      {"summary", to_json(spec.summary)},
      {"groups", groups.json()},
  };
  Json tail = {{"additions", Json::array()}, {"risks", Json::array()}};
  for (const Addition& addition : spec.additions) tail["additions"].push_back(json_of(addition));
  for (const Risk& risk : spec.risks) tail["risks"].push_back(to_json(risk));
  std::string text = head.dump(1);
  text.resize(text.size() - 2);  // "\n}"
  text += ",\n \"entries\": [";
  std::string_view gap = "\n  ";
  for (const KeptEntry& kept : spec.entries) {
    text.append(gap).append(json_of(kept, groups).dump());
    gap = ",\n  ";
  }
  return text + "\n ],\n" + tail.dump(1).substr(2) + "\n";
}

}  // namespace winnow
