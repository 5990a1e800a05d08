// SPDX-License-Identifier: Apache-2.0
// Files and images that commands read and write.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cli/cli.h"

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

namespace {

// What somebody may have meant by NAME, which no engine knows; empty when there is nothing to say.
std::string guess(const std::string& name) {
  struct stat status{};
  if (::stat(name.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return "did you mean oci:" + printable(name) + "?";
  if (::stat(name.c_str(), &status) == 0) return "did you mean docker-archive: or oci-archive:" + printable(name) + "?";
  const std::string_view prefix = std::string_view(name).substr(0, name.find(':'));
  for (const std::string_view known : transport_names())
    if (prefix.size() < name.size() && prefix.size() > 3 && distance(prefix, known) <= 2)
      return fmt::format("did you mean {}:?", known);
  return "";
}

// A cache that was asked for and cannot be had is told of; it only makes things slow.
void check_cache(const std::string& directory) {
  if (directory.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && ::access(directory.c_str(), W_OK | X_OK) == 0) return;
  const auto level = directory == default_cache() ? spdlog::level::debug : spdlog::level::warn;
  spdlog::log(level, "the cache {} cannot be written: layers are read each time", printable(directory));
}

}  // namespace

Result<Engine> connect_engine() {
  auto engine = Engine::connect();
  if (engine) say("winnow: engine: " + engine->info().in_words());
  return engine;
}

Result<Image> open_image(const Reference& reference, const OpenOptions& options, const Engine* engine) {
  check_cache(options.cache);
  if (reference.transport != Transport::kEngine) {
    auto image = Image::open(reference, options);
    if (!image) image.error().what.insert(0, "reading image ");
    return image;
  }
  const auto within = [&](const Error& error) {
    return std::unexpected(error.within("reading image " + printable(reference.str())));
  };
  std::shared_ptr<const Engine> asked(std::shared_ptr<const Engine>(), engine);  // the caller's, not ours to end
  if (engine == nullptr) {
    auto connected = connect_engine();
    if (!connected) return within(connected.error());
    asked = std::make_shared<const Engine>(*std::move(connected));
  }
  const auto found = asked->find_image(reference.location);
  if (!found || !*found) {
    Error error = found
                      ? Error{fmt::format("no such image in {}", asked->info().endpoint),
                              fmt::format("`{} images` lists what is there; winnow pulls nothing", asked->info().name)}
                      : found.error();
    if (std::string meant = guess(reference.location); !meant.empty()) error.hint = std::move(meant);
    return within(error);
  }
  const auto save = [asked, name = reference.location, size = (*found)->size]() -> Result<Fd> {
    spdlog::debug("saving {} ({}) from {}", printable(name), human_bytes(size), asked->info().endpoint);
    auto archive = open_temporary();
    if (!archive) return archive;
    if (auto saved = asked->save_image(name, archive->get()); !saved) return std::unexpected(saved.error());
    return archive;
  };
  auto image = Image::open_saved((*found)->id, save, options);
  return image ? std::move(image) : within(image.error());
}

namespace {

// HINT is for who gave a file that is not there.
template <typename Parsed>
Result<Parsed> read_as(const std::string& file, std::size_t limit, Result<Parsed> (*parse)(std::string_view),
                       const char* hint) {
  const auto text = read_file(file, limit);
  if (!text) {
    Error error = text.error();
    if (error.hint.empty() && ::access(file.c_str(), F_OK) != 0) error.hint = hint;
    return std::unexpected(error);
  }
  auto parsed = parse(*text);
  return parsed ? std::move(parsed) : std::unexpected(parsed.error().within(printable(file)));
}

}  // namespace

Result<KeepSpec> read_keep(const std::string& file) {
  return read_as(file, std::size_t{2} << 30, keep_from_json, "`winnow plan` writes a keep spec");
}

Result<AccessProfile> read_profile(const std::string& file) {
  return read_as(file, std::size_t{1} << 30, profile_from_json, "`winnow record` writes a profile");
}

Result<Image> open_source(const KeepSpec& spec, const std::string& override_reference, const OpenOptions& options,
                          const Engine* engine) {
  const auto reference = Reference::parse(override_reference.empty() ? spec.reference : override_reference);
  if (!reference) return std::unexpected(reference.error());
  auto image = open_image(*reference, options, engine);
  if (!image) {
    Error error = image.error();
    if (override_reference.empty() && error.hint.empty())
      error.hint = "where the image has another name now, say so with --source";
    return std::unexpected(error);
  }
  if (auto kept = kept_entries(spec, image->index()); !kept) return std::unexpected(kept.error());
  return image;
}

}  // namespace winnow::cli
