// SPDX-License-Identifier: Apache-2.0
// Reads the text form of an index.
#include "support/index_text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow::test {
namespace {

using Json = nlohmann::json;

[[noreturn]] void give_up(const std::string& line) {
  std::fprintf(stderr, "index_from_text: cannot read \"%s\"\n", line.c_str());
  std::abort();
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<std::string> strings(const Json& config, const char* field) {
  return config.contains(field) ? config.at(field).get<std::vector<std::string>>() : std::vector<std::string>();
}

void read_config(const std::string& text, Index& index) {
  index.config_json = text;
  const Json config = Json::parse(text).value("config", Json::object());
  index.config.entrypoint = strings(config, "Entrypoint");
  index.config.cmd = strings(config, "Cmd");
  index.config.env = strings(config, "Env");
  index.config.shell = strings(config, "Shell");
  index.config.user = config.value("User", "");
  index.config.working_dir = config.value("WorkingDir", "");
  if (config.contains("Volumes"))
    for (const auto& [path, unused] : config.at("Volumes").items()) index.config.volumes.push_back(path);
  if (config.contains("Healthcheck")) index.config.healthcheck = strings(config.at("Healthcheck"), "Test");
}

void read_attribute(const std::string& word, Entry& entry, FileFacts& facts) {
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : unescape_path(word.substr(equals + 1)).value();
  if (name == "shebang") {
    facts.shebang = value;
  } else if (name == "text") {
    facts.text = value;
  } else if (name == "owner") {
    facts.owner = value;
  } else if (name == "mentions") {
    facts.mentions = split(value, ',');
  } else if (name == "group") {
    entry.link_group = static_cast<std::uint32_t>(std::stoul(value));
  } else {
    if (!facts.elf) facts.elf.emplace();
    if (name == "interp") facts.elf->interpreter = value;
    if (name == "needed") facts.elf->needed = split(value, ',');
    if (name == "runpath") facts.elf->runpath = split(value, ':');
    if (name == "rpath") facts.elf->rpath = split(value, ':');
  }
}

Entry read_entry(const std::string& line) {
  std::istringstream words(line);
  std::string type, mode, owner, path;
  words >> type;
  Entry entry;
  if (type == "l") {
    std::string target;
    words >> path >> target;
    entry.type = EntryType::kSymlink;
    entry.mode = 0777;
    entry.link_target = unescape_path(target).value();
  } else if (type == "d" || type == "f") {
    words >> mode >> owner;
    if (type == "f") words >> entry.size;
    words >> path;
    entry.type = type == "f" ? EntryType::kFile : EntryType::kDirectory;
    entry.mode = static_cast<std::uint32_t>(std::stoul(mode, nullptr, 8));
    entry.uid = static_cast<std::uint32_t>(std::stoul(owner));
    entry.gid = static_cast<std::uint32_t>(std::stoul(owner.substr(owner.find(':') + 1)));
  } else {
    give_up(line);
  }
  if (words.fail() || path.empty()) give_up(line);
  entry.path = unescape_path(path).value();
  FileFacts facts;
  bool has_facts = false;
  for (std::string word; words >> word; has_facts = true) read_attribute(word, entry, facts);
  if (has_facts) entry.facts = std::make_shared<FileFacts>(facts);
  if (entry.type == EntryType::kFile)
    entry.sha256 = Digest::of(entry.link_group != 0 ? std::to_string(entry.link_group) : entry.path);
  return entry;
}

}  // namespace

Index index_from_text(std::string_view text) {
  Index index;
  index.config_json = R"({"config":{}})";
  std::map<std::string, Entry> entries;
  for (const std::string& line : split(std::string(text), '\n')) {
    const auto start = line.find_first_not_of(' ');
    if (start == std::string::npos || line[start] == '#') continue;
    const std::string rest = line.substr(start);
    if (rest.starts_with("config ")) {
      read_config(rest.substr(7), index);
    } else if (rest.starts_with("layer ")) {
      Layer layer;
      layer.created_by = rest.substr(6);
      layer.diff_id = layer.digest = Digest::of(std::to_string(index.layers.size()));
      index.layers.push_back(layer);
    } else {
      Entry entry = read_entry(rest);
      entry.layer = index.layers.empty() ? 0 : static_cast<std::uint32_t>(index.layers.size() - 1);
      entries[entry.path] = entry;
    }
  }
  if (index.layers.empty()) index.layers.push_back({Digest::of("0"), Digest::of("0"), 0, 0, "ADD rootfs"});
  std::vector<std::string> paths = {"/"};
  for (const auto& [path, entry] : entries)
    for (std::string_view above = parent_of(path); above != "/"; above = parent_of(above)) paths.emplace_back(above);
  for (const std::string& path : paths) {
    Entry parent;
    parent.path = path;
    parent.type = EntryType::kDirectory;
    parent.mode = 0755;
    parent.implied = true;
    entries.try_emplace(path, parent);
  }
  for (auto& [path, entry] : entries) index.entries.push_back(std::move(entry));
  index.id = Digest::of(index.config_json);
  return index;
}

}  // namespace winnow::test
