// SPDX-License-Identifier: Apache-2.0
// Which packages are still there, and the directories that their records need.
#include "attribute/packages/records.h"

#include <algorithm>

#include "winnow/base/digest.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// Takes out additions below what is no directory in the image.
void drop_unplaced(const Index& index, PackageRecords& records) {
  std::set<std::string_view> told;
  std::erase_if(records.additions, [&](const Addition& addition) {
    for (std::string_view above = parent_of(addition.entry.path); above != "/"; above = parent_of(above)) {
      const auto id = index.find(above);
      if (!id || index.entries[*id].type == EntryType::kDirectory) continue;
      if (told.insert(index.entries[*id].path).second)
        records.warnings.push_back(std::string(above) + " is no directory: no package records are written below it");
      return true;
    }
    return false;
  });
}

// Two databases can lead to one place, through links.
void drop_repeated(PackageRecords& records) {
  std::set<std::string> paths;
  std::erase_if(records.additions, [&](const Addition& one) { return !paths.insert(one.entry.path).second; });
}

// Directories above additions: those of the image are named, others are made.
void add_parents(const Index& index, PackageRecords& records) {
  std::set<std::string> made;
  std::set<EntryId> known;
  for (const Addition& addition : records.additions)
    for (std::string_view above = parent_of(addition.entry.path); above != "/"; above = parent_of(above)) {
      if (const auto id = index.find(above); id && index.entries[*id].type == EntryType::kDirectory)
        known.insert(*id);
      else
        made.emplace(above);
    }
  for (const std::string& path : made) {
    Addition directory;
    directory.entry.path = path;
    directory.entry.type = EntryType::kDirectory;
    directory.entry.mode = 0755;
    directory.entry.mtime = records.additions.front().entry.mtime;
    records.additions.push_back(std::move(directory));
  }
  records.parents.assign(known.begin(), known.end());
  std::ranges::sort(records.additions, {}, [](const Addition& one) -> const std::string& { return one.entry.path; });
}

}  // namespace

bool Kept::has(std::string_view path) {
  if (exhausted()) return false;
  const Resolution walk = index.resolve(path, false);
  work += path.size() + walk.steps * 16;
  return walk.entry && entries[*walk.entry];
}

Addition record_file(const std::string& path, std::string content, const Entry& database) {
  Addition file;
  file.entry.path = path;
  file.entry.mode = 0644;
  file.entry.mtime = database.mtime;
  file.entry.size = content.size();
  file.entry.sha256 = Digest::of(content);
  file.content = std::move(content);
  return file;
}

PackageRecords package_records(const Index& index, const Ownership& owners, const std::vector<bool>& kept) {
  Kept what{index, owners, kept, {}, 0};
  for (EntryId id = 0; id < index.entries.size(); ++id)
    if (kept[id] && index.entries[id].type != EntryType::kDirectory)
      if (const Package* const owner = owners.of(id); is_of_system(owner))
        what.packages.emplace(owner->str(), owner->architecture);
  PackageRecords records;
  if (what.packages.empty()) return records;
  record_dpkg(what, records);
  record_apk(what, records);
  record_rpm(what, records);
  if (what.exhausted())
    records.warnings.emplace_back("package databases name paths without end: their records lack files that are kept");
  drop_unplaced(index, records);
  drop_repeated(records);
  if (!records.additions.empty()) add_parents(index, records);
  return records;
}

}  // namespace winnow
