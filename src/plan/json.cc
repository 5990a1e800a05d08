// SPDX-License-Identifier: Apache-2.0
// keep.json, schema "winnow.keep/1": writing, and reading text that may be hostile. An entry is a line; the reason of a
// group of entries stands once, and they name it by its number.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "plan/decisions.h"
#include "plan/json_list.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/index/index_json.h"
#include "winnow/plan/plan.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "winnow.keep/1";
constexpr std::size_t kMaxSpec = std::size_t{2} << 30;
constexpr std::size_t kMaxDepth = 64;  // an image config may carry extensions of its own

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

Summary summary_from(const Json& json) {
  const auto count = [&](const char* what, const char* part) {
    return integer_from_json<std::uint64_t>(json.at(what).at(part));
  };
  Summary sum{count("entries", "kept"), count("entries", "dropped"), count("entries", "image"),
              count("bytes", "kept"),   count("bytes", "dropped"),   count("bytes", "image")};
  const auto adds_up = [](std::uint64_t kept, std::uint64_t dropped, std::uint64_t image) {
    return kept <= image && dropped == image - kept;
  };
  if (!adds_up(sum.kept_entries, sum.dropped_entries, sum.image_entries) ||
      !adds_up(sum.kept_bytes, sum.dropped_bytes, sum.image_bytes))
    throw std::invalid_argument("\"summary\": kept and dropped do not add up to the image");
  return sum;
}

std::vector<std::string> strings_from(const Json& json, const char* field) {
  std::vector<std::string> strings;
  for (const Json& one : json.at(field)) {
    auto text = unescape_path(one.get_ref<const std::string&>());
    if (!text) throw std::invalid_argument(fmt::format("\"{}\": {}", field, text.error().what));
    strings.push_back(*std::move(text));
  }
  return strings;
}

bool is_directory(const KeepSpec& spec, std::string_view path) {
  const KeptEntry* const kept = spec.find(path);
  return kept != nullptr && kept->entry.type == EntryType::kDirectory;
}

Json to_json(const Rebuilt& rebuilt) {
  return {{"recorded", rebuilt.recorded.str()},
          {"paths", rebuilt.paths},
          {"missing", rebuilt.missing},
          {"changed", rebuilt.changed},
          {"missing_paths", strings_to_json(rebuilt.missing_paths)},
          {"changed_paths", strings_to_json(rebuilt.changed_paths)}};
}

Rebuilt rebuilt_from(const Json& json) {
  const auto count = [&](const char* field) { return integer_from_json<std::uint64_t>(json.at(field)); };
  Rebuilt rebuilt{digest_from_json(json.at("recorded")),
                  count("paths"),
                  count("missing"),
                  count("changed"),
                  strings_from(json, "missing_paths"),
                  strings_from(json, "changed_paths")};
  if (rebuilt.missing_paths.size() > kMaxRebuiltTold || rebuilt.changed_paths.size() > kMaxRebuiltTold)
    throw std::invalid_argument("\"rebuilt\" names too many paths");
  return rebuilt;
}

void require_order(const std::string& before, const std::string& path) {
  if (!(before < path))
    throw std::invalid_argument("entries that are not sorted by path, or twice: " + printable(path));
}

// Keep specs of earlier winnows have neither kinds nor a moment: their details are "open, stat at 12 ms" if the entry
// was touched.
void read_earlier_touch(Reason& reason) {
  if (reason.rule != kAccessed && reason.rule != kWalked) return;
  constexpr std::string_view kAt = " at ";
  const std::string_view detail = reason.detail;
  const std::size_t at = std::min(detail.find(kAt), detail.size());
  for (std::string_view rest = detail.substr(0, at); !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(", "));
    if (const auto kind = Kinds::from_name(name)) reason.kinds |= *kind;
    rest.remove_prefix(std::min(rest.size(), name.size() + 2));
  }
  if (at == detail.size() || reason.kinds.empty()) return;
  constexpr std::string_view kMs = " ms";
  std::string_view digits = detail.substr(at + kAt.size());
  if (!digits.ends_with(kMs)) return;
  digits.remove_suffix(kMs.size());
  std::uint64_t moment = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), moment);
  if (error == std::errc() && end == digits.data() + digits.size()) reason.first_ms = moment;
}

