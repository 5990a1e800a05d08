// SPDX-License-Identifier: Apache-2.0
// Entries, layers and whole indexes as JSON, and the first two back from text that may be hostile.
#include "winnow/index/index_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "winnow/base/digest.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

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

std::uint32_t mode_from(const std::string& text) {
  std::uint32_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7' || text.size() != 4) throw std::invalid_argument("a mode that is not four octal digits");
    mode = mode << 3 | static_cast<std::uint32_t>(c - '0');
  }
  return mode;
}

}  // namespace

Json json_of(const Layer& layer) {
  return {{"diff_id", layer.diff_id.str()},
          {"digest", layer.digest.str()},
          {"size", layer.size},
          {"tar_size", layer.tar_size},
          {"created_by", escape_path(layer.created_by)}};
}

Json json_of(const Entry& entry) {
  Json json = {{"path", escape_path(entry.path)},
               {"type", to_string(entry.type)},
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
  return json;
}

Json json_of(const Shadowed& version) {
  Json json = json_of(version.entry);
  json["by_layer"] = version.by_layer;
  json["deleted"] = version.deleted;
  if (version.linked) json["linked"] = true;
  return json;
}

// Text stands as paths do, anything with a NUL as hex digits.
Json json_of(const Addition& addition) {
  Json json = json_of(addition.entry);
  json.erase("layer");
  if (!addition.package.empty()) json["package"] = escape_path(addition.package);
  if (addition.entry.type != EntryType::kFile) return json;
  if (addition.content.find('\0') == std::string::npos)
    json["content"] = escape_path(addition.content);
  else
    json["content_hex"] = hex_of(addition.content);
  return json;
}

void require_depth(std::string_view text, std::size_t most) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    } else if (c == '{' || c == '[') {
      if (++depth > most) throw std::invalid_argument("nested too deeply");
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
}

std::string text_from_json(const Json& json, const char* field) {
  auto text = unescape_path(json.at(field).get_ref<const std::string&>());
  if (!text) throw std::invalid_argument(fmt::format("\"{}\": {}", field, text.error().what));
  return *std::move(text);
}

Digest digest_from_json(const Json& json) {
  auto digest = Digest::parse(json.get_ref<const std::string&>());
  if (!digest) throw std::invalid_argument(digest.error().what);
  return *digest;
}

Layer layer_from_json(const Json& json) {
  Layer layer;
  layer.diff_id = digest_from_json(json.at("diff_id"));
  layer.digest = digest_from_json(json.at("digest"));
  layer.size = integer_from_json<std::uint64_t>(json.at("size"));
  layer.tar_size = integer_from_json<std::uint64_t>(json.at("tar_size"));
  layer.created_by = text_from_json(json, "created_by");
  return layer;
}

Entry entry_from_json(const Json& json, std::size_t layers) {
  Entry entry;
  entry.path = text_from_json(json, "path");
  if (entry.path != normal_path(entry.path)) throw std::invalid_argument("not an image path: " + printable(entry.path));
  const auto type = entry_type_from_name(json.at("type").get_ref<const std::string&>());
  if (!type) throw std::invalid_argument("unknown type of entry");
  entry.type = *type;
  entry.mode = mode_from(json.at("mode").get_ref<const std::string&>());
  entry.uid = integer_from_json<std::uint32_t>(json.at("uid"));
  entry.gid = integer_from_json<std::uint32_t>(json.at("gid"));
  entry.size = integer_from_json<std::uint64_t>(json.at("size"));
  entry.mtime = integer_from_json<std::int64_t>(json.at("mtime"));
  if (json.contains("mtime_ns")) entry.mtime_ns = integer_from_json<std::uint32_t>(json.at("mtime_ns"));
  if (json.contains("sha256"))
    entry.sha256 = digest_from_json("sha256:" + json.at("sha256").get_ref<const std::string&>());
  if (json.contains("link_target")) entry.link_target = text_from_json(json, "link_target");
  if (json.contains("hard_link_group")) entry.link_group = integer_from_json<std::uint32_t>(json.at("hard_link_group"));
  if (json.contains("device")) {
    entry.dev_major = integer_from_json<std::uint32_t>(json.at("device").at(0));
    entry.dev_minor = integer_from_json<std::uint32_t>(json.at("device").at(1));
  }
  if (json.contains("xattrs"))
    for (const auto& [name, value] : json.at("xattrs").items()) {
      auto plain = unescape_path(name);
      if (!plain) throw std::invalid_argument("\"xattrs\": " + plain.error().what);
      entry.xattrs.emplace_back(*plain, bytes_of(value.get_ref<const std::string&>()));
    }
  std::ranges::sort(entry.xattrs);
  entry.layer = integer_from_json<std::uint32_t>(json.at("layer"));
  if (entry.layer >= layers && layers > 0) throw std::invalid_argument("\"layer\" names no layer");
  entry.implied = json.value("implied", false);
  return entry;
}

Addition addition_from_json(const Json& json) {
  Json with_layer = json;
  with_layer["layer"] = 0;
  Addition addition{entry_from_json(with_layer, 1), {}};
  const Entry& entry = addition.entry;
  if (json.contains("package")) addition.package = text_from_json(json, "package");
  if (json.contains("content")) addition.content = text_from_json(json, "content");
  if (json.contains("content_hex")) addition.content = bytes_of(json.at("content_hex").get_ref<const std::string&>());
  const bool file = entry.type == EntryType::kFile;
  constexpr std::uint32_t kSpecialBits = 07000;
  if (entry.uid != 0 || entry.gid != 0 || (entry.mode & kSpecialBits) != 0 || !entry.xattrs.empty() ||
      entry.link_group != 0)
    throw std::invalid_argument("an addition that is more than a plain file of root: " + printable(entry.path));
  if ((!file && entry.type != EntryType::kDirectory) || addition.content.size() != entry.size ||
      (file && Digest::of(addition.content) != entry.sha256))
    throw std::invalid_argument("an addition whose content is not what it says: " + printable(entry.path));
  return addition;
}

std::string to_json(const Index& index, std::span<const std::string> packages) {
  const auto lines = [](const auto& list, auto one) {
    std::string text;
    for (const auto& item : list) text += (text.empty() ? "\n  " : ",\n  ") + one(item).dump();
    return text + "\n ]";
  };
  const auto text_of = [](std::string_view text) { return Json(escape_path(text)).dump(); };
  const auto entry_of = [&, id = std::size_t{0}](const Entry& entry) mutable {
    Json json = json_of(entry);
    if (id < packages.size() && !packages[id].empty()) json["package"] = escape_path(packages[id]);
    ++id;
    return json;
  };
  std::string names;
  for (const std::string& name : index.names) names += (names.empty() ? "" : ", ") + text_of(name);
  return fmt::format(
      "{{\n \"schema\": \"winnow.index/1\",\n \"id\": \"{}\",\n \"names\": [{}],\n \"config\": {},\n \"bytes\": "
      "{{\"seen\": {}, \"shadowed\": {}}},\n \"layers\": [{},\n \"entries\": [{},\n \"shadowed\": [{}\n}}\n",
      index.id.str(), names, text_of(index.config_json), index.bytes(), index.shadowed_bytes(),
      lines(index.layers, [](const Layer& layer) { return json_of(layer); }), lines(index.entries, entry_of),
      lines(index.shadowed, [](const Shadowed& version) { return json_of(version); }));
}

}  // namespace winnow
