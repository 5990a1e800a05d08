// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a target as a session keeps it; what is read writes out and reads back the same.
#include "record/target.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  constexpr std::size_t kPaths = 1000;
  const auto target = record::Target::restore(test::text_of(data, size), kPaths);
  if (!target) return 0;
  const std::string text = target->save();
  const auto again = record::Target::restore(text, kPaths);
  test::require(again && again->save() == text);
  return 0;
}
