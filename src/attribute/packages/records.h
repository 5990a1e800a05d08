// SPDX-License-Identifier: Apache-2.0
// One database cut to what is kept, for each kind of package manager.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "winnow/attribute/packages.h"

namespace winnow {

// What a database is cut down to.
struct Kept {
  const Index& index;
  const Ownership& owners;
  const std::vector<bool>& entries;
  std::set<std::pair<std::string, std::string>> packages;  // of which a file is kept: str() and architecture

  std::size_t work = 0;  // of looking paths up; what is over a limit is not kept any more

  // Whether PATH, as a database names it, is kept; its own last link is not followed.
  [[nodiscard]] bool has(std::string_view path);
  [[nodiscard]] bool exhausted() const { return work > kMaxWork; }
  static constexpr std::size_t kMaxWork = 200'000'000;
  // Whether a file of PACKAGE, for its architecture, is kept.
  [[nodiscard]] bool has_some_of(const Package& package) const {
    return packages.contains({package.str(), package.architecture});
  }
};

// A file of the image that is to be made, with the time stamp of the database that it comes from.
Addition record_file(const std::string& path, std::string content, const Entry& database);

void record_dpkg(Kept& kept, PackageRecords& records);
void record_apk(Kept& kept, PackageRecords& records);
void record_rpm(Kept& kept, PackageRecords& records);

}  // namespace winnow
