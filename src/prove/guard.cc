// SPDX-License-Identifier: Apache-2.0
// Watches one container, through its restarts, until it ends or somebody wants it to stop.
#include "winnow/prove/guard.h"

#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "prove/guard_lines.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr auto kAsk = 200ms;
constexpr auto kRestart = 2s;  // for a container that has ended to be up again

class Guard {
 public:
  Guard(const Engine& engine, const KeepSpec& spec, const Index& source, const GuardOptions& options,
        GuardReader& reader)
      : engine_(engine),
        options_(options),
        reader_(reader),
        planned_(spec.id),
        manifest_(source.manifest),
        lines_(options.container, spec, source, reader) {}

  Result<GuardOutcome> run() {
    TRY_DO(check());
    Result<bool> up = true;
    for (std::string_view how = "watching"; up && *up;) {
      full_ = false;
      lines_.begin_anew();
      TRY_DO(watch(how));
      if (reader_.interrupted() || time_is_up()) return ended("stopped", Json::object());
      how = full_ ? "again" : "restarted";
      up = comes_back();
    }
    if (!up) return std::unexpected(up.error());
    return ended("ended", exit_code_ ? Json{{"status", *exit_code_}} : Json::object());
  }

 private:
  // Errors: the container is not one to be watched.
  Result<void> check() {
    TRY(const auto container, engine_.find_container(options_.container));
    const auto& info = engine_.info();
    const std::string list = fmt::format("`{} ps` lists the running ones", info.name);
    const std::string name = printable(options_.container);
    if (!container) return fail(fmt::format("no container {} in {}", name, info.endpoint), list);
    if (!container->running) return fail(name + " does not run", list);
    // An engine calls an image by its config's digest, or by its manifest's if containerd stores it.
    const Digest& image = container->image_id;
    if (image == planned_ || (manifest_.valid() && image == manifest_))
      return fail(name + " runs the source image itself", "watch a container of the slim image");
    reader_.on_note("what " + name + " looked up before now cannot be seen");
    return {};
  }

  // Records until the container ends, or memory should be given back. HOW is reported once it is attached.
  Result<void> watch(std::string_view how) {
    TrialSpec trial;
    trial.selector = ContainerSelector{options_.container};
    trial.until_exit = true;
    trial.recorder.max_paths = options_.max_paths;
    trial.recorder.syscalls = false;
    trial.ignore_exec = options_.ignore_exec;
    std::atomic<bool> stop = false;
    trial.interrupted = &stop;
    Result<void> heard;
    bool attached = false;
    const auto announce = [&] {
      if (!std::exchange(attached, true))
        heard = lines_.write(how, {{"start", "late"}});
      else if (heard)
        heard = reader_.is_there();
      return heard;
    };
    trial.on_progress = [&](const TrialProgress&) {
      stop = !announce() || reader_.interrupted() || time_is_up() || full_;
    };
    trial.on_profile = [&](const AccessProfile& profile) -> Result<void> {
      if (!announce()) return heard;
      if (profile.accesses.size() >= options_.max_paths / 4 * 3) full_ = true;
      return lines_.take(profile);
    };
    const auto outcome = run_trial(trial, &engine_);
    if (!heard) return heard;
    if (!outcome && (!watched_ || is_up())) return std::unexpected(outcome.error());
    watched_ = true;  // from now on it may be gone before we have attached to it again
    return {};
  }

  [[nodiscard]] bool is_up() const {
    const auto container = engine_.find_container(options_.container);
    return !container || (*container && (*container)->running && (*container)->pid > 0);
  }

  // Whether a container that has ended is up again; an engine that restarts one waits longer each time.
  Result<bool> comes_back() {
    const auto deadline = Clock::now() + kRestart;
    while (!reader_.interrupted() && !time_is_up()) {
      TRY(const auto container, engine_.find_container(options_.container));
      if (!container) return false;
      if (container->running && container->pid > 0) return true;
      exit_code_ = container->exit_code;
      if (!container->running && Clock::now() > deadline) return false;  // it is "running" between two restarts
      std::this_thread::sleep_for(kAsk);
    }
    return false;
  }

  Result<GuardOutcome> ended(std::string_view event, Json rest) {
    rest["missing"] = lines_.missing();
    rest["lost"] = lines_.lost();
    TRY_DO(lines_.write(event, rest));
    return GuardOutcome{lines_.missing(), reader_.interrupted()};
  }
  [[nodiscard]] bool time_is_up() const { return options_.duration && Clock::now() - began_ >= *options_.duration; }

  const Engine& engine_;
  const GuardOptions& options_;
  GuardReader& reader_;
  Digest planned_, manifest_;  // of the source image
  GuardLines lines_;
  std::atomic<bool> full_ = false;
  Clock::time_point began_ = Clock::now();
  bool watched_ = false;
  std::optional<int> exit_code_;  // of the container's last run
};

}  // namespace

Result<GuardOutcome> guard(const Engine& engine, const KeepSpec& spec, const Index& source, const GuardOptions& options,
                           GuardReader& reader) {
  return Guard(engine, spec, source, options, reader).run();
}

}  // namespace winnow
