// SPDX-License-Identifier: Apache-2.0
// Rule: a kept registry of GStreamer's plug-ins brings the scanner and GIO's modules. GStreamer believes a registry
// only while the directories that it was made from are as they were, and makes it anew with them otherwise.
#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

void keep_what_makes(Decisions& plan, EntryId registry, std::string_view rule) {
  const Reason why{std::string(rule), plan.entry(registry).path, "a registry that is made anew where it does not fit"};
  plan.each_match("/usr/**/gstreamer-1.0/gst-plugin-scanner",
                  [&](EntryId id) { plan.keep_path(plan.entry(id).path, why); });
  for (const std::string_view directory : kLibraryDirs)
    plan.each_child(std::string(directory) + "/gio/modules",
                    [&](EntryId id) { plan.keep_path(plan.entry(id).path, why); });
}

}  // namespace

// gst/gstregistry.c: a variable names the registry; without one it is registry.x86_64.bin in the user's cache.
void seed_gstreamer(Decisions& plan, std::string_view rule) {
  constexpr std::string_view kVariables[] = {"GST_REGISTRY=", "GST_REGISTRY_1_0="};
  for (const std::string_view variable : plan.index().config.env)
    for (const std::string_view name : kVariables) {
      if (!variable.starts_with(name)) continue;
      const auto registry = plan.index().resolve(variable.substr(name.size())).entry;
      if (registry && plan.kept(*registry)) return keep_what_makes(plan, *registry, rule);
    }
}

void each_gstreamer(Decisions& plan, EntryId kept, std::string_view rule) {
  const std::string_view path = plan.entry(kept).path, name = base_name(path);
  if (name.starts_with("registry.") && name.ends_with(".bin") && base_name(parent_of(path)) == "gstreamer-1.0")
    keep_what_makes(plan, kept, rule);
}

}  // namespace winnow
