// SPDX-License-Identifier: Apache-2.0
// winnow merge: the profiles of many runs, replicas and nodes as one, or as one for each image.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/profiles.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

struct MergeWords {
  std::vector<std::string> inputs;
  std::string output;
  bool any_image = false, by_image = false;
};

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
                "--by-image -o DIR writes one profile for each image, --any-image merges them all the same");
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

// DIR/<the image's short id>.json
Result<std::vector<std::string>> names_in(const std::string& directory, const std::map<Digest, Union>& unions) {
  TRY_DO(make_directory(directory));
  std::vector<std::string> names;
  for (const auto& [id, all] : unions) {
    std::string name = id.valid() ? id.short_hex() : "unknown";
    const std::string before = names.empty() ? "" : names.back();
    if (before == fmt::format("{}/{}.json", directory, name)) name = id.hex();  // sorted: only neighbours are alike
    names.push_back(fmt::format("{}/{}.json", directory, name));
  }
  return names;
}

Result<int> merge(const MergeWords& words, const Invocation& invocation) {
  TRY(const auto files, profile_files(words.inputs));
  if (!words.by_image) TRY_DO(check_output(words.output));
  TRY(const auto unions, unions_of(files, words.any_image, words.by_image));
  TRY(auto names, words.by_image ? names_in(words.output, unions) : std::vector{words.output});
  auto report = nlohmann::ordered_json::array();
  for (auto name = names.begin(); const auto& [id, all] : unions) {
    TRY_DO(write_output(*name, to_json(all.profile)));
    say_profile(all.profile, *name);
    report.push_back({{"file", escape_path(*name)},
                      {"image", id.valid() ? id.str() : all.profile.image.id.str()},
                      {"runs", all.profile.runs.size()},
                      {"accesses", all.profile.accesses.size()},
                      {"partial", !all.profile.partial_reasons().empty()}});
    ++name;
  }
  if (invocation.json && (words.by_image || words.output != "-"))  // a profile is alone on stdout
    fmt::print("{}\n", report.dump());
  return kDone;
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

void add_merge(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<MergeWords>();
  auto* command = app.add_subcommand("merge", "unite the profiles of many runs, replicas and nodes");
  command->add_option("profiles", words->inputs, "what winnow record or winnow merge wrote; of a directory its *.json")
      ->required();
  command->add_option("-o,--output", words->output, "the profile to write; - is stdout. With --by-image a directory")
      ->required();
  auto* any = command->add_flag("--any-image", words->any_image, "merge profiles of different images into one");
  command->add_flag("--by-image", words->by_image, "write one profile for each image: DIR/<its short id>.json")
      ->excludes(any);
  command->footer(
      "The result is the same in whatever order the profiles are named, and naming one twice changes nothing.");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return merge(*words, invocation); }; });
}

}  // namespace winnow::cli
