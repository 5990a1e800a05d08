// SPDX-License-Identifier: Apache-2.0
// dpkg's status as files of status.d, the way distroless images carry it: NAME has the paragraph without what only dpkg
// itself needs, NAME.md5sums the sums of the files that are left. info/NAME.list names these, for scanners that ask it
// whether a package of a language is one of the system's as well.
#include <algorithm>

#include "attribute/packages/claims.h"
#include "attribute/packages/records.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kDpkgAdmin = "/var/lib/dpkg";
constexpr std::string_view kSums = ".md5sums";
constexpr std::string_view kList = ".list";

std::string_view value_of(std::string_view line, std::string_view field) {
  line.remove_prefix(field.size());
  return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

struct Paragraph {
  Package package{"deb", {}, {}};
  bool installed = true;  // and not removed but for its configuration
  std::string text;       // without Status and the fields that are about the state of the installation
};

// Takes the first paragraph off STATUS (deb822(5)).
Paragraph take_paragraph(std::string_view& status) {
  constexpr std::string_view kOfState[] = {"Status:", "Conffiles:", "Config-Version:"};
  Paragraph paragraph;
  bool skipping = false;
  while (!status.empty()) {
    const std::string_view line = take_until(status, '\n');
    if (line.empty()) break;
    const bool continued = line.front() == ' ' || line.front() == '\t';
    if (!continued)
      skipping = std::ranges::any_of(kOfState, [&](std::string_view field) { return line.starts_with(field); });
    if (line.starts_with("Status:")) paragraph.installed = !line.ends_with(" config-files");
    if (skipping) continue;
    if (line.starts_with("Package:")) paragraph.package.name = value_of(line, "Package:");
    if (line.starts_with("Version:")) paragraph.package.version = value_of(line, "Version:");
    if (line.starts_with("Architecture:")) paragraph.package.architecture = value_of(line, "Architecture:");
    paragraph.text.append(line).append("\n");
  }
  return paragraph;
}

// Whether NAME can be a file beside others' sums: what deb-control(5) allows, and capital letters.
bool can_be_recorded(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 200 && name.front() != '.' && std::ranges::all_of(name, allowed) &&
         !name.ends_with(kSums) && !name.ends_with(kList);
}

class DpkgRecords {
 public:
  DpkgRecords(Kept& kept, const std::string& admin, PackageRecords& records)
      : kept_(kept), admin_(admin), records_(records) {}

  // Of the packages in STATUS.
  void from_status(const Entry& status) {
    for (std::string_view rest = text_of(status); !rest.empty();) {
      const Paragraph paragraph = take_paragraph(rest);
      const Package& package = paragraph.package;
      if (!paragraph.installed || !kept_.has_some_of(package)) continue;
      if (!can_be_recorded(package.name) || (!package.architecture.empty() && !can_be_recorded(package.architecture))) {
        records_.warnings.push_back("no record is written of " + package.str() +
                                    ": dpkg allows no such name, and scanners will not find it");
        continue;
      }
      std::string name = package.name;
      if (taken(record(name))) name += ":" + package.architecture;  // another architecture of the same package
      if (taken(record(name))) continue;
      const std::string info = admin_ + "/info/" + package.name;
      const bool plain = kept_.index.find(info + std::string(kList)).has_value();
      const std::string stem = plain ? info : info + ":" + package.architecture;
      add(record(name), paragraph.text, status, package);
      add(record(name) + std::string(kSums), kept_sums(stem + std::string(kSums)), status, package);
      add(stem + std::string(kList), kept_list(stem + std::string(kList)), status, package);
    }
  }

  // Of those that have a file of their own already: what is left of it takes its place.
  void from_directory() {
    for (const EntryId id : ids_below(kept_.index, admin_ + "/status.d")) {
      const Entry& entry = kept_.index.entries[id];
      if (entry.path.ends_with(kSums) || kept_.entries[id] || taken(entry.path)) continue;
      std::string_view text = text_of(entry);
      const Package package = take_paragraph(text).package;
      if (!kept_.has_some_of(package)) continue;
      add(entry.path, std::string(text_of(entry)), entry, package);
      const std::string sums = entry.path + std::string(kSums);
      add(sums, kept_sums(sums), entry, package);
    }
  }

 private:
  [[nodiscard]] std::string record(const std::string& name) const { return admin_ + "/status.d/" + name; }

  [[nodiscard]] bool taken(const std::string& path) const { return paths_.contains(path); }

  void add(const std::string& path, std::string content, const Entry& from, const Package& package) {
    if (content.empty() || kept_.has(path) || !paths_.insert(path).second) return;
    records_.additions.push_back(record_file(path, std::move(content), from));
    records_.additions.back().package = package.str();
  }

  // Lines "<32 hex digits>  PATH" of the files that are kept.
  [[nodiscard]] std::string kept_sums(const std::string& path) {
    std::string left;
    for (const std::string_view line : lines(text_of(kept_.index, path))) {
      const std::size_t gap = line.find("  ");
      if (gap != std::string_view::npos && kept_.has("/" + std::string(line.substr(gap + 2))))
        left.append(line).append("\n");
    }
    return left;
  }

  // Lines of absolute paths.
  [[nodiscard]] std::string kept_list(const std::string& path) {
    std::string left;
    for (const std::string_view line : lines(text_of(kept_.index, path)))
      if (line.starts_with('/') && kept_.has(line)) left.append(line).append("\n");
    return left;
  }

  Kept& kept_;
  const std::string& admin_;
  PackageRecords& records_;
  std::set<std::string> paths_;  // of additions
};

}  // namespace

void record_dpkg(Kept& kept, PackageRecords& records) {
  const auto admin = kept.index.resolve(kDpkgAdmin).entry;
  if (!admin || kept.index.entries[*admin].type != EntryType::kDirectory) return;
  const std::string& directory = kept.index.entries[*admin].path;
  DpkgRecords dpkg(kept, directory, records);
  if (const auto status = kept.index.find(directory + "/status");
      status && !text_of(kept.index.entries[*status]).empty()) {
    if (kept.entries[*status])
      records.warnings.emplace_back(
          "the workload reads dpkg's status, so it is kept as it is: scanners will report packages that are gone");
    else
      dpkg.from_status(kept.index.entries[*status]);
  }
  dpkg.from_directory();
}

}  // namespace winnow
