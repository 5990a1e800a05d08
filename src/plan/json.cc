// SPDX-License-Identifier: Apache-2.0
// keep.json, schema "winnow.keep/1": writing, and reading text that may be hostile.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "winnow/index_json.h"
#include "winnow/plan.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "winnow.keep/1";
constexpr std::size_t kMaxText = std::size_t{2} << 30;
constexpr int kMaxDepth = 64;  // an image config may carry extensions of its own

Json to_json(const KeptEntry& kept) {
  Json json = json_of(kept.entry);
  if (!kept.package.empty()) json["package"] = escape_path(kept.package);
  Json reasons = Json::array();
  for (const Reason& reason : kept.reasons)
    reasons.push_back(
        {{"rule", reason.rule}, {"from", escape_path(reason.from)}, {"detail", escape_path(reason.detail)}});
  json["reasons"] = std::move(reasons);
  return json;
}

Json to_json(const Summary& sum) {
  return {{"entries", {{"kept", sum.kept_entries}, {"dropped", sum.dropped_entries}, {"image", sum.image_entries}}},
          {"bytes", {{"kept", sum.kept_bytes}, {"dropped", sum.dropped_bytes}, {"image", sum.image_bytes}}}};
}

Summary summary_from(const Json& json) {
  const auto count = [&](const char* what, const char* part) { return json.at(what).at(part).get<std::uint64_t>(); };
  Summary sum{count("entries", "kept"), count("entries", "dropped"), count("entries", "image"),
              count("bytes", "kept"),   count("bytes", "dropped"),   count("bytes", "image")};
  if (sum.kept_entries + sum.dropped_entries != sum.image_entries ||
      sum.kept_bytes + sum.dropped_bytes != sum.image_bytes)
    throw std::invalid_argument("\"summary\": kept and dropped do not add up to the image");
  return sum;
}

KeepSpec spec_from(const Json& json) {
  KeepSpec spec;
  const Json& image = json.at("image");
  spec.reference = text_from_json(image, "reference");
  spec.id = digest_from_json(image.at("id"));
  for (const Json& layer : image.at("layers")) spec.layers.push_back(layer_from_json(layer));
  spec.config_json = text_from_json(json, "config");
  if (Digest::of(spec.config_json) != spec.id) throw std::invalid_argument("\"config\" is not the config of \"image\"");
  for (const Json& warning : json.at("warnings")) spec.warnings.push_back(warning.get<std::string>());
  spec.test_status = json.at("test_status").get<std::vector<int>>();
  for (const Json& one : json.at("entries")) {
    KeptEntry kept{entry_from_json(one, spec.layers.size()), {}};
    if (one.contains("package")) kept.package = text_from_json(one, "package");
    for (const Json& reason : one.at("reasons"))
      kept.reasons.push_back(
          {reason.at("rule").get<std::string>(), text_from_json(reason, "from"), text_from_json(reason, "detail")});
    if (kept.reasons.empty()) throw std::invalid_argument("an entry without a reason: " + printable(kept.entry.path));
    if (!spec.entries.empty() && !(spec.entries.back().entry.path < kept.entry.path))
      throw std::invalid_argument("entries that are not sorted by path, or twice: " + printable(kept.entry.path));
    spec.entries.push_back(std::move(kept));
  }
  spec.summary = summary_from(json.at("summary"));
  if (spec.summary.kept_entries != spec.entries.size())
    throw std::invalid_argument("\"summary\" does not count the entries that are there");
  return spec;
}

}  // namespace

std::string to_json(const KeepSpec& spec) {
  Json layers = Json::array();
  for (const Layer& layer : spec.layers) layers.push_back(json_of(layer));
  Json warnings = Json::array();
  for (const auto& warning : spec.warnings) warnings.push_back(escape_path(warning));
  Json entries = Json::array();
  for (const KeptEntry& kept : spec.entries) entries.push_back(to_json(kept));
  // The config is carried as text: its bytes are what the image id is the digest of.
  const Json json = {
      {"schema", kSchema},
      {"image", {{"reference", escape_path(spec.reference)}, {"id", spec.id.str()}, {"layers", std::move(layers)}}},
      {"config", escape_path(spec.config_json)},
      {"warnings", std::move(warnings)},
      {"test_status", spec.test_status},
      {"summary", to_json(spec.summary)},
      {"entries", std::move(entries)},
  };
  return json.dump(1) + "\n";
}

Result<KeepSpec> keep_from_json(std::string_view text) {
  constexpr auto kHint = "a keep spec is what `winnow plan` writes";
  if (text.size() > kMaxText) return fail("a keep spec of more than 2 GiB", kHint);
  try {
    const Json json = Json::parse(text, [](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth) throw std::invalid_argument("nested too deeply");
      return true;
    });
    const auto& schema = json.at("schema").get_ref<const std::string&>();
    if (schema != kSchema)
      return fail(fmt::format("schema \"{}\"; this winnow reads {}", printable(schema), kSchema),
                  schema.starts_with("winnow.keep/") ? "use the winnow that wrote it, or a newer one" : kHint);
    return spec_from(json);
  } catch (const std::exception& error) {
    return fail("not a valid keep spec: " + printable(error.what()), kHint);
  }
}

}  // namespace winnow
