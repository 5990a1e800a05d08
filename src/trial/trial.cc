// SPDX-License-Identifier: Apache-2.0
// The one loop that every recording goes through: targets in, work on its thread, events polled, one profile out.
#include "winnow/trial/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "trial/watched.h"
#include "winnow/base/error.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kRecordPoll = 50ms;
constexpr auto kTell = 250ms;  // between two reports of progress
constexpr std::chrono::milliseconds kLeastPause = 10s;
constexpr auto kShow = 500ms;  // between two profiles of a trial that goes on, at least; ...
constexpr int kShare = 10;     // ... and so many times as long as it took to make the last one

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

bool needs_engine(const Selector& selector) {
  return std::holds_alternative<ContainerSelector>(selector) || std::holds_alternative<ImageSelector>(selector);
}

struct TrialEnd {
  bool interrupted = false;
  std::optional<std::chrono::milliseconds> pause;  // nothing new came for so long, which ended it
};

// How long a pause ends a trial that began so long ago; nothing when none does.
std::optional<std::chrono::milliseconds> settled_after(const TrialSpec& spec, std::chrono::milliseconds elapsed) {
  if (spec.settle || !spec.settle_by_half) return spec.settle;
  return std::max(kLeastPause, elapsed / 2);
}

// Shows what was seen so far to who asked for it.
class ProfileReporter {
 public:
  explicit ProfileReporter(const TrialSpec& spec) : spec_(spec) {}
  Result<void> show(Watched& watched, const Progress& progress) {
    const auto now = Clock::now();
    const std::pair seen(progress.paths, progress.lost);
    if (!spec_.on_profile || now < next_ || seen == shown_) return {};
    TRY(const auto profile, watched.collect(spec_, std::nullopt));
    auto shown = spec_.on_profile(profile);
    shown_ = seen;
    const auto ended = Clock::now();
    next_ = ended + std::max<Clock::duration>(kShow, kShare * (ended - now));
    return shown;
  }

 private:
  const TrialSpec& spec_;
  std::pair<std::uint64_t, std::uint64_t> shown_;
  Clock::time_point next_;
};

// Records until the work is done, or what else ends a trial.
Result<TrialEnd> watch_until_end(const TrialSpec& spec, Watched& watched, Worker& worker) {
  const auto start = Clock::now();
  auto told = start;
  bool interrupted = false;
  std::optional<std::chrono::milliseconds> pause;
  Progress progress;
  ProfileReporter reporter(spec);
  for (;;) {
    TRY_DO(watched.update(kRecordPoll, false));
    if (Clock::now() - told > kTell) {
      told = Clock::now();
      progress = watched.progress();
      if (spec.on_progress) spec.on_progress({progress, watched.count(), since(start)});
      TRY_DO(reporter.show(watched, progress));
    }
    interrupted = interrupted || (spec.interrupted != nullptr && *spec.interrupted);
    const bool time_is_up = spec.duration && since(start) >= *spec.duration;
    const auto enough = settled_after(spec, since(start));
    if (!pause && enough && watched.count() > 0 && progress.since_new >= *enough) pause = progress.since_new;
    if (worker.exists()) {
      if (interrupted || time_is_up || pause) worker.ask_to_stop();
      if (worker.done()) return TrialEnd{interrupted, pause};
    } else if (interrupted || time_is_up || pause || (spec.until_exit && watched.all_ended())) {
      return TrialEnd{interrupted, pause};
    }
  }
}

// Everything that was seen, to whoever wants it.
Result<void> save(const TrialSpec& spec, Watched& watched, TrialOutcome& outcome) {
  TRY(auto profile, watched.collect(spec, outcome.status));
  outcome.profile = std::move(profile);
  outcome.notes = watched.notes();
  if (spec.on_profile) {
    TRY_DO(spec.on_profile(outcome.profile));
  }
  return spec.keep ? spec.keep(outcome) : Result<void>{};
}

}  // namespace

Result<TrialOutcome> run_trial(const TrialSpec& spec, const Engine* engine) {
  if (!spec.resume && needs_engine(spec.selector) && engine == nullptr)
    return fail("no container engine to ask about it");
  TRY(auto watched, Watched::begin(spec, engine));

  TrialOutcome outcome;
  std::optional<Error> broken;
  {
    Worker worker(spec.work);
    const auto ended = watch_until_end(spec, watched, worker);
    if (!ended) broken = ended.error();
    if (ended) outcome.interrupted = ended->interrupted;
    if (ended) outcome.pause = ended->pause;
    if (ended && worker.exists()) {
      // Work that was told to stop ends as it can; that is no failure of its own.
      if (!worker.result() && !outcome.interrupted) outcome.failure = worker.result().error();
      if (worker.result() && !outcome.interrupted) outcome.status = *worker.result();
    }
  }
  // What the last process did may still be in the ring. Whatever broke, what was seen until then is saved.
  if (auto updated = watched.update(kRecordPoll, true); !updated && !broken) broken = updated.error();
  auto saved = save(spec, watched, outcome);
  if (broken) return std::unexpected(*broken);
  if (!saved) return std::unexpected(saved.error());
  TRY_DO(watched.end());
  return outcome;
}

}  // namespace winnow
