// SPDX-License-Identifier: Apache-2.0
// Rule: what the image has below a volume that others may read is kept: the engine fills the volume with it.
#include "plan/decisions.h"

namespace winnow {

void seed_volumes(Decisions& plan, std::string_view rule) {
  for (const Run& run : plan.runs())
    for (const MountedVolume& volume : run.volumes) {
      if (!volume.shared) continue;
      const Reason why{std::string(rule), volume.destination, "the volume " + volume.name + " is filled with it"};
      if (plan.keep_path(volume.destination, why))
        plan.each_below(volume.destination, [&](EntryId id) { plan.keep(id, why); });
    }
}

}  // namespace winnow
