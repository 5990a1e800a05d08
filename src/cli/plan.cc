// SPDX-License-Identifier: Apache-2.0
// winnow plan and winnow explain: from a profile to a keep spec, and from a path to its reasons.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/cli.h"
#include "cli/split.h"

namespace winnow::cli {
namespace {

struct PlanWords {
  std::string profile, image, output = "keep.json";
  PlanOptions options;
};

Result<int> plan(const PlanWords& words, const Invocation& invocation) {
  const auto profile = read_profile(words.profile);
  if (!profile) return std::unexpected(profile.error());
  const auto reference = Reference::parse(words.image);
  if (!reference) return std::unexpected(reference.error());
  const auto image = open_image(*reference, invocation.reading);
  if (!image) return std::unexpected(image.error());
  PlanOptions options = words.options;
  options.reference = reference->str();
  const auto spec = make_plan(image->index(), *profile, options);
  if (!spec) return std::unexpected(spec.error().within("planning " + printable(words.image)));
  if (auto written = write_output(words.output, to_json(*spec)); !written) return std::unexpected(written.error());
  const auto split = Split::of(image->index(), *profile, *spec);
  if (!split) return std::unexpected(split.error());
  if (invocation.json) {
    const Summary& sum = spec->summary;
    nlohmann::ordered_json json = {
        {"entries", {{"kept", sum.kept_entries}, {"dropped", sum.dropped_entries}, {"image", sum.image_entries}}},
        {"bytes", {{"kept", sum.kept_bytes}, {"dropped", sum.dropped_bytes}, {"image", sum.image_bytes}}},
        {"warnings", spec->warnings}};
    split->add_to(json);
    fmt::print("{}\n", json.dump());
  }
  say_summary(*spec, words.output);
  split->say();
  return kDone;
}

struct ExplainWords {
  std::string keep, path;
};

const KeptEntry* kept_at(const KeepSpec& spec, std::string_view path) {
  const auto at = std::ranges::lower_bound(spec.entries, path, {},
                                           [](const KeptEntry& kept) { return std::string_view(kept.entry.path); });
  return at != spec.entries.end() && at->entry.path == path ? &*at : nullptr;
}

// The reasons of an entry, and under the first that names another entry that one's own, up to a program.
void print_chain(const KeepSpec& spec, const KeptEntry& kept, int depth, std::vector<std::string_view>& told) {
  constexpr int kMaxDepth = 12;
  told.push_back(kept.entry.path);
  for (const Reason& reason : kept.reasons) {
    fmt::print("{:{}}{}: {} ({})\n", "", 2 * depth, printable(reason.rule), printable(reason.from),
               printable(reason.detail));
    const KeptEntry* cause = kept_at(spec, reason.from);
    // A program that touched a file is the end of the chain; its own presence is another question.
    const bool ends = reason.rule == "accessed" || reason.rule == "mount" || reason.rule == "created-in";
    if (!ends && cause != nullptr && depth < kMaxDepth && std::ranges::find(told, cause->entry.path) == told.end())
      print_chain(spec, *cause, depth + 1, told);
  }
}

Result<int> explain(const ExplainWords& words) {
  const auto spec = read_keep(words.keep);
  if (!spec) return std::unexpected(spec.error());
  // The path may lead through links that are kept: /bin/sh of a usr-merged image.
  Index slim;
  for (const KeptEntry& one : spec->entries) slim.entries.push_back(one.entry);
  const auto found = slim.entries.empty() ? std::nullopt : slim.resolve(words.path, false).entry;
  const std::string path = found ? slim.entries[*found].path : normal_path(words.path);
  const KeptEntry* kept = kept_at(*spec, path);
  if (kept == nullptr) {
    fmt::print("{} is not kept: no access in the profile led to it and no kept entry needs it\n", printable(path));
    fmt::print("  if the image has it (`winnow image ls {}` tells), winnow plan ... --keep {} keeps it\n",
               printable(spec->reference), printable(path));
    return kFinding;
  }
  std::string created_by = kept->entry.layer < spec->layers.size() ? spec->layers[kept->entry.layer].created_by : "";
  if (created_by.empty()) created_by = "made by an unknown instruction";
  fmt::print("{}: {}, {} bytes, layer {} ({}), {}\n", printable(path), name_of(kept->entry.type), kept->entry.size,
             kept->entry.layer, printable(created_by),
             kept->package.empty() ? "of no package" : "package " + printable(kept->package));
  std::vector<std::string_view> told;
  print_chain(*spec, *kept, 1, told);
  return kDone;
}

}  // namespace

void add_plan(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<PlanWords>();
  auto* command = app.add_subcommand("plan", "decide for each entry of an image whether it is kept, and why");
  command->add_option("profile", words->profile, "what winnow record wrote")->required();
  command
      ->add_option("--image", words->image,
                   "the image that was recorded: docker-daemon:NAME, docker-archive:FILE, oci:DIR, oci-archive:FILE, "
                   "containers-storage:NAME, containerd:NAMESPACE/NAME, pid:NUMBER")
      ->required();
  command->add_option("-o,--output", words->output, "the keep spec to write; - is stdout")->capture_default_str();
  command->add_option("--keep", words->options.keep, "keep what matches this glob; ** crosses directories")
      ->allow_extra_args(false);
  command->add_option("--drop", words->options.drop, "drop what matches this glob, with everything below it")
      ->allow_extra_args(false);
  command->add_flag("--allow-partial", words->options.allow_partial, "accept a profile that lost events");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return plan(*words, invocation); }; });
}

void add_explain(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<ExplainWords>();
  auto* command = app.add_subcommand("explain", "tell why a path is kept, back to the program that touched it");
  command->add_option("keep", words->keep, "what winnow plan wrote")->required();
  command->add_option("path", words->path, "a path in the image")->required();
  command->callback([words, &invocation] { invocation.run = [words] { return explain(*words); }; });
}

}  // namespace winnow::cli
