// SPDX-License-Identifier: Apache-2.0
// dpkg(1): versions from status, files from info/NAME[:ARCH].list; in distroless images status.d/NAME and NAME.md5sums.
#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "attribute/packages/claims.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kAdmin = "/var/lib/dpkg";

// A field of the control format (deb822(5)) on LINE; empty when it is another one.
std::string_view field(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with(':')) return {};
  line.remove_prefix(name.size() + 1);
  const std::size_t start = line.find_first_not_of(" \t");
  return start == std::string_view::npos ? std::string_view() : line.substr(start);
}

struct Stanza {
  std::string_view package, architecture, version;
  std::array<std::string_view, 3> needs;  // as kNeeds names them
};
constexpr std::array<std::string_view, 3> kNeeds = {"Pre-Depends", "Depends", "Recommends"};

// The packages that a stanza names, alternatives too: "a (>= 1) | b:any, c" (Debian Policy 7.1).
std::vector<std::string> needs_of(const Stanza& stanza) {
  std::vector<std::string> names;
  for (const std::string_view list : stanza.needs)
    for (const std::string_view alternatives : split(list, ','))
      for (std::string_view name : split(alternatives, '|')) {
        name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
        name = name.substr(0, name.find_first_of(" (:"));
        if (!name.empty()) names.emplace_back(name);
      }
  return names;
}

// Takes the first stanza off TEXT.
Stanza take_stanza(std::string_view& text) {
  Stanza stanza;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (line.empty() && !stanza.package.empty()) break;
    if (const auto value = field(line, "Package"); !value.empty()) stanza.package = value;
    if (const auto value = field(line, "Architecture"); !value.empty()) stanza.architecture = value;
    if (const auto value = field(line, "Version"); !value.empty()) stanza.version = value;
    for (std::size_t i = 0; i < kNeeds.size(); ++i)
      if (const auto value = field(line, kNeeds[i]); !value.empty()) stanza.needs[i] = value;
  }
  return stanza;
}

// What status and the files of status.d say, by name and architecture.
std::vector<Stanza> versions_of(const Index& index) {
  std::vector<Stanza> all;
  std::string_view status = text_of(index, std::string(kAdmin) + "/status");
  while (!status.empty() && all.size() < kMaxPackages) all.push_back(take_stanza(status));
  for (const EntryId id : ids_below(index, std::string(kAdmin) + "/status.d"))
    if (std::string_view text = text_of(index.entries[id]); !index.entries[id].path.ends_with(".md5sums"))
      if (all.size() < kMaxPackages) all.push_back(take_stanza(text));
  std::ranges::sort(all, {}, [](const Stanza& one) { return std::pair(one.package, one.architecture); });
  return all;
}

// Of NAME or NAME:ARCHITECTURE, as files in info/ are called; without an architecture any one will do.
Stanza stanza_of(const std::vector<Stanza>& versions, std::string_view full) {
  const std::string_view name = take_until(full, ':');
  const auto known = std::ranges::equal_range(versions, name, {}, &Stanza::package);
  for (const Stanza& one : known)
    if (full.empty() || one.architecture == full) return one;
  return {};
}

struct Diversion {
  std::string_view to, by;  // the package whose own file stays in place
};

// Three lines each: a path, where the files of other packages of that name went, and the package (dpkg-divert(1)).
std::map<std::string_view, Diversion> diversions_of(std::string_view text) {
  std::map<std::string_view, Diversion> diversions;
  while (!text.empty() && diversions.size() < kMaxPackages) {
    const std::string_view from = take_until(text, '\n');
    const std::string_view to = take_until(text, '\n');
    diversions[from] = {to, take_until(text, '\n')};
  }
  return diversions;
}

using Numbers = std::map<std::string, std::uint32_t>;  // of packages, by Package::str() and architecture

std::uint32_t number_of(Claims& claims, Numbers& numbers, Package package) {
  const auto [known, is_new] = numbers.emplace(package.str() + " " + package.architecture, 0);
  if (is_new) known->second = claims.package(std::move(package));
  return known->second;
}

void claim_lists(Claims& claims, Numbers& numbers) {
  const Index& index = claims.index();
  const auto versions = versions_of(index);
  const auto diversions = diversions_of(text_of(index, std::string(kAdmin) + "/diversions"));
  for (const EntryId id : ids_below(index, std::string(kAdmin) + "/info")) {
    const Entry& entry = index.entries[id];
    const std::string_view name = base_name(entry.path);
    if (!name.ends_with(".list") || text_of(entry).empty()) continue;
    const std::string_view full = name.substr(0, name.size() - 5);
    if (claims.exhausted()) return;
    const Stanza stanza = stanza_of(versions, full);
    const std::uint32_t package = number_of(claims, numbers,
                                            {"deb", std::string(full.substr(0, full.find(':'))),
                                             std::string(stanza.version), std::string(stanza.architecture)});
    claims.needs(package, needs_of(stanza));
    for (const std::string_view path : lines(text_of(entry))) {
      const auto moved = diversions.find(path);
      const bool elsewhere = moved != diversions.end() && moved->second.by != full.substr(0, full.find(':'));
      claims.claim(package, elsewhere ? moved->second.to : path);
    }
    for (const std::string_view suffix : {".list", ".md5sums", ".shlibs", ".symbols", ".triggers", ".conffiles",
                                          ".preinst", ".postinst", ".prerm", ".postrm", ".templates", ".config"})
      claims.claim(package, std::string(kAdmin) + "/info/" + std::string(full) + std::string(suffix));
  }
}

void claim_status_directory(Claims& claims, Numbers& numbers) {
  const Index& index = claims.index();
  for (const EntryId id : ids_below(index, std::string(kAdmin) + "/status.d")) {
    const Entry& entry = index.entries[id];
    std::string_view text = text_of(entry);
    if (entry.path.ends_with(".md5sums") || text.empty()) continue;
    const Stanza stanza = take_stanza(text);
    if (stanza.package.empty()) continue;
    const std::uint32_t package =
        number_of(claims, numbers,
                  {"deb", std::string(stanza.package), std::string(stanza.version), std::string(stanza.architecture)});
    claims.needs(package, needs_of(stanza));
    claims.claim(package, id);
    claims.claim(package, entry.path + ".md5sums");
    for (std::string_view line : lines(text_of(index, entry.path + ".md5sums"))) {  // "<32 hex>  path"
      take_until(line, ' ');
      if (line.size() > 1) claims.claim(package, "/" + std::string(line.substr(1)));
    }
  }
}

}  // namespace

void claim_dpkg(Claims& claims) {
  Numbers numbers;
  claim_lists(claims, numbers);
  claim_status_directory(claims, numbers);
}

}  // namespace winnow
