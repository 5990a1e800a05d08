// SPDX-License-Identifier: Apache-2.0
// Listens to the engine's events while a verification runs.
#include "prove/start_watch.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 100;               // between two questions after a container's health, too
constexpr std::size_t kMostFailures = 20;  // containers that could not be started
constexpr std::size_t kMostWords = 2000;
constexpr std::size_t kMostEnded = 1000;  // containers that are remembered when they are gone

}  // namespace

struct StartWatch::Seen {
  std::string name;
  std::optional<Clock::time_point> started;
  bool ending = false;     // it was asked to end: what its health check says after that is about its end
  bool asked = false;      // whether it has a health check
  bool checked = false;    // it has one, which ...
  std::string health;      // ... said so last: "healthy", "unhealthy"; empty: nothing yet
  std::string last_words;  // of a check that failed
};

// Shared with the thread, which alone touches it until it has ended.
struct StartWatch::State {
  const Engine& engine;
  Digest image;
  ContainerWatch watch;
  std::map<std::string, Seen> containers = {};  // that are not known to have failed to start, or to have ended
  std::vector<Seen> ended = {};
  std::vector<std::string> failures = {};
  std::optional<std::chrono::milliseconds> ready = {};

  // A name may lead to another image the next time, a container's image stays. One that is gone already has its name
  // alone.
  [[nodiscard]] bool is_ours(const ContainerEvent& event) const {
    const auto container = engine.find_container(event.id);
    if (container && *container) return (*container)->image_id == image;
    const auto named = engine.find_image(event.image);
    return named && *named && (*named)->id == image;
  }

  void take(const ContainerEvent& event) {
    using enum ContainerEvent::Action;
    if (event.action == kCreate && is_ours(event)) containers[event.id].name = event.name;
    const auto known = containers.find(event.id);
    if (known == containers.end()) return;
    if (event.action == kStart) known->second.started = Clock::now();
    if (event.action == kHealth) take_health(event, known->second);
    if (event.action == kDie) {
      if (!known->second.started)
        tell_failure(event.id, known->second.name, event.exit_code);
      else if (ended.size() < kMostEnded)
        ended.push_back(std::move(known->second));
      containers.erase(known);
    }
  }

  void take_health(const ContainerEvent& event, Seen& seen) {
    seen.ending = seen.ending || event.health.empty();
    if (seen.ending) return;
    if (event.health == "unhealthy") {
      const auto container = engine.find_container(event.id);
      if (!container || !*container || !(*container)->running) return;  // its end made the check fail
      seen.last_words = cut_between_characters((*container)->health_output, kMostWords);
    }
    seen.health = event.health;
  }

  void tell_failure(const std::string& id, const std::string& name, const std::optional<int>& status) {
    if (failures.size() >= kMostFailures) return;
    const auto container = engine.find_container(id);
    const std::string words(
        cut_between_characters(container && *container ? (*container)->error : std::string_view(), kMostWords));
    if (!words.empty()) {
      failures.push_back(fmt::format("{}: {}", name, words));
    } else if (status) {
      failures.push_back(fmt::format("{} could not be started (status {})", name, *status));
    }
  }

  // One that could not be made at all dies without an event: its state says why, until `docker run --rm` removes it.
  void look_for_failures() {
    for (auto at = containers.begin(); at != containers.end();) {
      const std::size_t before = failures.size();
      if (!at->second.started) tell_failure(at->first, at->second.name, {});
      at = failures.size() > before ? containers.erase(at) : std::next(at);
    }
  }

  void look_for_health() {
    for (auto& [id, seen] : containers) {
      if (!seen.started || (seen.asked && (ready || !seen.checked))) continue;
      const auto container = engine.find_container(id);
      if (!container || !*container) continue;
      seen.asked = true;
      seen.checked = !(*container)->health.empty();
      if (ready || (*container)->health != "healthy") continue;
      ready = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *seen.started);
    }
  }

  void tell_health(const Seen& seen, Attempt& attempt) const {
    if (seen.health == "unhealthy")
      attempt.unhealthy.push_back(fmt::format("{}: its health check says unhealthy{}{}", seen.name,
                                              seen.last_words.empty() ? "" : ": ", seen.last_words));
    if (seen.checked && seen.health.empty()) attempt.unchecked.push_back(seen.name);
  }

  void run(const std::stop_token& stop) {
    for (;;) {
      const bool last = stop.stop_requested();  // what has come by then is taken in
      pollfd wait{watch.fd(), POLLIN, 0};
      ::poll(&wait, 1, last ? 0 : kPollMs);
      for (const ContainerEvent& event : watch.take()) take(event);
      look_for_failures();
      if (last || watch.failure()) return;
      look_for_health();
    }
  }
};

StartWatch::StartWatch(std::shared_ptr<State> state)
    : state_(std::move(state)), thread_([state = state_](const std::stop_token& stop) { state->run(stop); }) {}

Result<StartWatch> StartWatch::begin(const Engine& engine, const Digest& image) {
  TRY(auto watch, engine.watch());
  return StartWatch(std::make_shared<State>(State{engine, image, std::move(watch)}));
}

void StartWatch::finish(Attempt& attempt) {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  attempt.start_failures = state_->failures;
  if (const auto failure = state_->watch.failure()) attempt.unwatched = failure->what;
  attempt.ready_after = state_->ready;
  for (const Seen& seen : state_->ended) state_->tell_health(seen, attempt);
  for (const auto& [id, seen] : state_->containers) state_->tell_health(seen, attempt);
}

}  // namespace winnow
