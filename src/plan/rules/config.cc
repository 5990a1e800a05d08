// SPDX-License-Identifier: Apache-2.0
// Rule: what the image config names is kept: entrypoint, command, health check, shell, working directory, volumes.
#include "plan/decisions.h"

namespace winnow {
namespace {

struct Keeper {
  Decisions& plan;
  std::string_view rule;
  std::string_view workdir;

  void program(const std::vector<std::string>& command, std::string_view what) const {
    if (!command.empty())
      plan.keep_program(command.front(), workdir, {std::string(rule), std::string(what), command.front()});
  }
  void path(std::string_view path, std::string_view what) const {
    plan.keep_path(path, {std::string(rule), std::string(what), std::string(path)});
  }
};

}  // namespace

void seed_config(Decisions& plan, std::string_view rule) {
  const RuntimeConfig& config = plan.index().config;
  const std::string_view workdir = config.working_dir.empty() ? std::string_view("/") : config.working_dir;
  const Keeper keep{plan, rule, workdir};
  keep.program(config.entrypoint, "Entrypoint");
  // With an entrypoint the command is its arguments; the first often names a program all the same.
  keep.program(config.cmd, "Cmd");
  keep.path(workdir, "WorkingDir");
  for (const std::string& volume : config.volumes) keep.path(volume, "Volumes");
  // Healthcheck.Test is ["CMD", program, ...], ["CMD-SHELL", line] or ["NONE"] (Docker image spec).
  if (config.healthcheck.size() > 1 && config.healthcheck.front() == "CMD")
    keep.program({config.healthcheck.begin() + 1, config.healthcheck.end()}, "Healthcheck");
  if (!config.healthcheck.empty() && config.healthcheck.front() == "CMD-SHELL") {
    if (config.shell.empty())
      keep.program({"/bin/sh"}, "Healthcheck");
    else
      keep.program(config.shell, "Healthcheck");
  }
}

}  // namespace winnow