// Of an entry that was first touched at FIRST_MS.
Reason reason_from(const Json& json, std::optional<std::uint64_t> first_ms) {
  Reason reason{json.at("rule").get<std::string>(), text_from_json(json, "from"), text_from_json(json, "detail")};
  for (const Json& name : json.value("kinds", Json::array())) {
    const auto kind = Kinds::from_name(name.get_ref<const std::string&>());
    if (!kind) throw std::invalid_argument("\"kinds\" names none that this winnow knows");
    reason.kinds |= *kind;
  }
  if (reason.kinds.empty()) {
    read_earlier_touch(reason);
    return reason;
  }
  const auto own = json.find("first_ms");
  if (own == json.end())
    reason.first_ms = first_ms;
  else if (!own->is_null())
    reason.first_ms = integer_from_json<std::uint64_t>(*own);
  return reason;
}

class EntryReader {
 public:
  EntryReader(KeepSpec& spec, const Json& document) : spec_(spec) {
    for (const Json& group : document.value("groups", Json::array())) groups_.push_back(reason_from(group, {}));
  }

  void read(const Json& json) {
    std::optional<std::uint64_t> first_ms;
    if (json.contains("first_ms")) first_ms = integer_from_json<std::uint64_t>(json.at("first_ms"));
    KeptEntry kept{entry_from_json(json, spec_.layers.size()), reasons_from(json, first_ms)};
    kept.first_ms = first_ms;
    if (json.contains("package")) kept.package = text_from_json(json, "package");
    const std::string& path = kept.entry.path;
    if (kept.reasons->empty()) throw std::invalid_argument("an entry without a reason: " + printable(path));
    if (!spec_.entries.empty()) require_order(spec_.entries.back().entry.path, path);
    if (path != "/" && !is_directory(spec_, parent_of(path)))
      throw std::invalid_argument("an entry whose directory is not kept: " + printable(path));
    spec_.entries.push_back(std::move(kept));
  }

 private:
  std::shared_ptr<const Reasons> reasons_from(const Json& json, std::optional<std::uint64_t> first_ms) {
    std::vector<std::uint32_t> numbers;
    for (const Json& number : json.value("groups", Json::array())) {
      numbers.push_back(integer_from_json<std::uint32_t>(number));
      if (numbers.back() >= groups_.size()) throw std::invalid_argument("\"groups\" names no group");
    }
    const Json& own = json.at("reasons");
    if (numbers.size() + own.size() > kMaxReasons) throw std::invalid_argument("an entry with too many reasons");
    if (const auto known = shared_.find(numbers); own.empty() && known != shared_.end()) return known->second;
    Reasons reasons;
    for (const Json& reason : own) reasons.push_back(reason_from(reason, first_ms));
    for (const std::uint32_t number : numbers) reasons.push_back(groups_[number]);
    auto list = std::make_shared<const Reasons>(std::move(reasons));
    if (own.empty()) shared_.emplace(std::move(numbers), list);
    return list;
  }

  KeepSpec& spec_;
  Reasons groups_;
  std::map<std::vector<std::uint32_t>, std::shared_ptr<const Reasons>> shared_;  // of entries that have no others
};

