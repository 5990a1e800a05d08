// SPDX-License-Identifier: Apache-2.0
// Fuzz target: profile.json; what is read writes out and reads back the same, merges with itself to itself, and can be
// estimated.
#include "target.h"
#include "winnow/profile/coverage.h"
#include "winnow/profile/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const auto profile = profile_from_json(test::text_of(data, size));
  if (!profile) return 0;
  const std::string text = to_json(*profile);
  const auto again = profile_from_json(text);
  test::require(again && to_json(*again) == text);
  AccessProfile merged = *profile;
  test::require(merged.merge(*profile).has_value());  // brings the runs into their order
  const std::string once = to_json(merged);
  test::require(merged.merge(*again).has_value() && to_json(merged) == once);
  test::require(profile_from_json(once).has_value());
  (void)in_words(estimate_coverage(*profile));
  return 0;
}
