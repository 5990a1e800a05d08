// SPDX-License-Identifier: Apache-2.0
// Reads the three formats of rpm's database, which holds one header for each package.
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
// What is wrong with the file; nullopt: nothing.
using Damage = std::optional<std::string>;

// rpmdb.sqlite: rpm 4.16 and later, the default of Fedora 33, RHEL 9 and what came after.
Damage each_in_sqlite(std::string_view file, const SeeHeader& see);
// Packages.db: rpm's own format (lib/backend/ndb/rpmpkg.c), SUSE's default.
Damage each_in_ndb(std::string_view file, const SeeHeader& see);
// Packages: a hash of Berkeley DB (dbinc/db_page.h), the default of RHEL 8 and before.
Damage each_in_bdb(std::string_view file, const SeeHeader& see);

// The package that HEADER is about; its name is empty if the header has none.
Package package_of(std::string_view header);
// The strings that HEADER has under TAG (rpmtag.h).
std::vector<std::string> strings_of(std::string_view header, std::uint32_t tag);
// Calls SEE with each header of the first undamaged rpm database of IMAGE. Returns the path of the database; "" if
// there is none.
std::string each_rpm_header(const Index& image, const SeeHeader& see);
// Returns the content of an rpmdb.sqlite with HEADERS; nullopt if sqlite fails or they hold more than a million names.
std::optional<std::string> make_rpm_sqlite(const std::vector<std::string>& headers);

// Bounds the work that a database can make: all its headers together may not be larger than the file. Otherwise a small
// hostile file, whose headers overlap, could make endless work.
class HeaderBudget {
 public:
  explicit HeaderBudget(std::size_t file_size) : left_(file_size) {}
  // Takes BYTES for one header; false: there are not as many left.
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
