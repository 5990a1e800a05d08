// SPDX-License-Identifier: Apache-2.0
// How docker combines what an image says with what the command line says.
#include "container/settings.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow::container {
namespace {

std::string_view name_in(std::string_view variable) { return variable.substr(0, variable.find('=')); }

void set(std::vector<std::string>& env, std::string variable) {
  const auto same = [&](const std::string& other) { return name_in(other) == name_in(variable); };
  if (const auto found = std::ranges::find_if(env, same); found != env.end())
    *found = std::move(variable);
  else
    env.push_back(std::move(variable));
}

std::vector<std::string> environment(const RuntimeConfig& image, const ContainerOptions& options, GetEnv getenv) {
  std::vector<std::string> env = {"PATH=" + std::string(kDefaultPath)};
  for (const std::string& variable : image.env) set(env, variable);
  for (const std::string& variable : options.env) {
    if (variable.contains('='))
      set(env, variable);
    else if (const char* const value = getenv(variable.c_str()); value != nullptr)
      set(env, variable + "=" + value);
  }
  return env;
}

std::vector<std::string> arguments(const RuntimeConfig& image, const ContainerOptions& options) {
  std::vector<std::string> args;
  if (!options.entrypoint)
    args = image.entrypoint;
  else if (!options.entrypoint->empty())
    args = {*options.entrypoint};
  // Cmd was written as the arguments of the image's own entrypoint.
  const auto& rest = options.arguments.empty() && !options.entrypoint ? image.cmd : options.arguments;
  args.insert(args.end(), rest.begin(), rest.end());
  return args;
}

Result<std::string> destination(std::string_view text, std::string_view option) {
  std::string path = normal_path(text);
  if (!text.starts_with('/') || path == "/")
    return std::unexpected(
        Error::usage(std::string(option) + " " + printable(text) + " names no place in the container",
                     "give an absolute path other than /"));
  return path;
}

Result<void> add_volume(Settings& settings, const std::string& volume) {
  std::vector<std::string_view> parts;
  for (const std::string_view part : split(volume, ':')) parts.push_back(part);
  if (parts.empty() || parts.size() > 3)
    return std::unexpected(Error::usage("-v " + printable(volume) + " is not HOST:CONTAINER[:ro]"));
  TRY(const auto place, destination(parts.size() == 1 ? parts[0] : parts[1], "-v"));
  if (parts.size() == 1) {
    settings.anonymous.push_back(place);
    return {};
  }
  if (!parts[0].starts_with('/'))
    return std::unexpected(Error::usage("-v " + printable(volume) + " names no directory of this machine",
                                        "give an absolute path; there are no named volumes without an engine"));
  MountPoint mount{place, "bind", std::string(parts[0]), {"rbind", "rprivate"}};
  for (const std::string_view option : split(parts.size() == 3 ? parts[2] : "", ',')) {
    if (option != "ro" && option != "rw")
      return std::unexpected(
          Error::usage("-v " + printable(volume) + ": " + printable(option) + " is neither ro nor rw"));
    mount.options.emplace_back(option);
  }
  settings.mounts.push_back(std::move(mount));
  return {};
}

Result<void> add_tmpfs(Settings& settings, const std::string& text) {
  const std::size_t colon = text.find(':');
  TRY(const auto place, destination(text.substr(0, colon), "--tmpfs"));
  MountPoint mount{place, "tmpfs", "tmpfs", {"noexec", "nosuid", "nodev"}};
  if (colon != std::string::npos)
    for (const std::string_view option : split(std::string_view(text).substr(colon + 1), ','))
      mount.options.emplace_back(option);
  settings.mounts.push_back(std::move(mount));
  return {};
}

// What is mounted over a volume leaves nothing of it.
void add_image_volumes(Settings& settings, const RuntimeConfig& image) {
  for (const std::string& volume : image.volumes) settings.anonymous.push_back(normal_path(volume));
  std::erase_if(settings.anonymous,
                [&](const std::string& path) { return path == "/" || mounts_at(settings.mounts, path); });
  std::ranges::sort(settings.anonymous);
  settings.anonymous.erase(std::ranges::unique(settings.anonymous).begin(), settings.anonymous.end());
}

std::string stop_signal_in(std::string_view config) {
  const auto json = parse_if_json<nlohmann::json>(config);
  if (!json.is_object() || !json.contains("config") || !json["config"].is_object()) return "";
  const auto found = json["config"].find("StopSignal");
  return found != json["config"].end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

int signal_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value > 0 && value <= SIGRTMAX ? value : 0;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  if (text.starts_with("RTMIN+")) {
    const int above = signal_number(text.substr(6));
    return above > 0 && SIGRTMIN + above <= SIGRTMAX ? SIGRTMIN + above : 0;
  }
  for (int number = 1; number < SIGRTMIN; ++number)
    if (const char* const name = ::sigabbrev_np(number); name != nullptr && text == name) return number;
  return 0;
}

Result<Settings> settings_of(const RuntimeConfig& image, std::string_view config, const ContainerOptions& options,
                             GetEnv getenv) {
  Settings settings;
  settings.args = arguments(image, options);
  if (settings.args.empty() || settings.args.front().empty())
    return std::unexpected(Error::usage("the image says nothing to run", "give a command after --"));
  settings.env = environment(image, options, getenv);
  const std::string& cwd = options.working_dir.empty() ? image.working_dir : options.working_dir;
  settings.cwd = normal_path(cwd);
  settings.user = options.user.empty() ? image.user : options.user;
  settings.read_only = options.read_only;
  for (const std::string& volume : options.volumes) TRY_DO(add_volume(settings, volume));
  for (const std::string& place : options.tmpfs) TRY_DO(add_tmpfs(settings, place));
  add_image_volumes(settings, image);
  settings.stop_signal = signal_number(stop_signal_in(config));
  if (settings.stop_signal == 0) settings.stop_signal = SIGTERM;
  return settings;
}

}  // namespace winnow::container
