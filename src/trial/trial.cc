// SPDX-License-Identifier: Apache-2.0
// The one loop that every recording goes through: targets in, work on its thread, events polled, one profile out.
#include "winnow/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "trial/watched.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPoll = 50ms;
constexpr auto kTell = 250ms;  // between two reports of progress

std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

// The work on a thread of its own; ends with its object, asked to stop if need be.
class Worker {
 public:
  explicit Worker(const Work& work) {
    if (work)
      thread_ = std::jthread([this, work](const std::stop_token& stop) {
        result_ = work(stop);
        done_ = true;
      });
  }
  [[nodiscard]] bool exists() const { return thread_.joinable(); }
  [[nodiscard]] bool done() const { return done_; }
  void ask_to_stop() { thread_.request_stop(); }
  [[nodiscard]] const Result<int>& result() const { return result_; }  // once done

 private:
  Result<int> result_ = 0;
  std::atomic<bool> done_ = false;
  std::jthread thread_;  // last: it must end before what it writes to
};

bool needs_engine(const Target& target) {
  return std::holds_alternative<ContainerTarget>(target) || std::holds_alternative<ImageTarget>(target);
}

// Records until the work is done, or what else ends a trial. True when interrupted.
Result<bool> watch_until_end(const TrialSpec& spec, Watched& watched, Worker& worker) {
  const auto start = Clock::now();
  auto told = start;
  bool interrupted = false;
  Progress progress;
  for (;;) {
    if (auto updated = watched.update(kPoll, false); !updated) return std::unexpected(updated.error());
    if (Clock::now() - told > kTell) {
      told = Clock::now();
      progress = watched.progress();
      if (spec.on_progress) spec.on_progress({progress, watched.count(), since(start)});
    }
    interrupted = interrupted || (spec.interrupted != nullptr && *spec.interrupted);
    const bool time_is_up = spec.duration && since(start) >= *spec.duration;
    const bool settled = spec.settle && watched.count() > 0 && progress.since_new >= *spec.settle;
    if (worker.exists()) {
      if (interrupted || time_is_up || settled) worker.ask_to_stop();
      if (worker.done()) return interrupted;
    } else if (interrupted || time_is_up || settled || (spec.until_exit && watched.all_ended())) {
      return interrupted;
    }
  }
}

}  // namespace

Result<TrialOutcome> run_trial(const TrialSpec& spec, const Engine* engine) {
  if (!spec.resume && needs_engine(spec.target) && engine == nullptr)
    return fail("no container engine to ask about it");
  auto watched = Watched::begin(spec, engine);
  if (!watched) return std::unexpected(watched.error());

  TrialOutcome outcome;
  {
    Worker worker(spec.work);
    const auto ended = watch_until_end(spec, *watched, worker);
    if (!ended) return std::unexpected(ended.error());
    outcome.interrupted = *ended;
    if (worker.exists()) {
      // Work that was told to stop ends as it can; that is no failure of its own.
      if (!worker.result() && !outcome.interrupted) outcome.failure = worker.result().error();
      if (worker.result() && !outcome.interrupted) outcome.status = *worker.result();
    }
  }
  // What the last process did may still be in the ring.
  if (auto updated = watched->update(kPoll, true); !updated) return std::unexpected(updated.error());
  auto profile = watched->collect(spec, outcome.status);
  if (!profile) return std::unexpected(profile.error());
  outcome.profile = *std::move(profile);
  if (spec.keep) {
    if (auto kept = spec.keep(outcome); !kept) return std::unexpected(kept.error());
  }
  if (auto ended = watched->end(); !ended) return std::unexpected(ended.error());
  return outcome;
}

}  // namespace winnow
