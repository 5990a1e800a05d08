// SPDX-License-Identifier: Apache-2.0
// Matches cgroups that were adopted at birth with the engine's "create" events.
#include "trial/adoption.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr auto kAskAgain = std::chrono::seconds(1);  // about containers that no event told of
constexpr auto kForeign = std::chrono::seconds(10);  // unknown for so long: it is another engine's
constexpr std::size_t kMostTold = 20;                // containers that were read from outside
constexpr int kLastChanceMs = 2000;                  // for events that are still on their way when a trial ends
constexpr std::size_t kMostCreated = 1024;           // containers that were made and not started so far

}  // namespace

Adoption::Adoption(const Engine& engine, const EngineImage& image, std::string since, ContainerWatch watch)
    : engine_(&engine), image_(image), since_(std::move(since)), watch_(std::move(watch)) {}

Result<Adoption> Adoption::since(const Engine& engine, const std::string& image, const std::string& since) {
  const auto found = engine.find_image(image);
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(fmt::format("no image {} in {}", printable(image), engine.info().endpoint),
                fmt::format("`{} images` lists what is there; winnow pulls nothing", engine.info().name));
  TRY(auto watch, engine.watch(since));
  return Adoption(engine, **found, since, std::move(watch));
}

Result<Adoption> Adoption::begin(const Engine& engine, const std::string& image) {
  const auto now = engine.now();
  return now ? since(engine, image, *now) : std::unexpected(now.error());
}

std::string Adoption::save() const {
  nlohmann::json ours = nlohmann::json::array();
  for (const auto& [cgroup, container] : ours_) {
    ours.push_back(notes_of(container));
    ours.back()["cgroup"] = cgroup;
  }
  return nlohmann::json{{"image", image_.id.str()}, {"since", since_}, {"containers", std::move(ours)}}.dump();
}

Result<Adoption> Adoption::resume(const Engine& engine, const std::string& saved) {
  try {
    const auto json = parse_json<nlohmann::json>(saved);
    auto adoption = since(engine, json.at("image").get<std::string>(), json.at("since").get<std::string>());
    if (!adoption) return adoption;
    for (const auto& one : json.at("containers"))
      adoption->ours_[one.at("cgroup").get<std::uint64_t>()] = described_in(one);
    return adoption;
  } catch (const std::exception& error) {
    return fail("the session's notes cannot be read: " + printable(error.what()));
  }
}

// A name may be another image's by now: only the container knows the id of its own. Where that has gone already, the
// name is all there is.
Result<void> Adoption::remember(const ContainerEvent& event) {
  TRY(auto container, engine_->find_container(event.id));
  if (!container) {
    TRY(const auto image, engine_->find_image(event.image));
    if (!image) return {};
    container = Container{.id = event.id, .name = event.name, .image_id = image->id};
    container->healthcheck = image->healthcheck;
  }
  if (created_.insert_or_assign(event.id, *std::move(container)).second) order_.push_back(event.id);
  if (order_.size() <= kMostCreated) return {};
  created_.erase(order_.front());
  order_.pop_front();
  return {};
}

Result<bool> Adoption::is_ours(const std::string& container_id) {
  if (std::ranges::any_of(ours_, [&](const auto& one) { return one.second.id == container_id; })) return true;
  TRY(const auto container, find(container_id, true));
  return container && container->image_id == image_.id;
}

Result<void> Adoption::take_events() {
  using enum ContainerEvent::Action;
  for (const ContainerEvent& event : watch_.take()) {
    if (event.action == kCreate) TRY_DO(remember(event));
    if (event.action == kMount)
      for (auto& [cgroup, container] : ours_)
        if (container.id != event.id) container.share(event.volume);
    if (event.action != kTakeOut || read_from_outside_.size() >= kMostTold) continue;
    TRY(const auto ours, is_ours(event.id));
    if (ours) read_from_outside_.insert(event.name);
  }
  return {};
}

Result<std::optional<Container>> Adoption::find(const std::string& container_id, bool ask) {
  if (const auto known = created_.find(container_id); known != created_.end()) return known->second;
  if (!ask) return std::nullopt;
  return engine_->find_container(container_id);  // made before the trial, or its event is still on its way
}

// What came from the engine until now; an error once its stream has ended.
Result<void> Adoption::listen() {
  TRY_DO(take_events());
  if (const auto failure = watch_.failure())
    return std::unexpected(failure->within("listening to the engine's events"));
  return {};
}

Result<void> Adoption::update(Recorder& recorder, bool final) {
  const auto now = std::chrono::steady_clock::now();
  for (NewContainer& born : recorder.take_new_containers())
    if (!ours_.contains(born.cgroup.id)) unknown_.push_back({std::move(born), now});
  auto heard = listen();
  const bool ask = final || now - asked_ > kAskAgain;
  if (ask) asked_ = now;
  int last_chance = heard ? kLastChanceMs : 0;
  for (Unknown& one : std::exchange(unknown_, {})) {
    const std::string& id = one.born.container_id;
    auto container = find(id, ask);
    if (container && !*container && final) {
      pollfd wait{watch_.fd(), POLLIN, 0};
      ::poll(&wait, 1, std::exchange(last_chance, 0));
      auto taken = take_events();
      container = taken ? find(id, false) : std::unexpected(taken.error());
    }
    if (!container && heard) heard = std::unexpected(container.error());
    const bool known = container && *container;
    if (known && (*container)->image_id == image_.id) {
      ours_[one.born.cgroup.id] = describe(**container);
    } else if (known || final || (container && now - one.since > kForeign)) {
      TRY_DO(recorder.release(one.born.cgroup.id));
    } else {
      unknown_.push_back(std::move(one));
      continue;
    }
    if (created_.erase(id) > 0) std::erase(order_, id);
  }
  return heard;
}

const Described* Adoption::container_of(std::uint64_t cgroup) const {
  const auto found = ours_.find(cgroup);
  return found == ours_.end() ? nullptr : &found->second;
}

}  // namespace winnow
