// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a container's settings from an image config and the image's user databases, four texts with "%%" lines
// between them: config, user, /etc/passwd, /etc/group. Its mounts stay absolute and clean, its user is one that runc
// takes.
#include <nlohmann/json.hpp>

#include "container/settings.h"
#include "image/store/documents.h"
#include "target.h"
#include "winnow/base/path.h"

namespace {

using namespace winnow;

std::string_view take_part(std::string_view& rest) {
  constexpr std::string_view kBetween = "\n%%\n";
  const auto end = rest.find(kBetween);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + kBetween.size());
  return part;
}

bool is_place(std::string_view path) { return path.starts_with('/') && path != "/" && normal_path(path) == path; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = test::text_of(data, size);
  const std::string_view config = take_part(rest);
  const std::string_view name = take_part(rest);
  const std::string_view passwd = take_part(rest);
  const auto user = container::resolve_user(name, passwd, rest);
  if (user) test::require(user->uid <= 0x7fffffff && user->gid <= 0x7fffffff && !user->groups.empty());
  const auto document = read_config(config);
  if (!document) return 0;
  const auto settings =
      container::settings_of(document->runtime, config, {}, [](const char*) -> char* { return nullptr; });
  if (!settings) return 0;
  test::require(!settings->args.empty() && settings->stop_signal > 0 && settings->cwd.starts_with('/'));
  for (const std::string& volume : settings->anonymous) test::require(is_place(volume));
  if (!user) return 0;
  const std::string written = container::config_json(*settings, *user, {.root = "/r", .cgroup = "/c", .hostname = "h"});
  test::require(nlohmann::json::parse(written)["process"]["args"].size() == settings->args.size());
  return 0;
}
