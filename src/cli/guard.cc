// SPDX-License-Identifier: Apache-2.0
// winnow verify --watch: one JSON line for each thing that a running slim container lacks, until it ends.
#include "cli/guard.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/verify/verify.h"

namespace winnow::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr auto kAsk = 200ms;
constexpr auto kRestart = 2s;           // for a container that has ended to be up again
constexpr std::uint64_t kLostStep = 2;  // a loss is told again when it has become so many times as large

// "2026-01-31T12:00:00.123Z"
std::string time_text(std::uint64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_ms % 1000);
}

std::uint64_t unix_ms_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::uint64_t sum_of(const AccessProfile& profile) {
  Losses lost;
  for (const Run& run : profile.runs) lost += run.lost;
  return lost.buffers_full + lost.paths_full + lost.targets_full + lost.truncated + lost.unreadable + lost.busy +
         lost.io_uring;
}

// Returns an error if nobody reads stdout any more: a container from which nothing is missing would be watched for
// ever.
Result<void> reader_is_there() {
  pollfd out{STDOUT_FILENO, 0, 0};  // only what poll(2) reports unasked: nobody has the other end of the pipe open
  if (::poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0)
    return fail("writing: nobody reads the output any more", "keep its reader running");
  return {};
}

// Tells each thing once. What it remembers is bounded by the entries of the source image.
class Teller {
 public:
  Teller(const GuardWords& words, const KeepSpec& spec, const Index& fat) : words_(words), spec_(spec), fat_(fat) {}

  Result<void> line(std::string_view event, std::uint64_t unix_ms, const Json& rest) {
    Json json = {{"event", event}, {"ts", time_text(unix_ms)}, {"container", escape_path(words_.container)}};
    json.update(rest);
    return write_output("-", json.dump() + "\n");
  }

  // FULL becomes true when so much was seen that memory should be given back.
  Result<void> look(const AccessProfile& profile, std::atomic<bool>& full) {
    const std::uint64_t began = profile.runs.empty() ? unix_ms_now() : profile.runs.front().started_ms;
    for (const MissingPath& missing : missing_in(profile, spec_, fat_)) {
      if (!told_.insert(missing.path).second) continue;
      auto told = line("missing", began + missing.first_ms, Json::parse(missing_json(missing)));
      if (!told) return told;
    }
    seen_lost_ = sum_of(profile);
    if (const auto lost = seen_lost_; lost > 0 && lost >= kLostStep * lost_) {
      lost_ = lost;
      Json reasons = Json::array();
      for (const std::string& reason : profile.partial_reasons()) reasons.push_back(escape_path(reason));
      if (auto told = line("lost", unix_ms_now(), {{"lost", lost}, {"reasons", reasons}}); !told) return told;
    }
    if (profile.accesses.size() >= words_.max_paths / 4 * 3) full = true;
    return {};
  }
  void begin_anew() {
    lost_before_ += std::exchange(seen_lost_, 0);
    lost_ = 0;
  }
  [[nodiscard]] std::size_t missing() const { return told_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_before_ + seen_lost_; }

 private:
  const GuardWords& words_;
  const KeepSpec& spec_;
  const Index& fat_;
  std::set<std::string> told_;
  std::uint64_t lost_ = 0;                         // as told last, since it began anew
  std::uint64_t seen_lost_ = 0, lost_before_ = 0;  // since it began anew, and before
};

class Guarding {
 public:
  Guarding(const GuardWords& words, const Engine& engine, const KeepSpec& spec, const Index& fat)
      : words_(words), engine_(engine), spec_(spec), teller_(words, spec, fat) {}

  Result<int> run() {
    if (auto checked = check(); !checked) return std::unexpected(checked.error());
    Result<bool> up = true;
    for (std::string_view how = "watching"; up && *up;) {
      full_ = false;
      teller_.begin_anew();
      if (auto watched = watch(how); !watched) return std::unexpected(watched.error());
      if (*interrupt_.flag() || time_is_up()) return ended("stopped", {});
      how = full_ ? "again" : "restarted";
      up = comes_back();
    }
    if (!up) return std::unexpected(up.error());
    return ended("ended", exit_code_ ? Json{{"status", *exit_code_}} : Json::object());
  }

