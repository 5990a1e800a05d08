// SPDX-License-Identifier: Apache-2.0
// Reading of .winnow.json, schema "winnow.settings/1".
#include "cli/plan_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/manifest/manifest.h"

namespace winnow::cli {
namespace {

constexpr std::string_view kSchema = "winnow.settings/1";
constexpr std::size_t kMaxSettings = std::size_t{1} << 20;

void append(std::vector<std::string>& list, const nlohmann::json& json, const char* field) {
  if (!json.at(field).is_array()) throw std::invalid_argument(fmt::format("\"{}\" has to be a list of strings", field));
  for (const nlohmann::json& one : json.at(field)) {
    if (!one.is_string()) throw std::invalid_argument(fmt::format("\"{}\" has to be a list of strings", field));
    list.push_back(one.get<std::string>());
  }
}

// Only what the command line has not said already.
void apply(const nlohmann::json& json, PlanOptions& options, PlanWords& words) {
  if (!json.is_object()) throw std::invalid_argument("it has to be an object: {\"policy\": \"families\"}");
  for (const auto& [field, value] : json.items()) {
    if (field == "schema") {
      if (value != kSchema) throw std::invalid_argument(fmt::format("\"schema\" has to be \"{}\"", kSchema));
    } else if (field == "policy") {
      const auto policy = policy_from_name(value.is_string() ? value.get<std::string>() : "");
      if (!policy) throw std::invalid_argument("\"policy\" has to be strict, families or app");
      if (words.policy.empty()) options.policy = *policy;
    } else if (field == "keep") {
      append(options.keep, json, "keep");
    } else if (field == "drop") {
      append(options.drop, json, "drop");
    } else if (field == "families") {
      append(options.families, json, "families");
    } else if (field == "commands") {
      append(words.commands, json, "commands");
    } else if (field == "manifests") {
      append(words.manifests, json, "manifests");
    } else if (field == "base_layers") {
      if (!value.is_number_unsigned()) throw std::invalid_argument("\"base_layers\" has to be a number from 0 on");
      if (!words.base_layers_given) options.base_layers = value.get<std::size_t>();
    } else if (field == "walked") {
      if (!value.is_boolean()) throw std::invalid_argument("\"walked\" has to be true or false");
      options.walked = options.walked && value.get<bool>();
    } else {
      throw std::invalid_argument(fmt::format(
          "\"{}\" is none of policy, keep, drop, families, commands, manifests, base_layers, walked", field));
    }
  }
}

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

Result<void> add_settings(const std::string& file, PlanOptions& options, PlanWords& words) {
  TRY(const auto text, read_regular_file(file, kMaxSettings));
  try {
    apply(nlohmann::json::parse(text), options, words);
  } catch (const nlohmann::json::exception&) {
    return fail(
        fmt::format("{}: not JSON of the form {{\"policy\": \"families\", \"keep\": [\"/srv/**\"]}}", printable(file)),
        fmt::format("docs/plan.md tells what {} can say", kSettings));
  } catch (const std::exception& error) {
    return fail(printable(file) + ": " + printable(error.what()));
  }
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
