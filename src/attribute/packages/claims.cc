// SPDX-License-Identifier: Apache-2.0
// First come, first served, but for directories, which packages share.
#include "attribute/packages/claims.h"

#include <algorithm>
#include <utility>

#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kStep = 16;  // work of one component or entry, as that of a byte is 1

}  // namespace

std::string Package::str() const { return manager + ":" + name + (version.empty() ? "" : "@" + version); }

bool is_of_system(const Package* package) {
  return package != nullptr && (package->manager == "deb" || package->manager == "apk" || package->manager == "rpm");
}

Claims::Claims(const Index& index) : index_(index), shared_(index.entries.size()) {
  ownership_.owner.resize(index.entries.size());
}

// What looking something up costs: its bytes, and each component that is walked.
bool Claims::spend(std::size_t work) {
  if (!exhausted_ && work <= work_left_) {
    work_left_ -= work;
    return true;
  }
  if (!std::exchange(exhausted_, true))
    warn("package databases name more than an image can have: what is left of them counts as unowned");
  return false;
}

std::uint32_t Claims::package(Package package) {
  if (ownership_.packages.size() >= kMaxPackages) work_left_ = 0;
  if (!spend(1)) return 0;
  for (std::string* const text : {&package.name, &package.version, &package.architecture})
    if (text->size() > kLongestName) text->resize(kLongestName);
  ownership_.packages.push_back(std::move(package));
  return static_cast<std::uint32_t>(ownership_.packages.size());
}

void Claims::claim(std::uint32_t package, EntryId entry) {
  std::uint32_t& owner = ownership_.owner[entry];
  if (package == 0 || owner == package || shared_[entry]) return;
  if (owner == 0) {
    owner = package;
    return;
  }
  const Resolution walk = index_.resolve(index_.entries[entry].path);
  if (spend(walk.steps * kStep) && walk.entry && index_.entries[*walk.entry].type == EntryType::kDirectory) {
    owner = 0;
    shared_[entry] = true;
  }
}

void Claims::claim(std::uint32_t package, std::string_view path) {
  if (path.size() > kLongestName || !spend(path.size())) return;
  // A parent is always a directory: what is found by its whole path has no link above it.
  if (const auto entry = index_.find(path)) return claim(package, *entry);
  const Resolution walk = index_.resolve(path, false);
  if (spend(walk.steps * kStep) && walk.entry) claim(package, *walk.entry);
}

void Claims::needs(std::uint32_t package, std::vector<std::string> names) {
  constexpr std::size_t kMaxNeeds = 1000;  // of one package
  if (package == 0 || names.empty()) return;
  if (names.size() > kMaxNeeds) names.resize(kMaxNeeds);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  ownership_.needs[package - 1] = std::move(names);
}

void Claims::claim_below(std::uint32_t package, std::string_view directory) {
  for (const EntryId id : ids_below(index_, directory)) {
    if (!spend(kStep)) return;
    if (ownership_.owner[id] == 0) claim(package, id);
  }
}

Ownership Claims::finish() && { return std::move(ownership_); }

std::string_view text_of(const Entry& entry) {
  return entry.facts && entry.facts->text ? std::string_view(*entry.facts->text) : std::string_view();
}

std::string_view text_of(const Index& index, std::string_view path) {
  const auto entry = index.resolve(path).entry;
  return entry ? text_of(index.entries[*entry]) : std::string_view();
}

EntryIds ids_below(const Index& index, std::string_view directory) {
  const auto top = index.resolve(directory, false).entry;  // a link to elsewhere is not a package's directory
  if (!top || index.entries[*top].type != EntryType::kDirectory) return {};
  return index.below(index.entries[*top].path);
}

Ownership find_owners(const Index& index) {
  Claims claims(index);
  claim_dpkg(claims);
  claim_apk(claims);
  claim_rpm(claims);
  claim_languages(claims);
  claim_compiled(claims);
  return std::move(claims).finish();
}

}  // namespace winnow
