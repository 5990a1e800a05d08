// SPDX-License-Identifier: Apache-2.0
// What a plan is told on the command line, in .winnow.json and in manifests.
#include "cli/plan_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/manifest/manifest.h"
#include "winnow/plan/settings.h"

namespace winnow::cli {
namespace {

constexpr std::size_t kMaxSettings = std::size_t{1} << 20;

}  // namespace

void add_plan_options(CLI::App& command, PlanWords& words) {
  command
      .add_option(
          "--policy", words.policy,
          "strict: what was touched and what makes it work [default]; families: what belongs to it as well; app: "
          "whole directories of the application's own layers")
      ->check(CLI::IsMember({"strict", "families", "app"}));
  command
      .add_option("--family", words.options.families,
                  "keep this family whole once a member was touched: time-zones, locales, certificates, plugins, ...")
      ->allow_extra_args(false);
  command.add_option("--keep", words.options.keep, "keep what matches this glob; ** crosses directories")
      ->allow_extra_args(false);
  command.add_option("--drop", words.options.drop, "drop what matches this glob, with everything below it")
      ->allow_extra_args(false);
  command
      .add_option(
          "--command", words.commands,
          "a command that only an orchestrator runs in the container: keep what it needs, as for the entrypoint")
      ->allow_extra_args(false);
  command
      .add_option("--manifest", words.manifests,
                  "Kubernetes manifest: keep what its probes, lifecycle hooks, command and args need")
      ->allow_extra_args(false);
  command
      .add_option_function<std::size_t>(
          "--base-layers",
          [&words](std::size_t layers) {
            words.options.base_layers = layers;
            words.base_layers_given = true;
          },
          "for --policy app: how many layers at the bottom are not the application's [1]")
      ->check(CLI::NonNegativeNumber);
  command.add_option(
      "--settings", words.settings,
      fmt::format("JSON with policy, keep, drop, families, commands, manifests, base_layers, walked [{}]", kSettings));
  command.add_flag("!--no-walked", words.options.walked,
                   "leave out what a program only walked over, find or chown -R, and nobody opened");
  command.add_flag("--allow-partial", words.options.allow_partial, "accept a profile that lost events");
}

namespace {

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

// Only what the command line has not said already.
Result<void> add_settings(const std::string& file, PlanOptions& options, PlanWords& words) {
  TRY(const auto text, read_regular_file(file, kMaxSettings));
  const auto settings = settings_from_json(text);
  if (!settings) return std::unexpected(settings.error().within(printable(file)));
  if (settings->policy && words.policy.empty()) options.policy = *settings->policy;
  if (settings->base_layers && !words.base_layers_given) options.base_layers = *settings->base_layers;
  options.walked = options.walked && settings->walked;
  append(options.keep, settings->keep);
  append(options.drop, settings->drop);
  append(options.families, settings->families);
  append(words.commands, settings->commands);
  append(words.manifests, settings->manifests);
  return {};
}

Result<void> add_commands(const PlanWords& words, PlanOptions& options) {
  for (const std::string& line : words.commands) {
    auto split = split_words(line);
    if (!split) return std::unexpected(split.error().within(fmt::format("--command {}", printable(line))));
    if (split->empty()) return std::unexpected(Error::usage("--command names no program", "--command 'sleep 5'"));
    options.commands.push_back({fmt::format("--command {}", line), *std::move(split)});
  }
  for (const std::string& file : words.manifests) {
    TRY(const auto text, read_regular_file(file, kMaxManifest));
    auto commands = pod_commands(text);
    if (!commands) return std::unexpected(commands.error().within(printable(file)));
    for (PodCommand& one : *commands)
      options.commands.push_back({fmt::format("{}: {}", file, one.where), std::move(one.words),
                                  std::move(one.working_dir), std::move(one.image), one.arguments});
  }
  return {};
}

}  // namespace

Result<PlanOptions> plan_options(PlanWords words) {
  PlanOptions options = words.options;
  if (const auto policy = policy_from_name(words.policy)) options.policy = *policy;
  const std::string file = words.settings.empty() ? kSettings : words.settings;
  if (!words.settings.empty() || ::access(kSettings, F_OK) == 0) {
    TRY_DO(add_settings(file, options, words));
    if (words.settings.empty()) say(fmt::format("with the settings of {}", file));
  }
  TRY_DO(add_commands(words, options));
  return options;
}

}  // namespace winnow::cli
