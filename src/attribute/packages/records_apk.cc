// SPDX-License-Identifier: Apache-2.0
// apk's list of what is installed, with the records of packages that are left, and in them the files that are left.
#include <utility>

#include "attribute/packages/claims.h"
#include "attribute/packages/records.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// Takes the first record off TEXT: whose it is, and its lines with only the kept files (R, a, Z) and the directories
// (F, M) that are kept or have one.
std::pair<Package, std::string> take_record(std::string_view& text, Kept& kept) {
  Package package{"apk", {}, {}};
  std::string left;
  std::string directory;
  std::string unsaid;  // lines of the directory, until something of it is kept
  bool directory_kept = true;
  bool file_kept = true;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (line.empty()) break;
    const char tag = line.size() > 1 && line[1] == ':' ? line[0] : '\0';
    const std::string value(line.substr(std::min<std::size_t>(2, line.size())));
    if (tag == 'P') package.name = value;
    if (tag == 'V') package.version = value;
    if (tag == 'A') package.architecture = value;
    if (tag == 'F') {
      directory = "/" + value + "/";
      directory_kept = kept.has("/" + value);
      unsaid.clear();
    }
    if (tag == 'R') {
      file_kept = kept.has(directory + value);
      if (file_kept) left += std::exchange(unsaid, {});
    }
    const bool of_file = tag == 'R' || tag == 'a' || tag == 'Z';
    const bool of_directory = tag == 'F' || tag == 'M';
    if (of_file && !file_kept) continue;
    (of_directory && !directory_kept ? unsaid : left).append(line).append("\n");
  }
  return {std::move(package), std::move(left)};
}

}  // namespace

void record_apk(Kept& kept, PackageRecords& records) {
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
      if (kept.has_some_of(package)) content += record + "\n";
    }
    if (!content.empty())
      records.additions.push_back(record_file(std::string(database), std::move(content), kept.index.entries[*entry]));
  }
}

}  // namespace winnow
