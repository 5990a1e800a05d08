// SPDX-License-Identifier: Apache-2.0
// The commands of winnow, and the options that all of them have.
#include "cli/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "winnow/fleet/commands.h"

namespace winnow::cli {
namespace {

constexpr void (*kCommands[])(CLI::App&, Invocation&) = {
    add_doctor, add_record, add_run,     add_image, add_merge,  add_coverage,
    add_plan,   add_emit,   add_explain, add_diff,  add_verify, add_slim,
};

constexpr auto kDescription = "winnow finds the unused files in running containers and makes slim images without them";

// How images are read: for every command that reads one.
void add_reading(CLI::App& app, OpenOptions& reading) {
  auto* const group = app.add_option_group("Reading images");
  group->add_option("--platform", reading.platform, "of an image for several, OS/ARCHITECTURE[/VARIANT]");
  reading.cache = default_cache();
  group->add_option("--cache", reading.cache, "directory that remembers what is in layers; \"\" for none")
      ->capture_default_str();
  group->add_option("--max-entries", reading.limits.entries, "refuse an image with more")->capture_default_str();
  const auto size = [&](const char* name, std::uint64_t& limit, const char* help) {
    group->add_option(name, limit, help)
        ->transform(CLI::AsSizeValue(false))
        ->default_str(fmt::format("{}gb", limit >> 30));
  };
  size("--max-bytes", reading.limits.bytes, "refuse layers that are larger when uncompressed");
  size("--max-metadata", reading.limits.metadata, "refuse more of names, attributes and facts");
  size("--max-holes", reading.limits.holes, "refuse larger holes in sparse files");
}

}  // namespace

int run(int argc, char** argv) {
  Invocation invocation;
  const auto add_all = [&](CLI::App& app) {
    add_reading(app, invocation.reading);
    for (const auto add : kCommands) add(app, invocation);
    add_agent(app, invocation);
    add_fetch(app, invocation);
  };
  return run_program(argc, argv, {kDescription, add_all}, invocation);
}

}  // namespace winnow::cli