 private:
  // Errors: the container is not one to be watched.
  Result<void> check() {
    const auto container = engine_.find_container(words_.container);
    if (!container) return std::unexpected(container.error());
    const auto& info = engine_.info();
    const std::string list = fmt::format("`{} ps` lists the running ones", info.name);
    if (!*container)
      return fail(fmt::format("no container {} in {}", printable(words_.container), info.endpoint), list);
    if (!(*container)->running) return fail(printable(words_.container) + " does not run", list);
    if ((*container)->image_id == spec_.id)
      return fail(printable(words_.container) + " runs the source image itself", "watch a container of the slim image");
    say("winnow: what " + printable(words_.container) + " looked up before now cannot be seen");
    return {};
  }

  // Records until the container ends, or memory should be given back. HOW is told once it is attached.
  Result<void> watch(std::string_view how) {
    TrialSpec trial;
    trial.target = ContainerTarget{words_.container};
    trial.until_exit = true;
    trial.recorder.max_paths = words_.max_paths;
    trial.recorder.syscalls = false;
    trial.ignore_exec = words_.ignore_exec;
    std::atomic<bool> stop = false;
    trial.interrupted = &stop;
    Result<void> told;
    bool attached = false;
    const auto announce = [&] {
      if (!std::exchange(attached, true))
        told = teller_.line(how, unix_ms_now(), {{"start", "late"}});
      else if (told)
        told = reader_is_there();
      return told;
    };
    trial.on_progress = [&](const TrialProgress&) {
      stop = !announce() || *interrupt_.flag() || time_is_up() || full_;
    };
    trial.on_profile = [&](const AccessProfile& profile) { return announce() ? teller_.look(profile, full_) : told; };
    const auto outcome = run_trial(trial, &engine_);
    if (!told) return told;
    if (!outcome && (!watched_ || is_up())) return std::unexpected(outcome.error());
    watched_ = true;  // from now on it may be gone before we have attached to it again
    return {};
  }
  [[nodiscard]] bool is_up() const {
    const auto container = engine_.find_container(words_.container);
    return !container || (*container && (*container)->running && (*container)->pid > 0);
  }

  // Whether a container that has ended is up again; an engine that restarts one waits longer each time.
  Result<bool> comes_back() {
    const auto deadline = Clock::now() + kRestart;
    while (!*interrupt_.flag() && !time_is_up()) {
      const auto container = engine_.find_container(words_.container);
      if (!container) return std::unexpected(container.error());
      if (!*container) return false;
      if ((*container)->running && (*container)->pid > 0) return true;
      exit_code_ = (*container)->exit_code;
      if (!(*container)->running && Clock::now() > deadline) return false;  // it is "running" between two restarts
      std::this_thread::sleep_for(kAsk);
    }
    return false;
  }

  Result<int> ended(std::string_view event, Json rest) {
    rest["missing"] = teller_.missing();
    rest["lost"] = teller_.lost();
    if (auto told = teller_.line(event, unix_ms_now(), rest); !told) return std::unexpected(told.error());
    if (teller_.missing() > 0) return kFinding;
    return *interrupt_.flag() ? kInterrupted : kDone;
  }
  [[nodiscard]] bool time_is_up() const { return words_.duration && Clock::now() - began_ >= *words_.duration; }

  const GuardWords& words_;
  const Engine& engine_;
  const KeepSpec& spec_;
  Teller teller_;
  Interrupt interrupt_;
  std::atomic<bool> full_ = false;
  Clock::time_point began_ = Clock::now();
  bool watched_ = false;
  std::optional<int> exit_code_;  // of the container's last run
};

}  // namespace

Result<int> guard(const GuardWords& words, const Invocation& invocation) {
  ::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error to be told of, not our death
  const auto spec = read_keep(words.keep);
  if (!spec) return std::unexpected(spec.error());
  const auto engine = connect_engine();
  if (!engine) return std::unexpected(engine.error());
  const auto fat = open_planned(*spec, words.source, invocation.reading, &*engine);
  if (!fat) return std::unexpected(fat.error());
  return Guarding(words, *engine, *spec, fat->index()).run();
}

}  // namespace winnow::cli
