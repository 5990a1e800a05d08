// SPDX-License-Identifier: Apache-2.0
// A directory tree that is being made: entered through directories alone, never through a link, and what entries have
// besides their content.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/index/index.h"

namespace winnow {

// Places are "" for the tree's own directory, "/a/b" for what is below it.
class UnpackTree {
 public:
  // Errors: DIRECTORY is not there, or not empty.
  static Result<UnpackTree> at(const std::string& directory);

  // The directory that holds PLACE; good until the next call of any member that takes a place.
  Result<int> parent_of(std::string_view place);
  // Opened for reading.
  [[nodiscard]] Result<Fd> open(std::string_view place) const;
  // One more name, PLACE, for what is at FIRST. What was left out is left out under all its names.
  Result<void> link(std::string_view first, std::string_view place);
  // Owner, mode, attributes and time of ENTRY: of an open file or directory, or of NAME in an open directory.
  Result<void> finish(int fd, const Entry& entry);
  Result<void> finish(int directory, const std::string& name, const Entry& entry);
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
  std::string parent_place_;  // of parent_, while that is valid
  std::vector<std::string> left_out_;
  std::uint64_t left_out_count_ = 0;
};

}  // namespace winnow
