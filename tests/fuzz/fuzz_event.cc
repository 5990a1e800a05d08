// SPDX-License-Identifier: Apache-2.0
// Fuzz target: what the BPF programs send; an event is refused, or makes accesses with absolute or unplaced paths.
#include <span>

#include "record/view.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const auto event = record::decode(std::as_bytes(std::span(data, size)));
  if (!event) return 0;
  test::require(event->name.size() <= size);
  const auto no_mounts = [](std::uint32_t, std::uint32_t) { return std::nullopt; };
  for (const record::Root& own : {event->root, record::Root{.device = event->root.device}})
    for (const record::Sighting& one : record::View(own).take(*event, no_mounts))
      test::require(one.access.unresolved || one.access.path.starts_with('/'));
  return 0;
}
