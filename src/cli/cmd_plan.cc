// SPDX-License-Identifier: Apache-2.0
// winnow plan: from a profile to a keep spec.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "cli/plan_options.h"
#include "winnow/base/error.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/plan/split.h"

namespace winnow::cli {
namespace {

constexpr std::size_t kRisksTold = 10;

struct PlanCommand {
  std::string profile, image, output = "keep.json", rebuilt;
  unsigned most_missing = 5;
  PlanWords plan;
};

void say_risks(const KeepSpec& spec) {
  if (spec.risks.empty()) return;
  say("  what the workload may come to need (--keep GLOB keeps it):");
  for (std::size_t at = 0; at < std::min(kRisksTold, spec.risks.size()); ++at) {
    const Risk& risk = spec.risks[at];
    say(fmt::format("  {:>9}  {:<12} {}  ({}, for {})", human_bytes(risk.bytes), risk.family, shell_word(risk.glob),
                    risk.entries == 1 ? "1 entry" : fmt::format("{} entries", risk.entries), printable(risk.because)));
  }
  if (spec.risks.size() > kRisksTold)
    say(fmt::format("             and {} more in the keep spec", spec.risks.size() - kRisksTold));
}

// The recorded image, of which another build is planned: a keep spec of it, or the image itself.
Result<Index> recorded_index(const std::string& name, const OpenOptions& reading) {
  std::error_code error;
  if (std::filesystem::is_regular_file(name, error)) {
    const auto spec = read_keep(name);
    return spec ? Result<Index>(index_of_kept(*spec)) : std::unexpected(spec.error());
  }
  TRY(const auto reference, Reference::parse(name));
  const auto image = open_named(reference, reading);
  return image ? Result<Index>(image->index()) : std::unexpected(image.error());
}

Result<int> plan(const PlanCommand& words, const Invocation& invocation) {
  TRY(auto options, plan_options(words.plan));
  TRY(const auto profile, read_profile(words.profile));
  TRY(const auto reference, Reference::parse(words.image));
  TRY(const auto image, open_named(reference, invocation.reading));
  options.reference = reference.str();
  options.most_missing = words.most_missing;
  std::optional<Index> recorded;
  if (!words.rebuilt.empty()) {
    auto index = recorded_index(words.rebuilt, invocation.reading);
    if (!index) return std::unexpected(index.error().within("--rebuilt"));
    options.recorded = &recorded.emplace(*std::move(index));
  }
  const auto spec = make_plan(image.index(), profile, options);
  if (!spec) return std::unexpected(spec.error().within("planning " + printable(words.image)));
  TRY_DO(write_output(words.output, to_json(*spec)));
  TRY(const auto split, PlanSplit::of(image.index(), profile, *spec));
  if (invocation.json && words.output != "-") {  // the keep spec is alone on stdout
    const Summary& sum = spec->summary;
    nlohmann::ordered_json json = {
        {"entries", {{"kept", sum.kept_entries}, {"dropped", sum.dropped_entries}, {"image", sum.image_entries}}},
        {"bytes", {{"kept", sum.kept_bytes}, {"dropped", sum.dropped_bytes}, {"image", sum.image_bytes}}},
        {"policy", to_string(spec->policy)},
        {"risks", spec->risks.size()},
        {"warnings", nlohmann::ordered_json::array()}};
    for (const std::string& warning : spec->warnings) json["warnings"].push_back(escape_path(warning));
    if (spec->rebuilt)
      json["rebuilt"] = {
          {"paths", spec->rebuilt->paths}, {"missing", spec->rebuilt->missing}, {"changed", spec->rebuilt->changed}};
    split.add_to(json);
    fmt::print("{}\n", json.dump());
  }
  say_summary(*spec, words.output);
  say(split.text());
  say_risks(*spec);
  return kDone;
}

}  // namespace

void add_plan(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<PlanCommand>();
  auto* command = app.add_subcommand("plan", "decide for each entry of an image whether it is kept, and why");
  command
      ->add_option("profile", words->profile,
                   "what winnow record wrote, or kubernetes:IMAGE: what a fleet has recorded")
      ->required();
  command
      ->add_option("--image", words->image,
                   "the image that was recorded: docker-daemon:NAME, docker-archive:FILE, oci:DIR, oci-archive:FILE, "
                   "containers-storage:NAME, containerd:NAMESPACE/NAME, pid:NUMBER")
      ->required();
  command->add_option("-o,--output", words->output, "the keep spec to write; - is stdout")->capture_default_str();
  command->add_option("--rebuilt", words->rebuilt,
                      "--image is another build of the recorded image, which is this one: its keep.json, or an image");
  command
      ->add_option("--rebuilt-missing", words->most_missing,
                   "with --rebuilt: how many per cent of the recorded paths may be missing in that build")
      ->check(CLI::Range(0U, 100U))
      ->capture_default_str();
  add_plan_options(*command, words->plan);
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return plan(*words, invocation); }; });
}

}  // namespace winnow::cli
