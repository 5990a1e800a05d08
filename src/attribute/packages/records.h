// SPDX-License-Identifier: Apache-2.0
// Cuts the database of each system package manager down to the packages that are kept.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "winnow/attribute/packages.h"

namespace winnow {

// What is kept of the image: a database is cut down to this.
struct Kept {
  const Index& index;
  const Ownership& owners;
  const std::vector<bool>& entries;
  std::set<std::pair<std::string, std::string>> packages;  // those of which a file is kept: str() and architecture

  std::size_t work = 0;  // of lookups so far; once it is over kMaxWork, has() returns false

  // Whether PATH, as a database names it, is kept; its own last link is not followed.
  [[nodiscard]] bool has(std::string_view path);
  [[nodiscard]] bool exhausted() const { return work > kMaxWork; }
  static constexpr std::size_t kMaxWork = 200'000'000;
  // Whether a file of PACKAGE, for its architecture, is kept.
  [[nodiscard]] bool has_some_of(const Package& package) const {
    return packages.contains({package.str(), package.architecture});
  }
};

// Returns the file PATH with CONTENT, mode 0644 and the time stamp of DATABASE, from which the content comes.
Addition record_file(const std::string& path, std::string content, const Entry& database);

void record_dpkg(Kept& kept, PackageRecords& records);
void record_apk(Kept& kept, PackageRecords& records);
void record_rpm(Kept& kept, PackageRecords& records);

}  // namespace winnow
