// SPDX-License-Identifier: Apache-2.0
// Fuzz target: Kubernetes manifests, and the words of what they run.
#include "target.h"
#include "winnow/base/shell.h"
#include "winnow/manifest/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const std::string_view text = test::text_of(data, size);
  (void)split_words(text);
  const auto commands = pod_commands(text);
  if (!commands) return 0;
  for (const PodCommand& command : *commands) test::require(!command.words.empty() && !command.where.empty());
  return 0;
}
