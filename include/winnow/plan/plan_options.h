// SPDX-License-Identifier: Apache-2.0
// What a person may ask of a plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/index/index.h"

namespace winnow {

// How much more than what was touched is kept.
enum class Policy : std::uint8_t {
  kStrict,    // what was touched, and what makes it work
  kFamilies,  // a member that was touched brings its family along: time zones, locales, templates, plugins, modules
  kApp,       // whole directories of the application's own layers; strict in the others
};
std::string_view to_string(Policy policy);  // "strict", "families", "app"
std::optional<Policy> policy_from_name(std::string_view name);

// A command that an orchestrator runs in a container: an entrypoint of its own, a probe, a hook.
struct OutsideCommand {
  std::string from;                // who says so: "--command", "pod.yaml: Pod web, container app: preStop"
  std::vector<std::string> words;  // as exec takes them
  std::string working_dir = {};    // empty: the image's
  std::string image = {};          // whose container runs it; empty: this image's
  bool arguments = false;          // they follow the image's entrypoint
};

struct PlanOptions {
  std::string reference;                 // how the image was named
  std::vector<std::string> keep, drop;   // globs: kept though nothing touched them, dropped with all below them
  std::vector<OutsideCommand> commands;  // what they need is kept, as for the image's own entrypoint
  bool allow_partial = false;            // accept a profile that lost events
  Policy policy = Policy::kStrict;
  std::vector<std::string> families;  // kept whole when one member was touched, under any policy: "time-zones", ...
  // The image that the profile was recorded from, where the one that is planned is another build of it: at least the
  // entries that were touched. Null: they have to be the same. What it points to must outlive the call.
  const Index* recorded = nullptr;
  bool walked = true;           // keep what a program only walked over: find, chown -R
  unsigned most_missing = 5;    // per cent of recorded paths that another build may lack
  std::size_t base_layers = 1;  // for kApp: the layers at the bottom that are not the application's
};

}  // namespace winnow
