// SPDX-License-Identifier: Apache-2.0
// Fuzz target: keep.json; what is read writes out and reads back the same, and every addition has a place to stand.
#include <algorithm>

#include "target.h"
#include "winnow/plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const auto spec = keep_from_json(test::text_of(data, size));
  if (!spec) return 0;
  const auto kept = [&](const std::string& path) {
    return std::ranges::any_of(spec->entries, [&](const KeptEntry& one) { return one.entry.path == path; });
  };
  for (const Addition& one : spec->additions)
    test::require(!kept(one.entry.path) && one.content.size() == one.entry.size);
  const std::string text = to_json(*spec);
  const auto again = keep_from_json(text);
  test::require(again && to_json(*again) == text);
  return 0;
}
