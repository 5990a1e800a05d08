// SPDX-License-Identifier: Apache-2.0
// Matches cgroups that were adopted at birth with the engine's "create" events.
#include "trial/adoption.h"

#include <fmt/format.h>
#include <poll.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace winnow {
namespace {

constexpr auto kAskAgain = std::chrono::seconds(1);  // about containers that no event told of
constexpr auto kForeign = std::chrono::seconds(10);  // unknown for so long: it is another engine's
constexpr std::size_t kMostTold = 20;                // containers that were read from outside
constexpr int kLastChanceMs = 2000;                  // for events that are still on their way when a trial ends

}  // namespace

Adoption::Adoption(const Engine& engine, const EngineImage& image, std::string since, ContainerWatch watch)
    : engine_(&engine), image_(image), since_(std::move(since)), watch_(std::move(watch)) {}

Result<Adoption> Adoption::since(const Engine& engine, const std::string& image, const std::string& since) {
  const auto found = engine.find_image(image);
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(fmt::format("no image {} in {}", printable(image), engine.info().endpoint),
                fmt::format("`{} images` lists what is there; winnow pulls nothing", engine.info().name));
  auto watch = engine.watch(since);
  if (!watch) return std::unexpected(watch.error());
  return Adoption(engine, **found, since, *std::move(watch));
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
    const auto json = nlohmann::json::parse(saved);
    auto adoption = since(engine, json.at("image").get<std::string>(), json.at("since").get<std::string>());
    if (!adoption) return adoption;
    for (const auto& one : json.at("containers"))
      adoption->ours_[one.at("cgroup").get<std::uint64_t>()] = described_in(one);
    return adoption;
  } catch (const std::exception& error) {
    return fail("the session's notes cannot be read: " + printable(error.what()));
  }
}

// Another health check may have been given to the container than the image has.
void Adoption::adopt(const NewContainer& born) {
  const auto container = engine_->find_container(born.container_id);
  const Described gone{born.container_id, created_[born.container_id].name, image_.healthcheck, {}};
  ours_[born.cgroup.id] = container && *container ? describe(**container) : gone;
}

Result<Digest> Adoption::image_of(const std::string& container_id, bool ask) {
  const auto event = created_.find(container_id);
  if (event == created_.end() && !ask) return Digest();
  if (event == created_.end()) {  // made before the trial and started in it, or its event is still on its way
    const auto container = engine_->find_container(container_id);
    if (!container) return std::unexpected(container.error());
    if (!*container) return Digest();
    created_[container_id] = {(*container)->name, (*container)->image};
    return (*container)->image_id;
  }
  const std::string& name = event->second.image;
  if (const auto known = images_by_name_.find(name); known != images_by_name_.end()) return known->second;
  const auto image = engine_->find_image(name);
  if (!image) return std::unexpected(image.error());
  return images_by_name_[name] = *image ? (*image)->id : Digest();
}

Result<void> Adoption::take_events() {
  using enum ContainerEvent::Action;
  for (const ContainerEvent& event : watch_.take()) {
    if (event.action == kCreate) created_[event.id] = {event.name, event.image};
    if (event.action == kMount)
      for (auto& [cgroup, container] : ours_)
        if (container.id != event.id) container.share(event.volume);
    if (event.action != kTakeOut || read_from_outside_.size() >= kMostTold) continue;
    const auto image = image_of(event.id, true);
    if (!image) return std::unexpected(image.error());
    if (*image == image_.id) read_from_outside_.insert(event.name);
  }
  return {};
}

Result<void> Adoption::update(Recorder& recorder, bool final) {
  const auto now = std::chrono::steady_clock::now();
  for (NewContainer& born : recorder.take_new_containers())
    if (!ours_.contains(born.cgroup.id)) unknown_.push_back({std::move(born), now});
  if (auto taken = take_events(); !taken) return taken;
  if (const auto failure = watch_.failure())
    return std::unexpected(failure->within("listening to the engine's events"));
  const bool ask = final || now - asked_ > kAskAgain;
  if (ask) asked_ = now;
  int last_chance = kLastChanceMs;
  std::vector<Unknown> still_unknown;
  for (const auto& [born, since] : unknown_) {
    auto image = image_of(born.container_id, ask);
    if (!image) return std::unexpected(image.error());
    if (!image->valid() && final && !created_.contains(born.container_id)) {
      pollfd wait{watch_.fd(), POLLIN, 0};
      ::poll(&wait, 1, std::exchange(last_chance, 0));
      if (auto taken = take_events(); !taken) return taken;
      image = image_of(born.container_id, true);
      if (!image) return std::unexpected(image.error());
    }
    if (*image == image_.id) {
      adopt(born);
    } else if (image->valid() || final || now - since > kForeign) {
      if (auto released = recorder.release(born.cgroup.id); !released) return released;
    } else {
      still_unknown.push_back({born, since});
    }
  }
  unknown_ = std::move(still_unknown);
  return {};
}

const Described* Adoption::container_of(std::uint64_t cgroup) const {
  const auto found = ours_.find(cgroup);
  return found == ours_.end() ? nullptr : &found->second;
}

}  // namespace winnow
