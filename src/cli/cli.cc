// SPDX-License-Identifier: Apache-2.0
// From words to one command's run, and from its error to one line and an exit code.
#include "cli/cli.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "cli/hints.h"
#include "cli/mistyped.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow::cli {
namespace {

constexpr void (*kCommands[])(CLI::App&, Invocation&) = {
    add_doctor, add_record,  add_run,  add_image,  add_merge, add_coverage, add_plan,
    add_emit,   add_explain, add_diff, add_verify, add_slim,  add_agent,    add_fetch,
};

constexpr auto kDescription = "winnow finds the unused files in running containers and makes slim images without them";
constexpr auto kFooter =
    "Exit codes: 0 done, 1 finding, 2 usage, 3 failure, 4 the command after -- failed, 130 interrupted after saving.";

int report(const Error& error) {
  const std::string hint = hint_of(error);
  say(fmt::format("winnow: {}{}{}", error.what,
                  hint.empty()                ? ""
                  : error.what.contains('\n') ? "\nwinnow: "
                                              : "; ",
                  hint));
  return error.fault == Fault::kUsage ? kUsage : kFailure;
}

// Groups of options are apps as well, without a name.
std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); });
}

Error unknown_command(const CLI::App& app, std::string_view word) {
  const auto commands = commands_of(app);
  const auto nearest = std::ranges::min_element(
      commands, {}, [&](const CLI::App* command) { return edit_distance(word, command->get_name()); });
  const std::string& name = (*nearest)->get_name();
  const std::string known = app.get_parent() == nullptr ? "winnow" : "winnow " + app.get_name();
  return Error::usage(
      fmt::format("no command {} {}", known, printable(word)),
      edit_distance(word, name) <= 2 ? "did you mean " + name + "?" : fmt::format("see `{} --help`", known));
}

// CLI11 knows help and version as errors too; the rest is one line.
int report_words(const CLI::App& app, const CLI::ParseError& error, std::span<char*> words) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const auto chosen = app.get_subcommands();
  if (chosen.empty() && words.size() > 1 && words[1][0] != '-') return report(unknown_command(app, words[1]));
  // "image lss": a command that has commands of its own, and a word that is none of them.
  if (!chosen.empty() && !commands_of(*chosen.front()).empty() && chosen.front()->get_subcommands().empty()) {
    const auto at =
        std::ranges::find(words, chosen.front()->get_name(), [](const char* word) { return std::string(word); });
    if (at != words.end() && at + 1 != words.end() && (*(at + 1))[0] != '-')
      return report(unknown_command(*chosen.front(), *(at + 1)));
  }
  const CLI::App* command = chosen.empty() ? &app : chosen.front();
  if (const auto deeper = command->get_subcommands(); command != &app && !deeper.empty()) command = deeper.front();
  if (const auto mistyped = mistyped_option(*command, words.subspan(1))) return report(*mistyped);
  const std::string name = chosen.empty() ? "winnow" : "winnow " + chosen.front()->get_name();
  return report(Error::usage(printable(error.what()), fmt::format("see `{} --help`", name)));
}

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

int parse_and_run(int argc, char** argv) {
  CLI::App app(kDescription, "winnow");
  Invocation invocation;
  app.set_version_flag("--version", "winnow " WINNOW_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", invocation.json, "machine output on stdout");
  bool verbose = false;
  app.add_flag("-v,--verbose", verbose, "say what is being done");
  add_reading(app, invocation.reading);
  for (const auto add : kCommands) add(app, invocation);

  char** const words_end = std::find(argv, argv + argc, std::string_view("--"));
  if (words_end != argv + argc) invocation.trailing.assign(words_end + 1, argv + argc);
  try {
    app.parse(static_cast<int>(words_end - argv), argv);
  } catch (const CLI::ParseError& error) {
    return report_words(app, error, {argv, words_end});
  }
  spdlog::set_level(verbose ? spdlog::level::debug : spdlog::level::warn);
  const auto code = invocation.run();
  return code ? *code : report(code.error());
}

}  // namespace

void say(std::string_view line) {
  std::string text(line);
  text += '\n';
  (void)write_all(STDERR_FILENO, text);  // nobody is left to tell when stderr is gone
}

int run(int argc, char** argv) {
  try {
    auto log = spdlog::stderr_logger_st("winnow");
    log->set_pattern("winnow: %v");
    spdlog::set_default_logger(log);
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {  // the last line of defence: out of memory, a library's surprise
    return report(Error{printable(error.what())});
  }
}

}  // namespace winnow::cli
