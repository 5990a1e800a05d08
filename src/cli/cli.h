// SPDX-License-Identifier: Apache-2.0
// What all commands of the command line share: exit codes, the words after "--", messages, progress, interrupts.
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

// One invocation of winnow. The chosen command fills it in while its words are parsed; then RUN is called.
struct Invocation {
  std::vector<std::string> trailing;  // the words after "--"
  bool json = false;                  // machine output on stdout
  OpenOptions reading;                // how images are read
  std::function<Result<int>()> run;   // returns the exit code
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
void add_agent(CLI::App& app, Invocation& invocation);
void add_fetch(CLI::App& app, Invocation& invocation);

// Parses and runs one command line, reports its error, and returns the exit code.
int run(int argc, char** argv);

// Writes a line to stderr, for people.
void say(std::string_view line);
// Checks before long work whether FILE can be written, so that the result is not lost.
Result<void> check_output(const std::string& file);
// Writes TEXT to FILE, whole or not at all; "-" is stdout.
Result<void> write_output(const std::string& file, std::string_view text);

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

// While it lives, SIGINT, SIGTERM and SIGHUP only set a flag, and the first of them is answered by SAID; the third ends
// the program at once.
class Interrupt {
 public:
  explicit Interrupt(std::string said = "winnow: stopping; what was started is being ended");
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  [[nodiscard]] const std::atomic<bool>* flag() const { return &flag_; }

 private:
  std::atomic<bool> flag_ = false;
  struct sigaction pipe_{};  // what SIGPIPE did before
  std::jthread waiter_;
};

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
// Each writes one line to stderr about what is in FILE, a profile or a keep spec, and one for each reason why the
// profile is partial, or for each warning of the plan.
void say_profile(const AccessProfile& profile, std::string_view file);
void say_summary(const KeepSpec& spec, std::string_view file);

}  // namespace winnow::cli
