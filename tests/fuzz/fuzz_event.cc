// SPDX-License-Identifier: Apache-2.0
// Fuzz target: what the BPF programs send; an event is refused, or makes an access with an absolute or an unplaced
// path.
#include <span>

#include "record/event.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const auto event = record::decode(std::as_bytes(std::span(data, size)));
  if (!event) return 0;
  testing::require(event->name.size() <= size);
  const auto access = record::access_of(*event);
  if (access) testing::require(access->unresolved || access->path.starts_with('/'));
  return 0;
}
