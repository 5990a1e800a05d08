// SPDX-License-Identifier: Apache-2.0
// Looks into META-INF of a zip, with bounds on how many members and how much of them are read.
#include "image/facts/jar.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "image/layer/archive_handle.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr int kMaxMembers = 100'000;
constexpr std::size_t kMaxMember = std::size_t{256} << 10;

std::string content_of(archive* zip) {
  std::string content(kMaxMember, '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const la_ssize_t n = archive_read_data(zip, content.data() + filled, content.size() - filled);
    if (n <= 0) break;
    filled += static_cast<std::size_t>(n);
  }
  content.resize(filled);
  return content;
}

// "key=value" or "Key: value" lines.
std::map<std::string, std::string> pairs_of(std::string_view text, char separator) {
  std::map<std::string, std::string> pairs;
  for (std::string_view line : lines(text)) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t at = line.find(separator);
    if (at == std::string_view::npos) continue;
    const std::size_t value = line.find_first_not_of(' ', at + 1);
    if (value != std::string_view::npos) pairs[std::string(line.substr(0, at))] = line.substr(value);
  }
  return pairs;
}

// A line that begins with a blank goes on with the one before (JAR File Specification, "Line length").
std::string unfolded(std::string_view text) {
  std::string plain;
  for (std::string_view line : lines(text)) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool goes_on = line.starts_with(' ') && !plain.empty();
    if (goes_on) plain.pop_back();  // the line break
    plain.append(line.substr(goes_on ? 1 : 0)).append("\n");
  }
  return plain;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

std::string with_version(const std::string& name, const std::string& version) {
  return version.empty() ? "jar:" + name : "jar:" + name + "@" + version;
}

std::string from_manifest(std::map<std::string, std::string> pairs) {
  for (const auto& [title, version] : {std::pair{"Implementation-Title", "Implementation-Version"},
                                       std::pair{"Bundle-SymbolicName", "Bundle-Version"}}) {
    std::string name = pairs[title];
    if (!name.empty()) return with_version(name.substr(0, name.find(';')), pairs[version]);
  }
  return {};
}

}  // namespace

JarFacts read_jar(std::span<const char> jar) {
  const ByteLocale bytes;
  const ArchiveHandle zip(archive_read_new());
  // By the directory at its end, as Java reads jars; without one, skipping a member means to uncompress it.
  archive_read_support_format_zip_seekable(zip.get());
  if (archive_read_open_memory(zip.get(), jar.data(), jar.size()) != ARCHIVE_OK) return {};
  JarFacts facts;
  int poms = 0;
  bool described = false;
  archive_entry* entry = nullptr;
  for (int i = 0; i < kMaxMembers && archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK; ++i) {
    const char* raw = archive_entry_pathname(entry);
    const std::string_view name = raw != nullptr ? raw : "";
    if (name == "META-INF/MANIFEST.MF" && !std::exchange(described, true)) {
      const auto pairs = pairs_of(unfolded(content_of(zip.get())), ':');
      if (const auto path = pairs.find("Class-Path"); path != pairs.end()) facts.class_path = words_of(path->second);
      if (poms == 0) facts.owner = from_manifest(pairs);
    }
    if (!name.starts_with("META-INF/maven/") || !name.ends_with("/pom.properties")) continue;
    if (++poms > 1) continue;  // only whether there are several counts
    auto pairs = pairs_of(content_of(zip.get()), '=');
    facts.owner = with_version(pairs["groupId"] + ":" + pairs["artifactId"], pairs["version"]);
  }
  if (poms > 1) facts.owner.clear();  // a jar of jars: what it is made of does not name it
  facts.owner = facts.owner.substr(0, 4096);
  return facts;
}

}  // namespace winnow
