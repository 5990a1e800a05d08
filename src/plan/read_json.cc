// SPDX-License-Identifier: Apache-2.0
// Reads keep.json, which may be hostile text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "plan/decisions.h"
#include "plan/json_list.h"
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

constexpr std::size_t kMaxSpec = std::size_t{2} << 30;
constexpr std::size_t kMaxDepth = 64;  // an image config may carry extensions of its own

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

Result<KeepSpec> keep_from_json(std::string_view text) {
  constexpr auto kHint = "a keep spec is what `winnow plan` writes";
  if (text.size() > kMaxSpec) return fail("a keep spec of more than 2 GiB", kHint);
  try {
    require_depth(text, kMaxDepth);
    const Json json = Json::parse(without_list(text, "entries", [](std::string_view) {}));
    const auto& schema = json.at("schema").get_ref<const std::string&>();
    if (schema != kKeepSchema)
      return fail(fmt::format("schema \"{}\"; this winnow reads {}", printable(schema), kKeepSchema),
                  schema.starts_with("winnow.keep/") ? "use the winnow that wrote it, or a newer one" : kHint);
    return spec_from(json, text);
  } catch (const std::exception& error) {
    return fail("not a valid keep spec: " + printable(error.what()), kHint);
  }
}

}  // namespace winnow
