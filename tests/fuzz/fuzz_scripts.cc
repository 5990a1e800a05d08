// SPDX-License-Identifier: Apache-2.0
// Fuzz target: scripts of shells and Python; names are bounded, sorted and each there once.
#include <algorithm>

#include "image/facts/python_imports.h"
#include "target.h"
#include "winnow/base/shell.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  constexpr std::size_t kLimit = 64;
  const std::string_view text = test::text_of(data, size);
  const auto sound = [](const std::vector<std::string>& names, std::size_t limit) {
    return names.size() <= limit && std::ranges::is_sorted(names) && std::ranges::adjacent_find(names) == names.end() &&
           std::ranges::all_of(names, [](const std::string& name) { return !name.empty() && name.size() <= 255; });
  };
  test::require(sound(command_words(text), kMaxCommandWords));
  test::require(sound(python_imports(text, kLimit), kLimit));
  (void)is_shell(text.substr(0, text.find('\n')));
  return 0;
}
