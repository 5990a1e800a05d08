// SPDX-License-Identifier: Apache-2.0
// The one loop that every recording goes through: targets in, work on its thread, events polled, one profile out.
#include "winnow/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "trial/adoption.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPoll = 50ms;
constexpr auto kTell = 250ms;  // between two reports of progress

std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

Result<Container> running_container(const Engine& engine, const std::string& name) {
  auto found = engine.find_container(name);
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(fmt::format("no container {} in {}", printable(name), engine.info().endpoint),
                fmt::format("`{} ps` lists the running ones", engine.info().name));
  if (!(*found)->running)
    return fail(fmt::format("container {} is not running", printable(name)),
                "record it from its start instead: winnow record --image REF -- COMMAND");
  return **found;
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

// The targets of one trial and where each came from.
class Watched {
 public:
  Watched(Recorder& recorder, const Engine* engine) : recorder_(recorder), engine_(engine) {}

  Result<void> begin(const Target& target) {
    return std::visit([this](const auto& one) { return watch(one); }, target);
  }
  // Sorts newly born containers into ours and others'. FINAL: nothing more will come.
  Result<void> update(bool final) { return adoption_ ? adoption_->update(recorder_, final) : Result<void>{}; }
  [[nodiscard]] std::size_t count() const {
    return adoption_ ? adoption_->containers().size() : recorder_.targets().size();
  }
  [[nodiscard]] bool all_ended() const {
    const auto targets = recorder_.targets();
    return !targets.empty() &&
           std::ranges::none_of(targets, [&](const Cgroup& one) { return recorder_.alive(one.id); });
  }

  Result<AccessProfile> collect(const std::vector<std::string>& command, std::optional<int> status) {
    AccessProfile whole;
    whole.image = image_;
    for (const Cgroup& target : recorder_.targets()) {
      auto part = recorder_.collect(target.id);
      if (!part) return part;
      part->image = image_;
      for (Run& run : part->runs) {
        run.command = command;
        run.command_status = status;
        if (adoption_) run.name = adoption_->name_of(target.id);
        if (!name_.empty()) run.name = name_;
      }
      if (auto merged = whole.merge(*part); !merged) return std::unexpected(merged.error());
    }
    return whole;
  }

 private:
  Result<void> watch(const ContainerTarget& target) {
    const auto container = running_container(*engine_, target.name);
    if (!container) return std::unexpected(container.error());
    image_ = {container->image, container->image_id};
    name_ = container->name;
    const auto cgroup = cgroup_of_process(container->pid);
    return cgroup ? add(*cgroup) : std::unexpected(cgroup.error());
  }
  Result<void> watch(const ImageTarget& target) {
    auto adoption = Adoption::begin(*engine_, target.reference);
    if (!adoption) return std::unexpected(adoption.error());
    adoption_ = *std::move(adoption);
    image_ = {target.reference, adoption_->image_id()};
    return recorder_.adopt_new_containers(true);
  }
  Result<void> watch(const CgroupTarget& target) {
    const auto cgroup = cgroup_at(target.path);
    return cgroup ? add(*cgroup) : std::unexpected(cgroup.error());
  }
  Result<void> watch(const ProcessTarget& target) {
    const auto cgroup = cgroup_of_process(target.pid);
    return cgroup ? add(*cgroup) : std::unexpected(cgroup.error());
  }
  Result<void> add(const Cgroup& cgroup) {
    if (cgroup.path == "/")
      return fail("that is the root cgroup: it holds every process of this machine",
                  "start the workload in a cgroup of its own (systemd-run --scope, or a container)");
    return recorder_.add(cgroup);
  }

  Recorder& recorder_;
  const Engine* engine_;
  ProfileImage image_;
  std::string name_;
  std::optional<Adoption> adoption_;
};

bool needs_engine(const Target& target) {
  return std::holds_alternative<ContainerTarget>(target) || std::holds_alternative<ImageTarget>(target);
}

// Records until the work is done, or what else ends a trial. True when interrupted.
Result<bool> watch_until_end(const TrialSpec& spec, Recorder& recorder, Watched& watched, Worker& worker) {
  const auto start = Clock::now();
  auto told = start;
  bool interrupted = false;
  for (;;) {
    if (auto polled = recorder.poll(kPoll); !polled) return std::unexpected(polled.error());
    if (auto updated = watched.update(false); !updated) return std::unexpected(updated.error());
    const Progress progress = recorder.progress();
    if (spec.on_progress && Clock::now() - told > kTell) {
      told = Clock::now();
      spec.on_progress({progress, watched.count(), since(start)});
    }
    interrupted = interrupted || (spec.interrupted != nullptr && *spec.interrupted);
    const bool time_is_up = spec.duration && since(start) >= *spec.duration;
    if (worker.exists()) {
      if (interrupted || time_is_up) worker.ask_to_stop();
      if (worker.done()) return interrupted;
    } else if (interrupted || time_is_up ||
               (spec.settle && watched.count() > 0 && progress.since_new >= *spec.settle) ||
               (spec.until_exit && watched.all_ended())) {
      return interrupted;
    }
  }
}

}  // namespace

Result<TrialOutcome> run_trial(const TrialSpec& spec, const Engine* engine) {
  if (needs_engine(spec.target) && engine == nullptr) return fail("no container engine to ask about it");
  auto recorder = Recorder::open(spec.recorder);
  if (!recorder) return std::unexpected(recorder.error());
  Watched watched(*recorder, engine);
  if (auto begun = watched.begin(spec.target); !begun) return std::unexpected(begun.error());

  TrialOutcome outcome;
  {
    Worker worker(spec.work);
    const auto ended = watch_until_end(spec, *recorder, watched, worker);
    if (!ended) return std::unexpected(ended.error());
    outcome.interrupted = *ended;
    if (worker.exists()) {
      // Work that was told to stop ends as it can; that is no failure of its own.
      if (!worker.result() && !outcome.interrupted) outcome.failure = worker.result().error();
      if (worker.result() && !outcome.interrupted) outcome.status = *worker.result();
    }
  }
  // What the last process did may still be in the ring.
  if (auto polled = recorder->poll(kPoll); !polled) return std::unexpected(polled.error());
  if (auto updated = watched.update(true); !updated) return std::unexpected(updated.error());
  auto profile = watched.collect(spec.command, outcome.status);
  if (!profile) return std::unexpected(profile.error());
  outcome.profile = *std::move(profile);
  return outcome;
}

}  // namespace winnow
