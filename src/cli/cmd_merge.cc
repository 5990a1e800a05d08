// SPDX-License-Identifier: Apache-2.0
// winnow merge: the profiles of many runs, replicas and nodes as one, or as one for each image.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/transfer/profiles.h"

namespace winnow::cli {
namespace {

struct MergeWords {
  std::vector<std::string> inputs;
  std::string output;
  bool any_image = false, by_image = false;
};

// DIR/<the image's short id>.json
Result<std::vector<std::string>> names_in(const std::string& directory, const std::map<Digest, AccessProfile>& unions) {
  TRY_DO(make_directory(directory));
  std::vector<std::string> names;
  for (const auto& [id, profile] : unions) {
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
  std::map<Digest, AccessProfile> unions;
  if (words.by_image) {
    TRY(unions, read_unions(files));
  } else {
    TRY(unions[Digest()], read_union(files, words.any_image));
  }
  TRY(auto names, words.by_image ? names_in(words.output, unions) : std::vector{words.output});
  auto report = nlohmann::ordered_json::array();
  for (auto name = names.begin(); const auto& [id, profile] : unions) {
    TRY_DO(write_output(*name, to_json(profile)));
    say_profile(profile, *name);
    report.push_back({{"file", escape_path(*name)},
                      {"image", id.valid() ? id.str() : profile.image.id.str()},
                      {"runs", profile.runs.size()},
                      {"accesses", profile.accesses.size()},
                      {"partial", !profile.partial_reasons().empty()}});
    ++name;
  }
  if (invocation.json && (words.by_image || words.output != "-"))  // a profile is alone on stdout
    fmt::print("{}\n", report.dump());
  return kDone;
}

}  // namespace

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
