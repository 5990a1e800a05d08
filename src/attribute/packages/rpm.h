// SPDX-License-Identifier: Apache-2.0
// The three formats of rpm's database; each holds one header for each package.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/attribute/packages.h"

namespace winnow {

using SeeHeader = std::function<void(std::string_view header)>;
// What is wrong with the file, if something is.
using Damage = std::optional<std::string>;

// rpmdb.sqlite: rpm 4.16 and later, the default of Fedora 33, RHEL 9 and what came after.
Damage each_in_sqlite(std::string_view file, const SeeHeader& see);
// Packages.db: rpm's own format (lib/backend/ndb/rpmpkg.c), SUSE's default.
Damage each_in_ndb(std::string_view file, const SeeHeader& see);
// Packages: a hash of Berkeley DB (dbinc/db_page.h), the default of RHEL 8 and before.
Damage each_in_bdb(std::string_view file, const SeeHeader& see);

// Of a header: who it is; its name is empty where it says none.
Package package_of(std::string_view header);
// The strings of one tag (rpmtag.h).
std::vector<std::string> strings_of(std::string_view header, std::uint32_t tag);
// Each header of the database that IMAGE has, and where that is; empty when there is none.
std::string each_rpm_header(const Index& image, const SeeHeader& see);
// An rpmdb.sqlite of these headers. Nothing when sqlite fails.
std::optional<std::string> make_rpm_sqlite(const std::vector<std::string>& headers);

// Every byte of a database belongs to one header at the most: without this a small file can make for endless work.
class HeaderBudget {
 public:
  explicit HeaderBudget(std::size_t file_size) : left_(file_size) {}
  [[nodiscard]] bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

 private:
  std::size_t left_;
};
inline constexpr const char* kTooMuch = "its headers are larger than itself";

}  // namespace winnow
