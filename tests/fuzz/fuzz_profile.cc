// SPDX-License-Identifier: Apache-2.0
// Fuzz target: profile.json; what is read writes out and reads back the same.
#include "target.h"
#include "winnow/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const auto profile = profile_from_json(testing::text_of(data, size));
  if (!profile) return 0;
  const std::string text = to_json(*profile);
  const auto again = profile_from_json(text);
  testing::require(again && to_json(*again) == text);
  return 0;
}
