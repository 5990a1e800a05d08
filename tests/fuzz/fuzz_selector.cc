// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a label selector. Its error is fit for a terminal; with another term it matches no more than before.
#include "target.h"
#include "winnow/agent/selection.h"
#include "winnow/base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const std::string text(test::text_of(data, size));
  const auto selector = LabelSelector::parse(text);
  if (!selector) {
    test::require(selector.error().what.size() < 5 * 4096 &&
                  printable_words(selector.error().what) == selector.error().what);
    return 0;
  }
  const auto more = LabelSelector::parse(text + ",app");
  for (const std::map<std::string, std::string>& labels :
       {std::map<std::string, std::string>{}, {{"app", "web"}}, {{"app", "web"}, {"tier", ""}, {"a.b/c", "d"}}})
    if (more) test::require(!more->matches(labels) || selector->matches(labels));
  return 0;
}