// What the plan was asked for, and what it says of what it dropped.
void read_plan(const Json& json, KeepSpec& spec) {
  const Json& plan = json.at("plan");
  if (const auto& profile = plan.at("profile"); !profile.is_null()) spec.profile = digest_from_json(profile);
  const auto policy = policy_from_name(plan.at("policy").get_ref<const std::string&>());
  if (!policy) throw std::invalid_argument("\"policy\" is none that this winnow knows");
  spec.policy = *policy;
  spec.keep = strings_from(plan, "keep");
  spec.drop = strings_from(plan, "drop");
  if (plan.contains("rebuilt")) spec.rebuilt = rebuilt_from(plan.at("rebuilt"));
  for (const Json& one : plan.value("dropped_accesses", Json::array())) {  // earlier specs have none
    if (spec.dropped_accesses.size() == kMaxDroppedAccesses)
      throw std::invalid_argument("\"dropped_accesses\": more than a plan writes");
    spec.dropped_accesses.push_back({text_from_json(one, "path"), text_from_json(one, "by")});
  }
  for (const Json& risk : json.at("risks"))
    spec.risks.push_back({risk.at("family").get<std::string>(), text_from_json(risk, "glob"),
                          text_from_json(risk, "because"), integer_from_json<std::uint64_t>(risk.at("entries")),
                          integer_from_json<std::uint64_t>(risk.at("bytes"))});
}

void read_additions(const Json& json, KeepSpec& spec) {
  const auto added_directory = [&](std::string_view path) {
    const auto at = std::ranges::lower_bound(spec.additions, path, {},
                                             [](const Addition& one) { return std::string_view(one.entry.path); });
    return at != spec.additions.end() && at->entry.path == path && at->entry.type == EntryType::kDirectory;
  };
  for (const Json& one : json.at("additions")) {
    Addition addition = addition_from_json(one);
    const std::string& path = addition.entry.path;
    if (!spec.additions.empty()) require_order(spec.additions.back().entry.path, path);
    if (spec.find(path) != nullptr) throw std::invalid_argument("an addition that is kept as well: " + printable(path));
    if (!is_directory(spec, parent_of(path)) && !added_directory(parent_of(path)))
      throw std::invalid_argument("an addition without its directory: " + printable(path));
    spec.additions.push_back(std::move(addition));
  }
}

// JSON is the document without its entries.
KeepSpec spec_from(const Json& json, std::string_view text) {
  KeepSpec spec;
  const Json& image = json.at("image");
  spec.reference = text_from_json(image, "reference");
  spec.id = digest_from_json(image.at("id"));
  for (const Json& layer : image.at("layers")) spec.layers.push_back(layer_from_json(layer));
  spec.config_json = text_from_json(json, "config");
  if (Digest::of(spec.config_json) != spec.id) throw std::invalid_argument("\"config\" is not the config of \"image\"");
  spec.warnings = strings_from(json, "warnings");
  for (const Json& status : json.at("test_status")) spec.test_status.push_back(integer_from_json<int>(status));
  EntryReader entries(spec, json);
  (void)without_list(text, "entries", [&](std::string_view item) { entries.read(Json::parse(item)); });
  for (const Json& one : json.at("entries")) entries.read(one);  // of a list that is not called so letter by letter
  read_plan(json, spec);
  read_additions(json, spec);
  spec.summary = summary_from(json.at("summary"));
  if (spec.summary.kept_entries != spec.entries.size())
    throw std::invalid_argument("\"summary\" does not count the entries that are there");
  return spec;
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
      {"schema", kSchema},
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

Result<KeepSpec> keep_from_json(std::string_view text) {
  constexpr auto kHint = "a keep spec is what `winnow plan` writes";
  if (text.size() > kMaxSpec) return fail("a keep spec of more than 2 GiB", kHint);
  try {
    require_depth(text, kMaxDepth);
    const Json json = Json::parse(without_list(text, "entries", [](std::string_view) {}));
    const auto& schema = json.at("schema").get_ref<const std::string&>();
    if (schema != kSchema)
      return fail(fmt::format("schema \"{}\"; this winnow reads {}", printable(schema), kSchema),
                  schema.starts_with("winnow.keep/") ? "use the winnow that wrote it, or a newer one" : kHint);
    return spec_from(json, text);
  } catch (const std::exception& error) {
    return fail("not a valid keep spec: " + printable(error.what()), kHint);
  }
}

}  // namespace winnow
