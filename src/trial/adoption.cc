// SPDX-License-Identifier: Apache-2.0
// Matches cgroups that were adopted at birth with the engine's "create" events.
#include "trial/adoption.h"

#include <fmt/format.h>
#include <poll.h>

#include <utility>

namespace winnow {
namespace {

constexpr auto kAskAgain = std::chrono::seconds(1);  // about containers that no event told of
constexpr auto kForeign = std::chrono::seconds(10);  // unknown for so long: it is another engine's
constexpr int kLastChanceMs = 2000;                  // for events that are still on their way when a trial ends

}  // namespace

Adoption::Adoption(const Engine& engine, Digest image_id, ContainerWatch watch)
    : engine_(&engine), image_id_(image_id), watch_(std::move(watch)) {}

Result<Adoption> Adoption::begin(const Engine& engine, const std::string& image) {
  const auto found = engine.find_image(image);
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(fmt::format("no image {} in {}", printable(image), engine.info().endpoint),
                fmt::format("`{} images` lists what is there; winnow pulls nothing", engine.info().name));
  auto watch = engine.watch();
  if (!watch) return std::unexpected(watch.error());
  return Adoption(engine, (*found)->id, *std::move(watch));
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

Result<void> Adoption::update(Recorder& recorder, bool final) {
  const auto now = std::chrono::steady_clock::now();
  for (NewContainer& born : recorder.take_new_containers()) unknown_.push_back({std::move(born), now});
  const auto take_events = [&] {
    for (const ContainerEvent& event : watch_.take())
      if (event.action == ContainerEvent::Action::kCreate) created_[event.id] = {event.name, event.image};
  };
  take_events();
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
      take_events();
      image = image_of(born.container_id, true);
      if (!image) return std::unexpected(image.error());
    }
    if (*image == image_id_) {
      ours_.push_back(born.cgroup.id);
      names_[born.cgroup.id] = created_[born.container_id].name;
    } else if (image->valid() || final || now - since > kForeign) {
      recorder.release(born.cgroup.id);
    } else {
      still_unknown.push_back({born, since});
    }
  }
  unknown_ = std::move(still_unknown);
  return {};
}

std::string Adoption::name_of(std::uint64_t cgroup) const {
  const auto name = names_.find(cgroup);
  return name == names_.end() ? "" : name->second;
}

}  // namespace winnow
