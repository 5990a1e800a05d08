// SPDX-License-Identifier: Apache-2.0
// Package URLs, type by type as purl-spec's types have them.
#include "emit/purl.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "winnow/base/digest.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// ":" stays as it is (purl-spec, "Character encoding").
std::string encode(std::string_view text) { return percent_encoded(text, ":"); }

// The segments of a path, each encoded; empty ones are not allowed.
std::string encode_segments(std::string_view path) {
  std::string encoded;
  for (const std::string_view segment : components_of(path)) encoded += (encoded.empty() ? "" : "/") + encode(segment);
  return encoded;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

using Qualifiers = std::map<std::string, std::string>;  // sorted, as the canonical form has them

std::string purl(std::string_view type, const std::string& path, const std::string& version,
                 const Qualifiers& qualifiers = {}) {
  std::string text = fmt::format("pkg:{}/{}", type, path);
  if (!version.empty()) text += "@" + encode(version);
  char mark = '?';
  for (const auto& [key, value] : qualifiers) {
    if (value.empty()) continue;
    text += mark + key + "=" + encode(value);
    mark = '&';
  }
  return text;
}

// The vendor, as purl-spec and the scanners call it.
std::string vendor_of(const std::string& id) {
  if (id == "rhel") return "redhat";
  return id.starts_with("opensuse") ? "opensuse" : lower(id);
}

std::string system_purl(const Package& package, const OsRelease& system) {
  if (system.id.empty()) return "";
  Qualifiers qualifiers = {{"arch", package.architecture}};
  if (!system.version.empty()) qualifiers["distro"] = system.id + "-" + system.version;
  std::string version = package.version;
  if (const std::size_t colon = version.find(':'); package.manager == "rpm" && colon != std::string::npos) {
    qualifiers["epoch"] = version.substr(0, colon);
    version.erase(0, colon + 1);
  }
  const std::string name = package.manager == "rpm" ? package.name : lower(package.name);
  return purl(package.manager, encode(vendor_of(system.id)) + "/" + encode(name), version, qualifiers);
}

// Splits PACKAGE's name at its last MARK.
void split_name(PackageName& name, char mark) {
  const std::size_t at = name.name.rfind(mark);
  if (at == std::string::npos) return;
  name.group = name.name.substr(0, at);
  name.name.erase(0, at + 1);
}

// The value of an assignment of shell: quotes and backslashes are taken out.
std::string unquoted(std::string_view value) {
  std::string text;
  const char quote = value.empty() ? '\0' : value.front();
  const bool is_quoted = (quote == '"' || quote == '\'') && value.size() > 1 && value.back() == quote;
  if (is_quoted) value = value.substr(1, value.size() - 2);
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\' && quote != '\'' && at + 1 < value.size()) ++at;
    text += value[at];
  }
  return text;
}

}  // namespace

OsRelease os_release_of(const Index& index) {
  OsRelease system;
  for (const std::string_view path : {"/usr/lib/os-release", "/etc/os-release"}) {  // the second goes before the first
    const auto entry = index.resolve(path).entry;
    if (!entry || !index.entries[*entry].facts || !index.entries[*entry].facts->text) continue;
    system = {};
    for (std::string_view line : lines(*index.entries[*entry].facts->text)) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.starts_with("ID=")) system.id = unquoted(line.substr(3));
      if (line.starts_with("VERSION_ID=")) system.version = unquoted(line.substr(11));
      if (line.starts_with("PRETTY_NAME=")) system.pretty_name = unquoted(line.substr(12));
    }
  }
  return system;
}

PackageName name_of(const Package& package, const OsRelease& system) {
  PackageName name{{}, package.name, package.version, {}};
  const std::string& manager = package.manager;
  if (is_of_system(&package)) {
    name.purl = system_purl(package, system);
  } else if (manager == "pip") {
    std::string normal = lower(package.name);
    std::ranges::replace(normal, '_', '-');
    name.purl = purl("pypi", encode(normal), package.version);
  } else if (manager == "npm") {
    split_name(name, '/');
    name.purl = purl("npm", encode_segments(package.name), package.version);
  } else if (manager == "gem") {
    const std::size_t dash = std::min(package.version.find('-'), package.version.size());
    name.version.erase(dash);
    name.purl = purl("gem", encode(package.name), name.version,
                     {{"platform", package.version.substr(std::min(dash + 1, package.version.size()))}});
  } else if (manager == "conda") {
    name.purl = purl("conda", encode(package.name), package.version);
  } else if (manager == "go") {
    name.purl = purl("golang", encode_segments(lower(package.name)), package.version);
  } else if (manager == "jar") {
    split_name(name, ':');
    if (!name.group.empty()) name.purl = purl("maven", encode(name.group) + "/" + encode(name.name), package.version);
  }
  return name;
}

std::string oci_purl(std::string_view name, const Digest& manifest) {
  if (!manifest.valid() || name.empty()) return "";
  name = name.substr(0, name.find('@'));
  std::string tag;
  if (const std::size_t colon = name.find(':', name.rfind('/') + 1); colon != std::string_view::npos) {
    tag = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  // A first part that can be no host names no registry (and none is assumed).
  const std::string_view host = name.substr(0, name.find('/'));
  const bool says_registry =
      host.size() < name.size() && (host.find_first_of(".:") != host.npos || host == "localhost");
  const std::string_view last = name.substr(name.rfind('/') + 1);
  return last.empty() ? ""
                      : purl("oci", encode(lower(std::string(last))), manifest.str(),
                             {{"repository_url", says_registry ? std::string(name) : ""}, {"tag", tag}});
}

}  // namespace winnow
