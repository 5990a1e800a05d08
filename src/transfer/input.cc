// SPDX-License-Identifier: Apache-2.0
// Looks at a file or an image only as far as it takes to know what it is, and then reads it.
#include "winnow/transfer/input.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "winnow/base/file.h"
#include "winnow/base/json_text.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxText = std::size_t{2} << 30;  // of a keep spec; a profile may be half of it

constexpr auto kWhatIsTaken =
    "give profile.json of `winnow record`, keep.json of `winnow plan`, or an image such as docker-archive:FILE";

Result<Input> read_document(const std::string& file) {
  const auto text = read_file(file, kMaxText);
  if (!text) {
    Error error = text.error();
    if (error.hint.empty()) error.hint = kWhatIsTaken;
    return std::unexpected(error);
  }
  const std::string schema = schema_of(*text);
  const auto within = [&](const Error& error) { return std::unexpected(error.within(printable(file))); };
  if (schema.starts_with("winnow.profile/")) {
    auto profile = profile_from_json(*text);
    return profile ? Result<Input>(*std::move(profile)) : within(profile.error());
  }
  if (schema.starts_with("winnow.keep/")) {
    auto spec = keep_from_json(*text);
    return spec ? Result<Input>(*std::move(spec)) : within(spec.error());
  }
  std::string what = printable(file) + " is neither a profile nor a keep spec";
  if (!schema.empty()) what += fmt::format(": its schema is \"{}\"", printable(schema));
  return fail(std::move(what), fmt::format("for an image say docker-archive:{0}, oci-archive:{0} or docker-daemon:{0}",
                                           printable(file)));
}

Result<Input> read_image(const std::string& word, const std::function<Result<Image>(const Reference&)>& open) {
  TRY(const auto reference, Reference::parse(word));
  auto image = open(reference);
  if (!image) {
    Error error = image.error();
    if (error.hint.empty()) error.hint = kWhatIsTaken;
    return std::unexpected(error);
  }
  return *std::move(image);
}

bool names_transport(std::string_view word) {
  const auto names = transport_names();
  return std::ranges::any_of(names, [&](std::string_view name) {
    return word.starts_with(name) && word.substr(name.size()).starts_with(':');
  });
}

// Whether nobody would call an image so.
bool looks_like_file(std::string_view word) {
  return word.starts_with('/') || word.starts_with("./") || word.starts_with("../") || word.ends_with(".json");
}

}  // namespace

std::string_view kind_of(const Input& input) {
  constexpr std::string_view kKinds[] = {"a profile", "a keep spec", "an image"};  // in the order of Input
  return kKinds[input.index()];
}

Result<Input> read_input(const std::string& word, const std::function<Result<Image>(const Reference&)>& open) {
  if (names_transport(word)) return read_image(word, open);
  struct stat status{};
  const bool there = ::stat(word.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode))
    return fail(printable(word) + " is a directory", fmt::format("for an image layout say oci:{}", printable(word)));
  if (there || looks_like_file(word)) return read_document(word);
  return read_image(word, open);
}

}  // namespace winnow
