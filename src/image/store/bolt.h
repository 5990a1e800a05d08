// SPDX-License-Identifier: Apache-2.0
// Reads bbolt databases (go.etcd.io/bbolt, file format version 2), containerd's lists of images and snapshots, without
// locks. A page that was overwritten while the file was read counts as damage; no access leaves the file's bytes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

class Bolt {
 public:
  // BYTES is the whole file. Of its two meta pages, the newer one with a right checksum is used.
  static Result<Bolt> open(std::string bytes);

  // A bucket is a sorted list of keys, each with a value or a bucket below it.
  struct Bucket {
    std::uint64_t root = 0;  // number of its root page; 0: the bucket is in inline_page
    std::string_view inline_page;
  };
  struct Item {
    std::string_view key;
    std::string_view value;  // if it is a bucket: the bucket's header
    bool is_bucket = false;
  };
  [[nodiscard]] Bucket root() const { return root_; }
  // Calls SEE for each item until it returns false. Error: the database is damaged.
  [[nodiscard]] Result<void> each(const Bucket& bucket, const std::function<bool(const Item&)>& see) const;
  [[nodiscard]] Result<std::optional<Bucket>> bucket(const Bucket& in, std::string_view key) const;
  [[nodiscard]] Result<std::optional<std::string_view>> value(const Bucket& in, std::string_view key) const;

 private:
  [[nodiscard]] Result<std::string_view> page(std::uint64_t id) const;
  Result<bool> walk(std::string_view page, int depth, std::size_t& left,
                    const std::function<bool(const Item&)>& see) const;
  [[nodiscard]] Result<Bucket> bucket_of(std::string_view value) const;

  std::string bytes_;
  std::uint64_t page_size_ = 0;
  Bucket root_;
};

}  // namespace winnow
