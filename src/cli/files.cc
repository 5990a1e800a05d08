// SPDX-License-Identifier: Apache-2.0
// Files and images that commands read and write: what is said of them, and where they are when nobody says it.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow::cli {

Result<void> check_output(const std::string& file) {
  struct stat status{};
  if (file == "-" || (::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
    return {};
  if (S_ISDIR(status.st_mode)) return fail(printable(file) + " is a directory", "name a file with -o");
  const auto slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return std::unexpected(Error::from_errno("writing into " + printable(directory)));
  return {};
}

Result<void> write_output(const std::string& file, std::string_view text) {
  return file == "-" ? write_all(STDOUT_FILENO, text) : write_file_atomically(file, text);
}

std::string default_cache() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    return std::string(cache) + "/winnow/layers";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/winnow/layers" : "";
}

void check_cache(const std::string& directory) {
  if (directory.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && ::access(directory.c_str(), W_OK | X_OK) == 0) return;
  const auto level = directory == default_cache() ? spdlog::level::debug : spdlog::level::warn;
  spdlog::log(level, "the cache {} cannot be written: layers are read each time", printable(directory));
}

namespace {

// The engine for an image of one: ENGINE, or the one that CONNECTED gets. Null: there is no need for one.
Result<const Engine*> engine_for(const Reference& reference, const Engine* engine, std::optional<Engine>& connected) {
  if (engine != nullptr || reference.transport != Transport::kEngine) return engine;
  auto now = connect_engine();
  if (!now) return std::unexpected(now.error().within("reading image " + printable(reference.str())));
  return &connected.emplace(*std::move(now));
}

}  // namespace

Result<Engine> connect_engine() {
  auto engine = Engine::connect();
  if (engine) say("winnow: engine: " + engine->info().in_words());
  return engine;
}

Result<Image> open_named(const Reference& reference, const OpenOptions& options, const Engine* engine) {
  check_cache(options.cache);
  std::optional<Engine> connected;
  TRY(const auto asked, engine_for(reference, engine, connected));
  return winnow::open_image(reference, options, asked);
}

Result<Image> open_planned(const KeepSpec& spec, const std::string& named, const OpenOptions& options,
                           const Engine* engine) {
  check_cache(options.cache);
  TRY(const auto reference, Reference::parse(named.empty() ? spec.reference : named));
  std::optional<Engine> connected;
  TRY(const auto asked, engine_for(reference, engine, connected));
  return winnow::open_source(spec, named, options, asked);
}

}  // namespace winnow::cli
