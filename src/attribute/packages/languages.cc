// SPDX-License-Identifier: Apache-2.0
// Packages of languages, where a file names its owner: conda's lists, pip's RECORD, npm's package.json, gem's
// specifications, and programs and jars that carry their own name.
#include <algorithm>

#include "attribute/packages/claims.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// "NAME-VERSION", split where the version begins.
Package named(std::string_view manager, std::string_view text) {
  std::size_t dash = text.rfind('-');
  // A gem's platform follows its version: nokogiri-1.16.0-x86_64-linux.
  for (std::size_t at = text.find('-'); at != std::string_view::npos; at = text.find('-', at + 1))
    if (at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '9') {
      dash = at;
      break;
    }
  if (dash == std::string_view::npos) return {std::string(manager), std::string(text), {}};
  return {std::string(manager), std::string(text.substr(0, dash)), std::string(text.substr(dash + 1))};
}

// PEP 376, PEP 627: "path,hash,size" lines, paths relative to the directory that holds NAME-VERSION.dist-info. A path
// with a comma is quoted.
void claim_record(Claims& claims, const Entry& record) {
  const std::string_view info = parent_of(record.path);
  std::string_view name = base_name(info);
  name.remove_suffix(std::string_view(".dist-info").size());
  const std::uint32_t package = claims.package(named("pip", name));
  const std::string base(parent_of(info));
  for (std::string_view line : lines(text_of(record))) {
    std::string path;
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      path = take_until(line, '"');
    } else {
      path = take_until(line, ',');
    }
    if (path.empty()) continue;
    if (!path.starts_with('/')) path.insert(0, base + "/");
    claims.claim(package, normal_path(path));
  }
  claims.claim_below(package, info);
}

// "npm:left-pad@1.3.0" as facts have it.
Package from_fact(std::string_view owner) {
  const std::string_view manager = take_until(owner, ':');
  const std::size_t at = owner.rfind('@');
  if (at == std::string_view::npos || at == 0) return {std::string(manager), std::string(owner), {}};
  return {std::string(manager), std::string(owner.substr(0, at)), std::string(owner.substr(at + 1))};
}

// PREFIX/conda-meta/NAME.json, whose text is the names of the package's files below PREFIX.
void claim_conda(Claims& claims, EntryId id) {
  const Entry& entry = claims.index().entries[id];
  const std::uint32_t package = claims.package(from_fact(entry.facts->owner));
  const std::string prefix(parent_of(parent_of(entry.path)));
  claims.claim(package, id);
  for (const std::string_view file : lines(text_of(entry))) {
    if (claims.exhausted()) break;
    if (!file.empty()) claims.claim(package, normal_path(prefix + "/" + std::string(file)));
  }
}

}  // namespace

void claim_languages(Claims& claims) {
  const Index& index = claims.index();
  std::vector<std::pair<std::string_view, std::string_view>> directories;  // of npm: path, owner
  for (EntryId id = 0; id < index.entries.size() && !claims.exhausted(); ++id) {
    const Entry& entry = index.entries[id];
    if (entry.type != EntryType::kFile) continue;
    const std::string_view name = base_name(entry.path);
    const std::string_view parent = parent_of(entry.path);
    if (name == "RECORD" && parent.ends_with(".dist-info")) claim_record(claims, entry);
    if (name.ends_with(".gemspec") && base_name(parent) == "specifications") {
      const std::string_view full = name.substr(0, name.size() - std::string_view(".gemspec").size());
      const std::uint32_t package = claims.package(named("gem", full));
      claims.claim(package, id);
      const std::string home(parent_of(parent));
      claims.claim_below(package, home + "/gems/" + std::string(full));
      claims.claim(package, home + "/cache/" + std::string(full) + ".gem");
    }
    if (!entry.facts || entry.facts->owner.empty()) continue;
    if (entry.facts->owner.starts_with("npm:")) {
      directories.emplace_back(parent, entry.facts->owner);
    } else if (entry.facts->owner.starts_with("conda:")) {
      claim_conda(claims, id);
    } else {
      claims.claim(claims.package(from_fact(entry.facts->owner)), id);
    }
  }
  // The innermost package first: what is below a nested node_modules is the nested package's.
  std::ranges::sort(directories, [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  for (const auto& [directory, owner] : directories) claims.claim_below(claims.package(from_fact(owner)), directory);
}

// Python keeps bytecode in __pycache__/MODULE.cpython-311.pyc (PEP 3147), beside the file it comes from.
void claim_compiled(Claims& claims) {
  const Index& index = claims.index();
  for (EntryId id = 0; id < index.entries.size(); ++id) {
    const std::string_view path = index.entries[id].path;
    const std::string_view parent = parent_of(path);
    if (!path.ends_with(".pyc") || base_name(parent) != "__pycache__" || claims.owner_of(id) != 0) continue;
    const std::string_view name = base_name(path);
    const std::string source =
        std::string(parent_of(parent)) + "/" + std::string(name.substr(0, name.find('.'))) + ".py";
    if (const auto from = index.find(source); from && claims.owner_of(*from) != 0)
      claims.claim(claims.owner_of(*from), id);
  }
}

}  // namespace winnow
