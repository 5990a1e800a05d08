// SPDX-License-Identifier: Apache-2.0
// What the commands share that work on images: how images are read and named, progress of a trial, what is said of a
// plan.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/image/image.h"
#include "winnow/plan/plan.h"
#include "winnow/terminal/terminal.h"
#include "winnow/transfer/open.h"
#include "winnow/trial/trial.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// One run of winnow.
struct Invocation : CommandLine {
  OpenOptions reading;  // how images are read
};

// Each adds one command to APP; each command has a file cmd_*.cc.
void add_doctor(CLI::App& app, Invocation& invocation);
void add_record(CLI::App& app, Invocation& invocation);
void add_run(CLI::App& app, Invocation& invocation);
void add_image(CLI::App& app, Invocation& invocation);
void add_merge(CLI::App& app, Invocation& invocation);
void add_coverage(CLI::App& app, Invocation& invocation);
void add_plan(CLI::App& app, Invocation& invocation);
void add_emit(CLI::App& app, Invocation& invocation);
void add_explain(CLI::App& app, Invocation& invocation);
void add_diff(CLI::App& app, Invocation& invocation);
void add_verify(CLI::App& app, Invocation& invocation);
void add_slim(CLI::App& app, Invocation& invocation);

// Runs one command line of winnow and returns the exit code.
int run(int argc, char** argv);

// Connects to the engine and names it in a line to stderr, so that the user sees whose images and containers are meant.
Result<Engine> connect_engine();
// Do what winnow::open_image() and winnow::open_source() do; if ENGINE is null and an engine is needed, they call
// connect_engine().
Result<Image> open_named(const Reference& reference, const OpenOptions& options, const Engine* engine = nullptr);
Result<Image> open_planned(const KeepSpec& spec, const std::string& named, const OpenOptions& options,
                           const Engine* engine = nullptr);
// Makes DIRECTORY, the cache of layers. If it cannot be written, winnow is only slower; a warning says so. "": no
// cache.
void check_cache(const std::string& directory);
// Returns $XDG_CACHE_HOME/winnow/layers, or else $HOME/.cache/winnow/layers; "" if neither variable is set.
std::string default_cache();

// Shows progress: on a terminal in a line that is updated, and cleared by the destructor; else in a new line now and
// then.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const TrialProgress& progress);

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point told_;
};

// Calls run_trial() with progress, notes and interrupts as all commands show them. A command with several trials passes
// an INTERRUPT, which also covers what it does between them.
Result<TrialOutcome> run_trial_shown(TrialSpec spec, const Engine* engine, const Interrupt* interrupt = nullptr);
// Writes one line to stderr about what is in FILE, a keep spec, and one for each warning of the plan.
void say_summary(const KeepSpec& spec, std::string_view file);

}  // namespace winnow::cli
