// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a bbolt database; every bucket is walked, and every item lies inside the file.
#include "image/store/bolt.h"
#include "target.h"

namespace {

using namespace winnow;

void walk(const Bolt& bolt, const Bolt::Bucket& bucket, int depth, int& left) {
  std::vector<std::string> below;
  (void)bolt.each(bucket, [&](const Bolt::Item& item) {
    std::string bytes(item.key);  // reads all of it
    bytes += item.value;
    test::require(bytes.size() == item.key.size() + item.value.size());
    if (item.is_bucket) below.emplace_back(item.key);
    return --left > 0;
  });
  if (depth == 0) return;
  for (const std::string& key : below)
    if (const auto next = bolt.bucket(bucket, key); next && *next && left > 0) walk(bolt, **next, depth - 1, left);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bolt = Bolt::open(std::string(test::text_of(data, size)));
  int left = 1000;
  if (bolt) walk(*bolt, bolt->root(), 6, left);
  return 0;
}
