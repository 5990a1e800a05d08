// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the configuration of docker's client, which under sudo is another user's, and the addresses in it.
#include "engine/api.h"
#include "engine/context.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const std::string_view text = test::text_of(data, size);
  (void)engine::parse_current_context(text);
  const auto context = engine::parse_context(text, "edge");
  for (const std::string& address : {std::string(text), context ? context->address : ""}) {
    const auto endpoint = engine::parse_endpoint(address);
    test::require(!endpoint || !endpoint->unix_socket || endpoint->address.starts_with('/'));
  }
  return 0;
}
