// SPDX-License-Identifier: Apache-2.0
// Collects what package databases claim: which package owns which path.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "winnow/attribute/packages.h"

namespace winnow {

inline constexpr std::size_t kMaxPackages = 500'000;  // of one image; the claims of further ones are ignored
inline constexpr std::size_t kLongestName = 4096;     // PATH_MAX, limits.h(0P); longer names of packages are cut

class Claims {
 public:
  explicit Claims(const Index& index);
  [[nodiscard]] const Index& index() const { return index_; }
  // Registers a package and returns its number for claim(). Returns 0 if there are too many packages; the functions
  // below ignore a package 0.
  std::uint32_t package(Package package);
  // Makes PACKAGE the owner of PATH, looked up as its manager does: links to directories on the way are followed
  // (usr-merge), a link at the end is not. The first claim of an entry counts; but if a second package claims a
  // directory, or a link to one, the directory is shared and has no owner.
  void claim(std::uint32_t package, std::string_view path);
  void claim(std::uint32_t package, EntryId entry);
  // NAMES is what the package depends on and what it recommends: names of packages and of libraries.
  void needs(std::uint32_t package, std::vector<std::string> names);
  // Claims all entries below DIRECTORY that have no owner yet.
  void claim_below(std::uint32_t package, std::string_view directory);
  // Whether the databases made so much work that the rest of their claims is ignored.
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  void warn(std::string warning) { ownership_.warnings.push_back(std::move(warning)); }
  [[nodiscard]] std::uint32_t owner_of(EntryId entry) const { return ownership_.owner[entry]; }
  [[nodiscard]] Ownership finish() &&;

 private:
  const Index& index_;
  Ownership ownership_;
  std::vector<bool> shared_;
  bool spend(std::size_t work);
  std::size_t work_left_ = 200'000'000;  // of lookups: bytes of paths, and 16 for each component that is walked
  bool exhausted_ = false;
};

// The content of the file at PATH that is among its facts (FileFacts::text); empty if there is none.
std::string_view text_of(const Index& index, std::string_view path);
std::string_view text_of(const Entry& entry);
// The entries below DIRECTORY. Links on the way to it are followed; if DIRECTORY is a link itself, there are none.
EntryIds ids_below(const Index& index, std::string_view directory);

// One function for each kind of database. They are called in this order, and the first claim of an entry counts.
void claim_dpkg(Claims& claims);
void claim_apk(Claims& claims);
void claim_rpm(Claims& claims);
void claim_languages(Claims& claims);
// Python's bytecode (__pycache__/*.pyc) without an owner belongs to the owner of the source file.
void claim_compiled(Claims& claims);

}  // namespace winnow
