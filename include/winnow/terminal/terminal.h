// SPDX-License-Identifier: Apache-2.0
// What every program of winnow shares at the terminal: words to one command's run, exit codes, messages, interrupts.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/profile/profile.h"

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

// One command line of a program. The chosen command fills it in while its words are parsed; then RUN is called.
struct CommandLine {
  std::vector<std::string> trailing;  // the words after "--"
  bool json = false;                  // machine output on stdout
  std::function<Result<int>()> run;   // returns the exit code
};

struct Program {
  std::string description;
  std::function<void(CLI::App&)> add_commands;  // each sets RUN of the program's command line
};

// Parses and runs one command line, reports its error, and returns the exit code.
int run_program(int argc, char** argv, const Program& program, CommandLine& line);
// Returns winnow's version: "1.2.3".
std::string_view version();

// Writes a line to stderr, for people.
void say(std::string_view line);
// The same, but only if --verbose was given.
void say_if_verbose(std::string_view line);
// Prints LINE to stderr as a service does, with its time and its LEVEL, "info", "warning" or "error", whether --verbose
// was given or not.
void log_line(const std::string& level, std::string_view line);
// Writes one line to stderr about what is in FILE, and one for each reason why the profile is partial.
void say_profile(const AccessProfile& profile, std::string_view file);
// Checks before long work whether FILE can be written, so that the result is not lost.
Result<void> check_output(const std::string& file);
// Writes TEXT to FILE, whole or not at all; "-" is stdout.
Result<void> write_output(const std::string& file, std::string_view text);

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

}  // namespace winnow::cli
