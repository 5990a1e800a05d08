// SPDX-License-Identifier: Apache-2.0
// Numbers of an index's entries: ranges of them, and the entries of one directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ranges>
#include <string_view>

namespace winnow {

struct Index;

using EntryId = std::uint32_t;                              // index into Index::entries, which is sorted by path
using EntryIds = std::ranges::iota_view<EntryId, EntryId>;  // consecutive entries

// The entries directly in one directory, in order, without those deeper below it.
class Children {
 public:
  class Iterator {
   public:
    using value_type = EntryId;
    using difference_type = std::ptrdiff_t;
    Iterator(const Index& index, EntryIds below, std::size_t prefix);
    EntryId operator*() const { return at_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return at_ == end_; }

   private:
    void skip_trees();
    const Index* index_;
    EntryId at_, end_;
    std::size_t prefix_;  // length of the directory's path, with a slash
  };
  Children(const Index& index, std::string_view path);
  [[nodiscard]] Iterator begin() const { return begin_; }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  Iterator begin_;
};

}  // namespace winnow
