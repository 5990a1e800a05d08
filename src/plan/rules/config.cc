// SPDX-License-Identifier: Apache-2.0
// Rule: what the image config names is kept: entrypoint, command, health check, shell, working directory, volumes, the
// user's home; and the health checks that recorded containers were given.
#include <algorithm>
#include <span>

#include "plan/command_keeper.h"
#include "winnow/base/passwd.h"

namespace winnow {
namespace {

// Healthcheck.Test is ["CMD", program, ...], ["CMD-SHELL", line] or ["NONE"] (Docker image spec). It may not have run
// while the workload was recorded.
void keep_health_check(const CommandKeeper& keep, const RuntimeConfig& config) {
  if (config.healthcheck.size() < 2) return;
  const std::span<const std::string> rest = std::span(config.healthcheck).subspan(1);
  if (config.healthcheck.front() == "CMD") keep.command(rest, "Healthcheck");
  if (config.healthcheck.front() != "CMD-SHELL") return;
  keep.shell(config.shell.empty() ? "/bin/sh" : config.shell.front(), "Healthcheck");
  keep.line(rest.front(), "Healthcheck");
}

// The home directory that TEXT, a passwd(5), gives the user of Config.User, "NAME[:GROUP]" or "UID[:GID]": runtimes set
// $HOME.
std::string home_of(std::string_view text, std::string_view user) {
  user = user.substr(0, user.find(':'));
  if (user.empty()) return "";
  const auto line = database_line(text, user, 6);  // name, password, uid, gid, comment, home
  return line ? std::string((*line)[5]) : "";
}

}  // namespace

void seed_config(Decisions& plan, std::string_view rule) {
  const RuntimeConfig& config = plan.index().config;
  const std::string_view workdir = config.working_dir.empty() ? std::string_view("/") : config.working_dir;
  const CommandKeeper keep{plan, rule, workdir};
  keep.command(config.entrypoint, "Entrypoint");
  // With an entrypoint the command is its arguments; the first often names a program all the same.
  if (config.entrypoint.empty())
    keep.command(config.cmd, "Cmd");
  else
    keep.arguments(config.cmd, "Cmd");
  keep.path(workdir, "WorkingDir");
  for (const std::string& volume : config.volumes) keep.path(volume, "Volumes");
  if (const std::string home = home_of(plan.text_at("/etc/passwd"), config.user); home.starts_with('/'))
    keep.path(home, "User");
  keep_health_check(keep, config);
  // A container may have been given another one (docker run --health-cmd, compose).
  for (const Run& run : plan.runs()) keep.command(run.healthcheck, "Healthcheck of the container");
}

}  // namespace winnow
