// SPDX-License-Identifier: Apache-2.0
// A directory tree that is being made. It is entered only through directories, never through a link.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/index/index.h"

namespace winnow {

// A "place" is a path in the tree: "" is the tree's top directory, "/a/b" something below it.
class UnpackTree {
 public:
  // Opens the tree at DIRECTORY. Errors: it does not exist, or is not empty.
  static Result<UnpackTree> at(const std::string& directory);

  // Returns a descriptor of the directory that holds PLACE; it is valid until parent_of() or link() is called again.
  Result<int> parent_of(std::string_view place);
  // Opens the directory at PLACE for reading.
  [[nodiscard]] Result<Fd> open(std::string_view place) const;
  // Makes PLACE one more name for what is at FIRST. If that was left out, PLACE is left out, too.
  Result<void> link(std::string_view first, std::string_view place);
  // Sets the owner, mode, extended attributes and modification time of ENTRY: on the open file or directory FD, or on
  // NAME in the open DIRECTORY. Attributes that cannot be set are left out.
  Result<void> finish(int fd, const Entry& entry);
  Result<void> finish(int directory, const std::string& name, const Entry& entry);
  // Notes that a part of ENTRY could not be made, and why.
  void leave_out(const Entry& entry, const Error& why);

  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }
  [[nodiscard]] std::uint64_t left_out_count() const { return left_out_count_; }

 private:
  explicit UnpackTree(Fd root) : root_(std::move(root)) {}
  [[nodiscard]] Result<Fd> enter(std::string_view place, int flags) const;
  template <class Set>
  void set_attributes(const Entry& entry, const Set& set);

  Fd root_;
  Fd parent_;
  std::string parent_place_;  // the place of parent_, if that is valid
  std::vector<std::string> left_out_;
  std::uint64_t left_out_count_ = 0;
};

}  // namespace winnow
