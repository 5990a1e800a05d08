// SPDX-License-Identifier: Apache-2.0
// What every command of the command line shares: exit codes, the words after "--", messages, progress, interrupts.
#pragma once

#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/image/image.h"
#include "winnow/plan/plan.h"
#include "winnow/profile/coverage.h"
#include "winnow/transfer/open.h"
#include "winnow/trial/trial.h"

namespace CLI {
class App;
}

namespace winnow::cli {

enum ExitCode : int {
  kDone = 0,
  kFinding = 1,  // verify found something, doctor found something missing
  kUsage = 2,
  kFailure = 3,
  kCommandFailed = 4,  // winnow did its part; the command after "--" did not succeed
  kInterrupted = 130,  // what was recorded until then is saved
};

// One invocation: filled by the command that was chosen, run after its words were understood.
struct Invocation {
  std::vector<std::string> trailing;  // the words after "--"
  bool json = false;                  // machine output on stdout
  OpenOptions reading;                // how images are read
  std::function<Result<int>()> run;   // gives the exit code
};

// One line for each command; they live in files of their own.
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

// Parses and runs one command line, reports its error, gives the exit code.
int run(int argc, char** argv);

// A line to stderr, for people.
void say(std::string_view line);
// Whether FILE can be written later on: asked before long work, so that its result is not lost.
Result<void> check_output(const std::string& file);
// TEXT to FILE, whole or not at all; "-" is stdout.
Result<void> write_output(const std::string& file, std::string_view text);

// The engine, which a line to stderr names: a command says first whose images and containers it is about.
Result<Engine> connect_engine();
// The same as winnow's own; without ENGINE, connect_engine() is asked if an engine is needed.
Result<Image> open_named(const Reference& reference, const OpenOptions& options, const Engine* engine = nullptr);
Result<Image> open_planned(const KeepSpec& spec, const std::string& named, const OpenOptions& options,
                           const Engine* engine = nullptr);
// Makes DIRECTORY, the cache of layers; one that cannot be written only makes things slow, which is said. Empty: none.
void check_cache(const std::string& directory);
// $XDG_CACHE_HOME/winnow/layers, or its default; empty where there is no home.
std::string default_cache();

// Turns SIGINT, SIGTERM and SIGHUP into a flag for as long as it lives; the third one ends the program at once.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  [[nodiscard]] const std::atomic<bool>* flag() const { return &flag_; }

 private:
  std::atomic<bool> flag_ = false;
  struct sigaction pipe_{};  // what SIGPIPE did before
  std::jthread waiter_;
};

// The live line on a terminal; off a terminal a plain line now and then. Clears its line when it ends.
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

// run_trial with progress, notes and interrupts as every command wants them; a command of several trials has an
// INTERRUPT of its own, for what is between them too.
Result<TrialOutcome> run_trial_shown(TrialSpec spec, const Engine* engine, const Interrupt* interrupt = nullptr);
// One line about a profile: paths, containers, status.
void say_profile(const AccessProfile& profile, std::string_view file);
void say_summary(const KeepSpec& spec, std::string_view file);

}  // namespace winnow::cli
