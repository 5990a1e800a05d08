// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a file that may be ELF.
#include <string>

#include "image/facts/elf.h"
#include "image/limits.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  std::string file(test::text_of(data, size));
  const auto facts = read_elf(file);
  if (!facts) return 0;
  test::require(facts->needed.size() <= kMaxNeeded && facts->rpath.size() <= kMaxNeeded);
  for (const std::string& name : facts->needed) test::require(!name.empty() && name.size() <= kMaxPath);
  return 0;
}
