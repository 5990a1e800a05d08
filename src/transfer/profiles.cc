// SPDX-License-Identifier: Apache-2.0
// Reads profiles one at a time, and merges each into what was read before.
#include "winnow/transfer/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "winnow/base/text.h"
#include "winnow/transfer/open.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;

// One image's profiles so far.
struct Union {
  AccessProfile profile;
  std::string first;  // the file that began it
};

std::string image_of(const AccessProfile& profile) {
  if (!profile.image.id.valid()) return "no known image";
  const std::string& name = profile.image.reference;
  return name.empty() ? profile.image.id.str() : fmt::format("{} ({})", profile.image.id.str(), printable(name));
}

// Into an empty union too: it brings the runs into their order.
Result<void> take(Union& all, AccessProfile profile, const std::string& file, bool any_image) {
  if (all.first.empty()) {
    all.first = file;
    all.profile.image = profile.image;
  }
  if (!any_image && all.profile.image.id != profile.image.id)
    return fail(fmt::format("{} is of {}, {} is of {}", printable(all.first), image_of(all.profile), printable(file),
                            image_of(profile)),
                Advice::kDifferentImages);
  if (any_image) all.profile.image.id = profile.image.id = {};  // of one profile, too: it goes with any image then
  auto merged = all.profile.merge(std::move(profile), any_image);
  return merged ? merged : std::unexpected(merged.error().within(printable(file)));
}

Result<std::map<Digest, Union>> unions_of(const std::vector<std::string>& files, bool any_image, bool by_image) {
  std::map<Digest, Union> unions;
  for (const std::string& file : files) {
    TRY(auto profile, read_profile(file));
    Union& all = unions[by_image ? profile.image.id : Digest()];
    TRY_DO(take(all, std::move(profile), file, any_image));
  }
  return unions;
}

}  // namespace

Result<std::vector<std::string>> profile_files(const std::vector<std::string>& words) {
  std::vector<std::string> files;
  for (const std::string& word : words) {
    if (word == "-") return std::unexpected(Error::usage("profiles are read from files, not from stdin", "name them"));
    std::error_code error;
    if (!fs::is_directory(word, error)) {
      files.push_back(word);
      continue;
    }
    const std::size_t before = files.size();
    for (const auto& entry : fs::directory_iterator(word, error))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    if (error) return fail(fmt::format("reading directory {}: {}", printable(word), error.message()));
    if (files.size() == before)
      return fail("no *.json in directory " + printable(word), "name the directory that profiles were written to");
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
  }
  return files;
}

Result<AccessProfile> read_union(const std::vector<std::string>& files, bool any_image) {
  TRY(auto unions, unions_of(files, any_image, false));
  return std::move(unions.begin()->second.profile);
}

Result<std::map<Digest, AccessProfile>> read_unions(const std::vector<std::string>& files) {
  TRY(auto unions, unions_of(files, false, true));
  std::map<Digest, AccessProfile> profiles;
  for (auto& [id, all] : unions) profiles.emplace(id, std::move(all.profile));
  return profiles;
}

}  // namespace winnow
