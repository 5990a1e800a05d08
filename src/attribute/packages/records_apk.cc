// SPDX-License-Identifier: Apache-2.0
// apk's list of what is installed, with the records of packages that are left, and in them the files that are left.
#include "attribute/packages/claims.h"
#include "attribute/packages/records.h"

namespace winnow {
namespace {

// Takes the first record off TEXT: whose it is, and its lines with only the kept directories (F, M) and files (R, a,
// Z).
std::pair<Package, std::string> take_record(std::string_view& text, const Kept& kept) {
  Package package{"apk", {}, {}};
  std::string left;
  std::string directory;
  bool directory_kept = true;
  bool file_kept = true;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (line.empty()) break;
    const char tag = line.size() > 1 && line[1] == ':' ? line[0] : '\0';
    const std::string value(line.substr(std::min<std::size_t>(2, line.size())));
    if (tag == 'P') package.name = value;
    if (tag == 'V') package.version = value;
    if (tag == 'F') {
      directory = "/" + value;
      directory_kept = kept.has(directory);
    }
    if (tag == 'R') file_kept = kept.has(directory + "/" + value);
    const bool of_file = tag == 'R' || tag == 'a' || tag == 'Z';
    const bool of_directory = tag == 'F' || tag == 'M';
    if ((of_file && !file_kept) || (of_directory && !directory_kept)) continue;
    left.append(line).append("\n");
  }
  return {std::move(package), std::move(left)};
}

}  // namespace

void record_apk(const Kept& kept, PackageRecords& records) {
  for (const std::string_view database : {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}) {
    const auto entry = kept.index.find(database);
    if (!entry) continue;
    if (kept.entries[*entry]) {
      records.warnings.emplace_back(
          "the workload reads apk's database, so it is kept as it is: scanners will report packages that are gone");
      continue;
    }
    std::string content;
    for (std::string_view text = text_of(kept.index.entries[*entry]); !text.empty();) {
      const auto [package, record] = take_record(text, kept);
      if (kept.packages.contains(package.str())) content += record + "\n";
    }
    if (!content.empty())
      records.additions.push_back(record_file(std::string(database), std::move(content), kept.index.entries[*entry]));
  }
}

}  // namespace winnow
