// SPDX-License-Identifier: Apache-2.0
// One workload under the recorder: watch containers, do the work, stop, give profile and outcome.
// `record`, `run`, `slim`, `verify` are trials; how a test gets a container: winnow/trial/test_bed.h.
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

// What is to be recorded. A selector finds targets: the cgroups that the recorder records (record.h).
struct ContainerSelector {
  std::string name;
};  // a running container, by name or id: attached late
struct ImageSelector {
  std::string reference;
};  // each container made from this image from now on, from its first instruction
struct CgroupSelector {
  std::string path;
};  // a cgroup and everything below it
struct ProcessSelector {
  pid_t pid;
};  // its cgroup, or mount namespace
struct NewCgroupSelector {
  std::string path;  // in its hierarchy, absolute; made for the trial, so that nothing has run in it yet
  ProfileImage image;
};  // what is going to be started in that cgroup: recorded from its first instruction. Who starts it removes the cgroup
using Selector = std::variant<ContainerSelector, ImageSelector, CgroupSelector, ProcessSelector, NewCgroupSelector>;

// Runs on its own thread while recording; the token asks it to stop early. Returns an exit status.
using Work = std::function<Result<int>(std::stop_token)>;

struct TrialProgress {
  Progress recorded;
  std::size_t containers = 0;
  std::chrono::milliseconds elapsed{0};
};

struct TrialSpec {
  Selector selector;
  Work work;                         // empty: one of the limits below, or an interrupt, ends recording
  std::vector<std::string> command;  // what the work is, for the profile
  // The next three ask the work to stop, if there is any.
  std::optional<std::chrono::milliseconds> duration;  // at most this long
  std::optional<std::chrono::milliseconds> settle;    // until nothing new came for this long
  bool settle_by_half = false;  // until nothing new came in the second half of the time, and for 10 s at least
  bool until_exit = false;      // without work: until all have ended
  RecorderOptions recorder;
  bool resume = false;       // go on with the session that RECORDER names; SELECTOR is ignored, and WORK must be empty
  bool ignore_exec = false;  // leave out what only `docker exec` and the like touched; health checks stay
  std::function<void(const TrialProgress&)> on_progress;  // a few times a second; may be empty
  // Gets all that was seen so far if there is something new, at most twice a second, less often if that takes long,
  // and at the end. An error ends the trial. May be empty.
  std::function<Result<void>(const AccessProfile&)> on_profile;
  // Saves the outcome; a session is given up only after it has. May be empty.
  std::function<Result<void>(const struct TrialOutcome&)> keep;
  const std::atomic<bool>* interrupted = nullptr;  // set by a signal handler; ends the trial, which is still saved
};

struct TrialOutcome {
  AccessProfile profile;         // its runs are in the order in which the containers were born
  std::optional<int> status;     // of the work
  std::optional<Error> failure;  // why the work gave none; what was recorded until then is in the profile
  bool interrupted = false;
  std::optional<std::chrono::milliseconds> pause;  // nothing new came for so long, and that ended the trial
  std::vector<Error> notes;                        // what the recorder cannot see, and what to do about it
};

// Errors: no such target, no privilege, the engine or the recorder broke; what was seen until then was kept, and a
// session goes on. ENGINE is needed for the first two targets.
Result<TrialOutcome> run_trial(const TrialSpec& spec, const Engine* engine);

enum class Output : std::uint8_t { kInherited, kDiscarded, kToStderr };
// What a command wrote; of each stream the first 16 MiB.
struct Printed {
  std::string out, err;
};
struct CommandOptions {
  Output output = Output::kInherited;  // of stdout
  std::string* errors = nullptr;       // takes the last 64 KiB of stderr, which is not shown
  Printed* printed = nullptr;          // takes both streams and shows them on our stderr; replaces the two above
  std::optional<std::chrono::milliseconds> limit = {};  // after so long it is ended as if it was asked to stop
  bool* timed_out = nullptr;                            // set to whether LIMIT ended it
  std::string note = {};  // file that names the child while it runs (see Home::child); empty: none
};
// Runs a program, found in PATH, with the caller's standard streams; ENVIRONMENT is added to the caller's. Returns the
// exit status, 128 + n for signal n. A stop request sends it SIGTERM, and SIGKILL 10 s later.
Result<int> run_command(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                        const std::stop_token& stop, const CommandOptions& options = {});

}  // namespace winnow
