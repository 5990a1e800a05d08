// SPDX-License-Identifier: Apache-2.0
// Runs one workload under the recorder: watches containers, does the work, stops, and returns profile and outcome.
// `record`, `run`, `slim` and `verify` are trials. winnow/trial/test_bed.h runs tests with containers.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/profile/profile.h"
#include "winnow/record/record.h"

namespace winnow {

// A selector says which targets to record; a target is a cgroup that is recorded (record.h).
// A running container, by name or id; it is recorded from now on.
struct ContainerSelector {
  std::string name;
};
// Every container that is made from this image from now on; it is recorded from its first instruction.
struct ImageSelector {
  std::string reference;
};
// A cgroup and everything below it.
struct CgroupSelector {
  std::string path;
};
// The cgroup of a process; if no cgroup tells it apart, its mount namespace.
struct ProcessSelector {
  pid_t pid;
};
// A new cgroup: what is started in it is recorded from its first instruction. Who starts it has to remove the cgroup.
struct NewCgroupSelector {
  std::string path;    // absolute, in its hierarchy; the trial makes this cgroup
  ProfileImage image;  // of what will be started, for the profile
};
using Selector = std::variant<ContainerSelector, ImageSelector, CgroupSelector, ProcessSelector, NewCgroupSelector>;

// Runs on a separate thread during the recording; the token asks it to stop early. Returns an exit status.
using Work = std::function<Result<int>(std::stop_token)>;

struct TrialProgress {
  Progress recorded;
  std::size_t containers = 0;
  std::chrono::milliseconds elapsed{0};
};

struct TrialSpec {
  Selector selector;
  Work work;                         // empty: one of the limits below, or an interrupt, ends the recording
  std::vector<std::string> command;  // what the work runs, for the profile
  // The next three limits end the recording; if there is work, they ask it to stop.
  std::optional<std::chrono::milliseconds> duration;  // after this time
  std::optional<std::chrono::milliseconds> settle;    // when there is a target and nothing new came for this time
  bool settle_by_half = false;  // when nothing new came in the second half of the time so far, and for at least 10 s
  bool until_exit = false;      // without work: when all targets have ended
  RecorderOptions recorder;
  bool resume = false;       // go on with the session that RECORDER names; SELECTOR is ignored, and WORK must be empty
  bool ignore_exec = false;  // leave out what only visits (`docker exec`) touched; health checks stay
  // These three are called on the thread of run_trial().
  std::function<void(const TrialProgress&)> on_progress;  // called a few times a second; may be empty
  // Gets all that was seen so far if there is something new, at most twice a second, less often if that takes long,
  // and at the end. An error ends the trial. May be empty.
  std::function<Result<void>(const AccessProfile&)> on_profile;
  // Saves the outcome. A session is removed only after this succeeded. May be empty.
  std::function<Result<void>(const struct TrialOutcome&)> keep;
  const std::atomic<bool>* interrupted = nullptr;  // set by a signal handler; ends the trial, which is still saved
};

struct TrialOutcome {
  AccessProfile profile;         // its runs are in the order in which the containers were made
  std::optional<int> status;     // exit status of the work
  std::optional<Error> failure;  // why the work has no status; after an interrupt neither of the two is set
  bool interrupted = false;
  std::optional<std::chrono::milliseconds> pause;  // set if the trial ended because nothing new came for this time
  std::vector<Error> notes;                        // what the recorder cannot see, and what to do about it
};

// Runs a trial. ENGINE may be null unless SPEC selects a container or an image, or resumes a session of an image.
// Errors: there is no such target; a privilege is missing; the engine, the recorder or a callback failed. What was
// recorded until then still goes to ON_PROFILE and, unless that fails, to KEEP; a session that had begun goes on.
Result<TrialOutcome> run_trial(const TrialSpec& spec, const Engine* engine);

enum class Output : std::uint8_t { kInherited, kDiscarded, kToStderr };
// What a command wrote: the first 16 MiB of each stream.
struct Printed {
  std::string out, err;
};
struct CommandOptions {
  Output output = Output::kInherited;  // where stdout goes
  std::string* errors = nullptr;       // gets the last 64 KiB of stderr, which is not shown
  Printed* printed = nullptr;          // gets both streams, which are shown on our stderr; replaces the two above
  std::optional<std::chrono::milliseconds> limit = {};  // after this time it is ended, as by a stop request
  bool* timed_out = nullptr;                            // is set to whether LIMIT ended it
  std::string note = {};  // file that names the child while it runs (see Home::child); empty: none
};
// Runs a program, found in PATH, with the caller's standard streams; ENVIRONMENT is added to the caller's. Returns the
// exit status, 128 + n for signal n, also after LIMIT. A stop request sends its process group (at a terminal: only the
// program) SIGTERM, and SIGKILL 10 s later. Errors: COMMAND is empty or cannot be started.
Result<int> run_command(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                        const std::stop_token& stop, const CommandOptions& options = {});

}  // namespace winnow
