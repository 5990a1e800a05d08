// SPDX-License-Identifier: Apache-2.0
// The options of a plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/index/index.h"

namespace winnow {

// How much is kept beyond what was touched.
enum class Policy : std::uint8_t {
  kStrict,    // what was touched, and what makes it work
  kFamilies,  // strict, and the whole family of each touched entry: time zones, locales, templates, plugins, modules
  kApp,       // strict, and each directory that is the application's alone, if something in it was touched
};
std::string_view to_string(Policy policy);  // "strict", "families", "app"
std::optional<Policy> policy_from_name(std::string_view name);

// A command that an orchestrator runs in a container in place of or beside the image's: an entrypoint, a probe, a hook.
struct OutsideCommand {
  std::string from;                // where it comes from: "--command", "pod.yaml: Pod web, container app: preStop"
  std::vector<std::string> words;  // as exec takes them
  std::string working_dir = {};    // empty: the image's
  std::string image = {};          // the image of the container that runs it; empty: the planned image
  bool arguments = false;          // WORDS are arguments of the image's entrypoint
};

struct PlanOptions {
  std::string reference;                 // the image as the user named it
  std::vector<std::string> keep, drop;   // globs: kept although nothing touched them; dropped with all below them
  std::vector<OutsideCommand> commands;  // what these need is kept, as for the image's entrypoint
  bool allow_partial = false;            // accept a profile that lost events
  Policy policy = Policy::kStrict;
  std::vector<std::string> families;  // kept whole if one member was touched, under any policy: "time-zones", ...
  // If the planned image is another build of the image that the profile was recorded from: that recorded image, or at
  // least its entries that were touched. Null: the planned image must be the recorded one. Must outlive the call.
  const Index* recorded = nullptr;
  bool walked = true;           // keep what programs only walked over, as find and chown -R do
  unsigned most_missing = 5;    // how many per cent of the recorded paths may be missing in another build
  std::size_t base_layers = 1;  // for kApp: how many layers at the bottom are not the application's
};

}  // namespace winnow
