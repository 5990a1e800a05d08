// SPDX-License-Identifier: Apache-2.0
// Opens images wherever they are, and the documents that say what to make of them.
#include "winnow/transfer/open.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/store/fetch.h"

namespace winnow {
namespace {

// What somebody may have meant by NAME, which no engine knows; empty when there is nothing to say.
std::string guess(const std::string& name) {
  struct stat status{};
  if (::stat(name.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return "did you mean oci:" + printable(name) + "?";
  if (::stat(name.c_str(), &status) == 0) return "did you mean docker-archive: or oci-archive:" + printable(name) + "?";
  const std::string_view prefix = std::string_view(name).substr(0, name.find(':'));
  for (const std::string_view known : transport_names())
    if (prefix.size() < name.size() && prefix.size() > 3 && edit_distance(prefix, known) <= 2)
      return fmt::format("did you mean {}:?", known);
  return "";
}

}  // namespace

Result<Image> open_image(const Reference& reference, const OpenOptions& options, const Engine* engine) {
  if (reference.transport != Transport::kEngine) {
    auto image = Image::open(reference, options);
    if (!image) image.error().what.insert(0, "reading image ");
    return image;
  }
  const auto within = [&](const Error& error) {
    return std::unexpected(error.within("reading image " + printable(reference.str())));
  };
  if (engine == nullptr) return within(Error{"no container engine to ask for it"});
  const auto found = engine->find_image(reference.location);
  if (!found || !*found) {
    Error error = found
                      ? Error{fmt::format("no such image in {}", engine->info().endpoint),
                              fmt::format("`{} images` lists what is there; winnow pulls nothing", engine->info().name)}
                      : found.error();
    if (std::string meant = guess(reference.location); !meant.empty()) error.hint = std::move(meant);
    return within(error);
  }
  const auto save = [engine = *engine, name = reference.location]() -> Result<Fd> {
    auto archive = open_temporary();
    if (!archive) return archive;
    TRY_DO(engine.save_image(name, archive->get()));
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
  if (names_fleet(file)) return fetch_named(file);
  return read_as(file, std::size_t{1} << 30, profile_from_json, "`winnow record` writes a profile");
}

Result<Image> open_source(const KeepSpec& spec, const std::string& override_reference, const OpenOptions& options,
                          const Engine* engine) {
  TRY(const auto reference, Reference::parse(override_reference.empty() ? spec.reference : override_reference));
  auto image = open_image(reference, options, engine);
  if (!image) {
    Error error = image.error();
    if (override_reference.empty() && error.hint.empty())
      error.hint = "where the image has another name now, say so with --source";
    return std::unexpected(error);
  }
  TRY_DO(kept_entries(spec, image->index()));
  return image;
}

}  // namespace winnow
