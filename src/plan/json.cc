// SPDX-License-Identifier: Apache-2.0
// keep.json, schema "winnow.keep/1": writing, and reading text that may be hostile.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "winnow/plan.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "winnow.keep/1";
constexpr std::size_t kMaxText = std::size_t{2} << 30;
constexpr int kMaxDepth = 64;  // an image config may carry extensions of its own

// Values of extended attributes are binary: hex digits, as getfattr -e hex prints them.
std::string hex_of(std::string_view bytes) {
  std::string text = "0x";
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string bytes_of(std::string_view hex) {
  if (!hex.starts_with("0x") || hex.size() % 2 != 0)
    throw std::invalid_argument("an extended attribute that is not hex");
  std::string bytes;
  for (std::size_t at = 2; at < hex.size(); at += 2) {
    auto byte = unescape_path(fmt::format("\\x{}", hex.substr(at, 2)));
    if (hex.substr(at, 2) == "00") byte = std::string(1, '\0');
    if (!byte || byte->size() != 1) throw std::invalid_argument("an extended attribute that is not hex");
    bytes += *byte;
  }
  return bytes;
}

Json to_json(const Layer& layer) {
  return {{"diff_id", layer.diff_id.str()},
          {"digest", layer.digest.str()},
          {"size", layer.size},
          {"tar_size", layer.tar_size},
          {"created_by", escape_path(layer.created_by)}};
}

Json to_json(const KeptEntry& kept) {
  const Entry& entry = kept.entry;
  Json json = {{"path", escape_path(entry.path)},
               {"type", name_of(entry.type)},
               {"mode", fmt::format("{:04o}", entry.mode)},
               {"uid", entry.uid},
               {"gid", entry.gid},
               {"size", entry.size},
               {"mtime", entry.mtime}};
  if (entry.mtime_ns != 0) json["mtime_ns"] = entry.mtime_ns;
  if (entry.sha256.valid()) json["sha256"] = entry.sha256.hex();
  if (entry.type == EntryType::kSymlink) json["link_target"] = escape_path(entry.link_target);
  if (entry.link_group != 0) json["hard_link_group"] = entry.link_group;
  if (entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice)
    json["device"] = {entry.dev_major, entry.dev_minor};
  if (!entry.xattrs.empty()) {
    Json xattrs = Json::object();
    for (const auto& [name, value] : entry.xattrs) xattrs[escape_path(name)] = hex_of(value);
    json["xattrs"] = std::move(xattrs);
  }
  json["layer"] = entry.layer;
  if (entry.implied) json["implied"] = true;
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

std::string text_at(const Json& json, const char* field) {
  auto text = unescape_path(json.at(field).get_ref<const std::string&>());
  if (!text) throw std::invalid_argument(fmt::format("\"{}\": {}", field, text.error().what));
  return *std::move(text);
}

Digest digest_from(std::string_view text) {
  auto digest = Digest::parse(text);
  if (!digest) throw std::invalid_argument(digest.error().what);
  return *digest;
}

Layer layer_from(const Json& json) {
  Layer layer;
  layer.diff_id = digest_from(json.at("diff_id").get_ref<const std::string&>());
  layer.digest = digest_from(json.at("digest").get_ref<const std::string&>());
  layer.size = json.at("size").get<std::uint64_t>();
  layer.tar_size = json.at("tar_size").get<std::uint64_t>();
  layer.created_by = text_at(json, "created_by");
  return layer;
}

std::uint32_t mode_from(const std::string& text) {
  std::uint32_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7' || text.size() != 4) throw std::invalid_argument("a mode that is not four octal digits");
    mode = mode << 3 | static_cast<std::uint32_t>(c - '0');
  }
  return mode;
}

Entry entry_from(const Json& json, std::size_t layers) {
  Entry entry;
  entry.path = text_at(json, "path");
  if (entry.path != normal_path(entry.path)) throw std::invalid_argument("not an image path: " + printable(entry.path));
  const auto type = entry_type_from_name(json.at("type").get_ref<const std::string&>());
  if (!type) throw std::invalid_argument("unknown type of entry");
  entry.type = *type;
  entry.mode = mode_from(json.at("mode").get_ref<const std::string&>());
  entry.uid = json.at("uid").get<std::uint32_t>();
  entry.gid = json.at("gid").get<std::uint32_t>();
  entry.size = json.at("size").get<std::uint64_t>();
  entry.mtime = json.at("mtime").get<std::int64_t>();
  entry.mtime_ns = json.value("mtime_ns", 0u);
  if (json.contains("sha256")) entry.sha256 = digest_from("sha256:" + json.at("sha256").get_ref<const std::string&>());
  if (json.contains("link_target")) entry.link_target = text_at(json, "link_target");
  entry.link_group = json.value("hard_link_group", 0u);
  if (json.contains("device")) {
    entry.dev_major = json.at("device").at(0).get<std::uint32_t>();
    entry.dev_minor = json.at("device").at(1).get<std::uint32_t>();
  }
  if (json.contains("xattrs"))
    for (const auto& [name, value] : json.at("xattrs").items()) {
      auto plain = unescape_path(name);
      if (!plain) throw std::invalid_argument("\"xattrs\": " + plain.error().what);
      entry.xattrs[*plain] = bytes_of(value.get_ref<const std::string&>());
    }
  entry.layer = json.at("layer").get<std::uint32_t>();
  if (entry.layer >= layers && layers > 0) throw std::invalid_argument("\"layer\" names no layer");
  entry.implied = json.value("implied", false);
  return entry;
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
  spec.reference = text_at(image, "reference");
  spec.id = digest_from(image.at("id").get_ref<const std::string&>());
  for (const Json& layer : image.at("layers")) spec.layers.push_back(layer_from(layer));
  spec.config_json = text_at(json, "config");
  if (Digest::of(spec.config_json) != spec.id) throw std::invalid_argument("\"config\" is not the config of \"image\"");
  for (const Json& warning : json.at("warnings")) spec.warnings.push_back(warning.get<std::string>());
  spec.test_status = json.at("test_status").get<std::vector<int>>();
  for (const Json& one : json.at("entries")) {
    KeptEntry kept{entry_from(one, spec.layers.size()), {}};
    for (const Json& reason : one.at("reasons"))
      kept.reasons.push_back(
          {reason.at("rule").get<std::string>(), text_at(reason, "from"), text_at(reason, "detail")});
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
  for (const Layer& layer : spec.layers) layers.push_back(to_json(layer));
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
