// SPDX-License-Identifier: Apache-2.0
// Rule: what the user says an orchestrator runs in the container is kept with what it needs: probes, lifecycle hooks,
// commands in the place of the image's own.
#include <fmt/format.h>

#include <algorithm>

#include "plan/command_keeper.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

// An image's name as engines complete it: without the default registry, with a tag.
std::string full_name(std::string_view name) {
  for (const std::string_view start : {"docker.io/", "index.docker.io/", "library/"})
    if (name.starts_with(start)) name.remove_prefix(start.size());
  name = name.substr(0, name.find('@'));
  const bool tagged = name.find(':', name.rfind('/') + 1) != std::string_view::npos;
  return tagged ? std::string(name) : fmt::format("{}:latest", name);
}

// Whether NAME, as a manifest says it, is the image that is planned.
bool is_this_image(std::string_view name, const Decisions& plan) {
  const Index& index = plan.index();
  if (const auto at = name.find('@'); at != std::string_view::npos)
    if (const auto digest = Digest::parse(name.substr(at + 1));
        digest && (*digest == index.id || *digest == index.manifest))
      return true;
  const std::string full = full_name(name);
  constexpr std::string_view kEngine = "docker-daemon:";
  const std::string_view reference = plan.options().reference;
  return (reference.starts_with(kEngine) && full == full_name(reference.substr(kEngine.size()))) ||
         std::ranges::any_of(index.names, [&](const std::string& one) { return full == full_name(one); });
}

}  // namespace

void seed_orchestrator(Decisions& plan, std::string_view rule) {
  const auto& commands = plan.options().commands;
  const auto names_another = [](const OutsideCommand& command) { return !command.image.empty(); };
  const auto is_ours = [&](const OutsideCommand& command) {
    return names_another(command) && is_this_image(command.image, plan);
  };
  const bool known = std::ranges::any_of(commands, is_ours);
  if (!known && std::ranges::any_of(commands, names_another))
    plan.warn(
        fmt::format("no container of the manifest is named as {}: what all of them run is kept, as far as the image "
                    "has it",
                    plan.options().reference));
  const std::string own = plan.index().config.working_dir.empty() ? "/" : plan.index().config.working_dir;
  for (const OutsideCommand& command : commands) {
    if (known && names_another(command) && !is_ours(command)) continue;
    const std::string& workdir = command.working_dir.empty() ? own : command.working_dir;
    const CommandKeeper keep{plan, rule, workdir};
    if (command.arguments || (!known && names_another(command)))
      keep.arguments(command.words, command.from);
    else
      keep.command(command.words, command.from);
    keep.path(workdir, command.from);
  }
}

}  // namespace winnow
