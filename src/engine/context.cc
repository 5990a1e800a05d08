// SPDX-License-Identifier: Apache-2.0
// Reads docker's client configuration as data: bounded, regular files only, and of the right owner.
#include "engine/context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/api.h"
#include "engine/json.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/state.h"
#include "winnow/base/text.h"

namespace winnow::engine {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;  // it may hold credentials of many registries
constexpr std::size_t kMaxMeta = std::size_t{64} << 10;
constexpr std::string_view kDefault = "default";
constexpr auto kHint = "DOCKER_HOST=unix:///path/to/docker.sock names an engine without any context";

// Who called sudo(8), if we are root by it.
std::optional<uid_t> invoking_user() {
  const std::string text = environment("SUDO_UID");
  uid_t user = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), user);
  if (::geteuid() != 0 || error != std::errc{} || end != text.data() + text.size() || user == 0) return std::nullopt;
  return user;
}

std::string home_of(uid_t user) {
  std::vector<char> text(std::size_t{64} << 10);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, text.data(), text.size(), &found) != 0 || found == nullptr) return "";
  return found->pw_dir;
}

// The text of a regular file of at most LIMIT bytes that USER or root owns; nothing when there is none.
Result<std::optional<std::string>> read_own(const std::string& path, std::size_t limit, std::optional<uid_t> user) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd.valid()) return std::unexpected(Error::from_errno("opening " + printable(path)));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return std::unexpected(Error::from_errno("reading " + printable(path)));
  if (!S_ISREG(status.st_mode)) return fail(printable(path) + " is not a regular file");
  if (user && ((status.st_uid != *user && status.st_uid != 0) || (status.st_mode & S_IWOTH) != 0))
    return fail(printable(path) + " belongs to somebody else, or everybody may write it");
  std::string text(limit + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(Error::from_errno("reading " + printable(path)));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) return fail(fmt::format("{} is longer than {}", printable(path), human_bytes(limit)));
  text.resize(size);
  return text;
}

std::unexpected<Error> refuse(std::string what, std::string hint = kHint) {
  return std::unexpected(Error::usage(std::move(what), std::move(hint)));
}

// The name of the chosen context; empty: there is none.
Result<std::string> context_of(const ClientSettings& settings) {
  if (!settings.context.empty()) return settings.context;
  if (settings.directory.empty()) return "";
  const std::string file = settings.directory + "/config.json";
  const auto text = read_own(file, kMaxConfig, settings.user);
  if (!text) return refuse(text.error().what);
  if (!*text) return "";
  auto name = parse_current_context(**text);
  return name ? std::move(name) : refuse(name.error().within(printable(file)).what);
}

// The engine of context NAME. Its files lie below the SHA-256 of the name.
Result<std::optional<Choice>> engine_of(const ClientSettings& settings, const std::string& name) {
  const std::string by = "docker context " + printable(name);
  if (settings.directory.empty())
    return refuse(by + ": no directory of contexts: neither DOCKER_CONFIG nor HOME is set");
  const std::string contexts = settings.directory + "/contexts";
  const std::string id = Digest::of(name).hex();
  const std::string file = fmt::format("{}/meta/{}/meta.json", contexts, id);
  const auto text = read_own(file, kMaxMeta, settings.user);
  if (!text) return refuse(text.error().within(by).what);
  if (!*text)
    return refuse(fmt::format("{} is not in {}", by, printable(contexts)), "`docker context ls` lists those there are");
  const auto host = parse_context(**text, name);
  if (!host) return refuse(host.error().within(printable(file)).within(by).what);
  if (host->address.empty()) return std::nullopt;
  auto endpoint = parse_endpoint(host->address);
  if (!endpoint) return std::unexpected(endpoint.error().within(by));
  struct stat status{};
  const bool certificates = ::stat(fmt::format("{}/tls/{}/docker", contexts, id).c_str(), &status) == 0;
  if (!endpoint->unix_socket && (certificates || host->skip_tls_verify))
    return refuse(fmt::format("{}: {} wants TLS, which is not supported", by, endpoint->str()),
                  "reach the engine through its unix socket, for example with ssh -L");
  return Choice{*std::move(endpoint), "docker context " + name};
}

}  // namespace

ClientSettings client_settings() {
  ClientSettings settings{.host = environment("DOCKER_HOST"),
                          .tls = !environment("DOCKER_TLS_VERIFY").empty(),
                          .context = environment("DOCKER_CONTEXT"),
                          .directory = environment("DOCKER_CONFIG"),
                          .user = {}};
  if (!settings.directory.empty()) return settings;
  settings.user = invoking_user();
  const std::string home = settings.user ? home_of(*settings.user) : environment("HOME");
  if (home.starts_with('/')) settings.directory = home + "/.docker";
  return settings;
}

Result<std::optional<Choice>> chosen_engine(const ClientSettings& settings) {
  if (!settings.host.empty()) {
    auto endpoint = parse_endpoint(settings.host);
    if (!endpoint) return std::unexpected(endpoint.error().within("DOCKER_HOST"));
    if (!endpoint->unix_socket && settings.tls)
      return refuse("DOCKER_TLS_VERIFY is set, and TLS to an engine is not supported",
                    "reach the engine through its unix socket, for example with ssh -L");
    return Choice{*std::move(endpoint), "$DOCKER_HOST"};
  }
  TRY(const auto name, context_of(settings));
  if (name.empty() || name == kDefault) return std::nullopt;
  return engine_of(settings, name);
}

Result<std::string> parse_current_context(std::string_view config_json) {
  const auto value = parse_object(config_json);
  return value ? text_at(*value, {"currentContext"}) : Result<std::string>(fail("not a JSON object"));
}

Result<ContextHost> parse_context(std::string_view meta_json, std::string_view name) {
  const auto value = parse_object(meta_json);
  if (!value) return fail("not a JSON object");
  if (text_at(*value, {"Name"}) != name) return fail("it is of another context");
  if (at(*value, {"Endpoints", "docker"}) == nullptr) return fail("it has no engine");
  return ContextHost{text_at(*value, {"Endpoints", "docker", "Host"}),
                     flag_at(*value, {"Endpoints", "docker", "SkipTLSVerify"})};
}

}  // namespace winnow::engine
