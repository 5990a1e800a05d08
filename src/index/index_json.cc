// SPDX-License-Identifier: Apache-2.0
// Writes entries, layers and whole indexes as JSON.
#include "winnow/index/index_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

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
