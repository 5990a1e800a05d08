// SPDX-License-Identifier: Apache-2.0
// Recognises programs that walk over a whole tree but need nothing in it: find(1), chown -R, du(1).
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "winnow/attribute/attribute.h"

namespace winnow {

// A program walked over a directory if it listed it, touched at least 90 % of the entries below it (of at least 100),
// and used none of them: the status of entries, and the names in directories, are not a use. A use counts only if no
// other program touched the same path: an access does not show which of its programs did what.
class Walks {
 public:
  // Both must outlive it.
  Walks(const Index& index, std::span<const Attribution> accesses);
  // Whether all programs that touched the entry of FOUND only walked over it.
  [[nodiscard]] bool only_walked(const Attribution& found) const;
  // Whether PROGRAM walked over a directory above ENTRY.
  [[nodiscard]] bool over(EntryId entry, std::string_view program) const;

 private:
  struct Tree {
    EntryId first = 0, last = 0;  // the entries below a directory, which are consecutive; both are among them
  };
  struct Steps;
  void add(std::string_view program, Steps& steps);

  const Index& index_;
  std::map<std::string_view, std::vector<Tree>> trees_;  // by program, in the order of the index; none inside another
};

}  // namespace winnow
