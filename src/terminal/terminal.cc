// SPDX-License-Identifier: Apache-2.0
// From words to one command's run, and from its error to one line and an exit code.
#include "winnow/terminal/terminal.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/terminal/hints.h"
#include "winnow/terminal/mistyped.h"

namespace winnow::cli {
namespace {

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

int parse_and_run(int argc, char** argv, const Program& program, CommandLine& line) {
  CLI::App app(program.description, "winnow");
  app.set_version_flag("--version", fmt::format("winnow {}", version()));
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", line.json, "machine output on stdout");
  bool verbose = false;
  app.add_flag("-v,--verbose", verbose, "say what is being done");
  program.add_commands(app);

  char** const words_end = std::find(argv, argv + argc, std::string_view("--"));
  if (words_end != argv + argc) line.trailing.assign(words_end + 1, argv + argc);
  try {
    app.parse(static_cast<int>(words_end - argv), argv);
  } catch (const CLI::ParseError& error) {
    return report_words(app, error, {argv, words_end});
  }
  spdlog::set_level(verbose ? spdlog::level::debug : spdlog::level::warn);
  const auto code = line.run();
  return code ? *code : report(code.error());
}

}  // namespace

std::string_view version() { return WINNOW_VERSION; }

void say(std::string_view line) {
  std::string text(line);
  text += '\n';
  (void)write_all(STDERR_FILENO, text);  // nobody is left to tell when stderr is gone
}

void say_if_verbose(std::string_view line) { spdlog::debug("{}", line); }

void log_line(const std::string& level, std::string_view line) {
  static const auto log = [] {
    auto made = spdlog::stderr_logger_mt("service");
    made->set_level(spdlog::level::info);
    made->set_pattern("%Y-%m-%dT%H:%M:%S%z %l %v");
    return made;
  }();
  log->log(spdlog::level::from_str(level), "{}", line);
}

int run_program(int argc, char** argv, const Program& program, CommandLine& line) {
  try {
    auto log = spdlog::stderr_logger_st("winnow");
    log->set_pattern("winnow: %v");
    spdlog::set_default_logger(log);
    return parse_and_run(argc, argv, program, line);
  } catch (const std::exception& error) {  // the last line of defence: out of memory, a library's surprise
    return report(Error{printable(error.what())});
  }
}

}  // namespace winnow::cli
