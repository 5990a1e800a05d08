// SPDX-License-Identifier: Apache-2.0
// From words to one command's run, and from its error to one line and an exit code.
#include "cli/cli.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace winnow::cli {
namespace {

constexpr void (*kCommands[])(CLI::App&, Invocation&) = {
    add_doctor, add_record, add_plan, add_emit, add_explain, add_verify, add_slim,
};

constexpr auto kDescription = "winnow finds the unused files in running containers and makes slim images without them";
constexpr auto kFooter =
    "Exit codes: 0 done, 1 finding, 2 usage, 3 failure, 4 the command after -- failed, 130 interrupted after saving.";

int report(const Error& error) {
  say(fmt::format("winnow: {}{}{}", error.what, error.hint.empty() ? "" : "; ", error.hint));
  return error.fault == Fault::kUsage ? kUsage : kFailure;
}

// CLI11 knows help and version as errors too; the rest is one line.
int report_words(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const auto chosen = app.get_subcommands();
  const std::string command = chosen.empty() ? "winnow" : "winnow " + chosen.front()->get_name();
  return report(Error::usage(printable(error.what()), fmt::format("see `{} --help`", command)));
}

int parse_and_run(int argc, char** argv) {
  CLI::App app(kDescription, "winnow");
  Invocation invocation;
  app.set_version_flag("--version", "winnow 0.1.0");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", invocation.json, "machine output on stdout");
  bool verbose = false;
  app.add_flag("-v,--verbose", verbose, "say what is being done");
  for (const auto add : kCommands) add(app, invocation);

  char** const words_end = std::find(argv, argv + argc, std::string_view("--"));
  if (words_end != argv + argc) invocation.trailing.assign(words_end + 1, argv + argc);
  try {
    app.parse(static_cast<int>(words_end - argv), argv);
  } catch (const CLI::ParseError& error) {
    return report_words(app, error);
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
