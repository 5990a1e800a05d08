// SPDX-License-Identifier: Apache-2.0
// Programs that walk over a whole tree and want nothing of what is in it: find(1), chown -R, du(1).
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "winnow/attribute/attribute.h"

namespace winnow {

// A program walked over a directory if it asked for the status of nearly all that is below it, listed directories, and
// alone opened no file there. What it did beside that to the same files, other programs' opens say for themselves.
class Walks {
 public:
  // Both must outlive it.
  Walks(const Index& index, std::span<const Attribution> accesses);
  // Whether all that anybody did to the entry of FOUND was to walk over it.
  [[nodiscard]] bool only_walked(const Attribution& found) const;
  // Whether PROGRAM walked over a directory that ENTRY is below.
  [[nodiscard]] bool over(EntryId entry, std::string_view program) const;

 private:
  struct Tree {
    EntryId first = 0, last = 0;  // the entries below a directory: they stand side by side
  };
  struct Steps;
  void add(std::string_view program, Steps& steps);

  const Index& index_;
  std::map<std::string_view, std::vector<Tree>> trees_;  // by program; in the order of the index, none in another
};

}  // namespace winnow
