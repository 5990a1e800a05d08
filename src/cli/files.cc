// SPDX-License-Identifier: Apache-2.0
// Images that commands read, and the cache of their layers: where they are if nobody says it, and what is said of them.
#include <unistd.h>

#include <filesystem>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::cli {

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
  const std::string line = "the cache " + printable(directory) + " cannot be written: layers are read each time";
  if (directory == default_cache())
    say_if_verbose(line);
  else
    say("winnow: " + line);
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
