// SPDX-License-Identifier: Apache-2.0
// Rule: a kept registry of GStreamer's plug-ins brings the scanner and GIO's modules. GStreamer believes a registry
// only while the directories that it was made from are as they were, and makes it anew with them otherwise.
#include "plan/decisions.h"

namespace winnow {

void each_gstreamer(Decisions& plan, EntryId kept, std::string_view rule) {
  const std::string& path = plan.entry(kept).path;
  const std::string_view name = name_of(path);
  // gst/gstregistry.c: registry.x86_64.bin, or what $GST_REGISTRY names, mostly the same.
  if (!name.starts_with("registry.") || !name.ends_with(".bin") || name_of(parent_of(path)) != "gstreamer-1.0") return;
  const Reason why{std::string(rule), path, "a registry that is made anew where it does not fit"};
  plan.each_match("/usr/**/gstreamer-1.0/gst-plugin-scanner",
                  [&](EntryId id) { plan.keep_path(plan.entry(id).path, why); });
  for (const std::string_view directory : kLibraryDirs)
    plan.each_child(std::string(directory) + "/gio/modules",
                    [&](EntryId id) { plan.keep_path(plan.entry(id).path, why); });
}

}  // namespace winnow
