// SPDX-License-Identifier: Apache-2.0
// dpkg's status as files of status.d, the way distroless images carry it: NAME has the paragraph without what only dpkg
// itself needs, NAME.md5sums the sums of the files that are left.
#include <algorithm>
#include <map>

#include "attribute/packages/claims.h"
#include "attribute/packages/records.h"

namespace winnow {
namespace {

constexpr std::string_view kStatus = "/var/lib/dpkg/status";
constexpr std::string_view kRecords = "/var/lib/dpkg/status.d/";

std::string_view value_of(std::string_view line, std::string_view field) {
  line.remove_prefix(field.size());
  return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

struct Paragraph {
  Package package{"deb", {}, {}};
  std::string architecture;
  std::string text;  // without Status and the fields that are about the state of the installation
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
    if (skipping) continue;
    if (line.starts_with("Package:")) paragraph.package.name = value_of(line, "Package:");
    if (line.starts_with("Version:")) paragraph.package.version = value_of(line, "Version:");
    if (line.starts_with("Architecture:")) paragraph.architecture = value_of(line, "Architecture:");
    paragraph.text.append(line).append("\n");
  }
  return paragraph;
}

// Lines "<32 hex digits>  PATH" of the files that are kept.
std::string kept_sums(const Kept& kept, const Paragraph& paragraph) {
  const std::string stem = "/var/lib/dpkg/info/" + paragraph.package.name;
  std::string_view sums = text_of(kept.index, stem + ".md5sums");
  if (sums.empty()) sums = text_of(kept.index, stem + ":" + paragraph.architecture + ".md5sums");
  std::string left;
  while (!sums.empty()) {
    const std::string_view line = take_until(sums, '\n');
    const std::size_t gap = line.find("  ");
    if (gap != std::string_view::npos && kept.has("/" + std::string(line.substr(gap + 2))))
      left.append(line).append("\n");
  }
  return left;
}

}  // namespace

void record_dpkg(const Kept& kept, PackageRecords& records) {
  const auto status = kept.index.resolve(kStatus).entry;
  if (!status || text_of(kept.index.entries[*status]).empty()) return;
  if (kept.entries[*status]) {
    records.warnings.emplace_back(
        "the workload reads dpkg's status, so it is kept as it is: scanners will report packages that are gone");
    return;
  }
  std::map<std::string, std::pair<std::string, std::string>> files;  // paragraphs and sums by name
  for (std::string_view rest = text_of(kept.index.entries[*status]); !rest.empty();) {
    const Paragraph paragraph = take_paragraph(rest);
    const std::string& name = paragraph.package.name;
    if (!kept.packages.contains(paragraph.package.str()) || name.find('/') != std::string::npos || name.size() > 200)
      continue;
    auto& [text, sums] = files[name];
    text += (text.empty() ? "" : "\n") + paragraph.text;  // two architectures of one name share a file
    sums += kept_sums(kept, paragraph);
  }
  for (auto& [name, file] : files) {
    auto& [text, sums] = file;
    for (auto& [suffix, content] : {std::pair<std::string_view, std::string*>{"", &text}, {".md5sums", &sums}}) {
      const std::string path = std::string(kRecords) + name + std::string(suffix);
      if (content->empty() || kept.index.find(path)) continue;
      records.additions.push_back(record_file(path, std::move(*content), kept.index.entries[*status]));
      records.additions.back().package = "deb:" + name;
    }
  }
}

}  // namespace winnow
