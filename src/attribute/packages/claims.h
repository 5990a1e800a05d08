// SPDX-License-Identifier: Apache-2.0
// What collects the claims of package databases: who owns which path.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "winnow/attribute/packages.h"

namespace winnow {

inline constexpr std::size_t kMaxPackages = 500'000;  // what a database may name; more are not listened to
inline constexpr std::size_t kLongestName = 4096;     // PATH_MAX, limits.h(0P); longer names of packages are cut

class Claims {
 public:
  explicit Claims(const Index& index);
  [[nodiscard]] const Index& index() const { return index_; }
  // Registers a package; its number is for claim(). 0, whose claims nobody hears, once there are too many.
  std::uint32_t package(Package package);
  // PATH, looked up as its manager did: links to directories on the way are followed (usr-merge), one at the end is
  // not. The first claim of an entry counts; a directory, or a link to one, that a second package claims is shared, and
  // nobody's.
  void claim(std::uint32_t package, std::string_view path);
  void claim(std::uint32_t package, EntryId entry);
  // What the package says it cannot do without, or is better with: names of packages and of libraries.
  void needs(std::uint32_t package, std::vector<std::string> names);
  // All below DIRECTORY that has no owner yet.
  void claim_below(std::uint32_t package, std::string_view directory);
  // Whether databases said so much that nothing more is listened to.
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  void warn(std::string warning) { ownership_.warnings.push_back(std::move(warning)); }
  [[nodiscard]] std::uint32_t owner_of(EntryId entry) const { return ownership_.owner[entry]; }
  [[nodiscard]] Ownership finish() &&;

 private:
  const Index& index_;
  Ownership ownership_;
  std::vector<bool> shared_;
  bool spend(std::size_t work);
  std::size_t work_left_ = 200'000'000;  // looking paths up takes time
  bool exhausted_ = false;
};

// The text that was kept of PATH's file; empty when there is none.
std::string_view text_of(const Index& index, std::string_view path);
std::string_view text_of(const Entry& entry);
// The entries below DIRECTORY, which may be reached through links, but is none.
EntryIds ids_below(const Index& index, std::string_view directory);

// One for each kind of database; the earlier ones' claims count.
void claim_dpkg(Claims& claims);
void claim_apk(Claims& claims);
void claim_rpm(Claims& claims);
void claim_languages(Claims& claims);
// What was compiled from a file belongs to the owner of that file.
void claim_compiled(Claims& claims);

}  // namespace winnow
