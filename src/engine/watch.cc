// SPDX-License-Identifier: Apache-2.0
// The event subscription: a thread reads GET /events line by line into a queue; an eventfd tells its owner.
#include "engine/watch.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/api.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {

using engine::EventLine;
using http::Request;

namespace {
constexpr std::size_t kRecentEvents = 256;  // as many as Docker remembers (daemon/events: eventsLimit)
}

Result<std::unique_ptr<ContainerWatch::Impl>> ContainerWatch::Impl::start(const http::Endpoint& endpoint,
                                                                          std::string target) {
  auto impl = std::make_unique<Impl>();
  impl->ready_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!impl->ready_.valid()) return std::unexpected(Error::from_errno("eventfd"));
  auto accepted = impl->accepted_.get_future();
  Request request{.target = std::move(target), .patience_s = 0};
  request.sink = [self = impl.get()](std::string_view piece) {
    return self->lines_.feed(piece, [self](std::string_view line) { return self->take_line(line); });
  };
  request.accepted = [self = impl.get()] {
    self->has_answered_ = true;
    self->accepted_.set_value({});
  };
  impl->thread_ = std::jthread([self = impl.get(), endpoint, request = std::move(request)](
                                   const std::stop_token& stop) { self->run(stop, endpoint, request); });
  TRY_DO(accepted.get());
  return impl;
}

void ContainerWatch::Impl::run(const std::stop_token& stop, const http::Endpoint& endpoint, const Request& request) {
  auto response = http::perform(endpoint, request, stop);
  if (stop.stop_requested()) return;
  Error error{"the engine closed its event stream"};
  if (!response) {
    error = response.error().within("watching events");
  } else if (!response->ok()) {
    error = Error{"watching events: " + engine::error_text(response->body)};
  }
  if (!has_answered_) {
    accepted_.set_value(std::unexpected(std::move(error)));
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    failure_ = std::move(error);
  }
  wake();
}

Result<void> ContainerWatch::Impl::take_line(std::string_view line) {
  TRY(auto parsed, engine::parse_event(line));
  if (!parsed) return {};
  EventLine& event = *parsed;
  std::tuple key{event.time_ns, event.event.id, event.event.action};
  if (std::ranges::find(recent_, key) != recent_.end()) return {};
  recent_.push_back(std::move(key));
  if (recent_.size() > kRecentEvents) recent_.pop_front();
  {
    const std::scoped_lock lock(mutex_);
    events_.push_back(std::move(event.event));
  }
  wake();
  return {};
}

// A full counter is readable as well, so the result does not matter.
void ContainerWatch::Impl::wake() { [[maybe_unused]] const int ignored = eventfd_write(ready_.get(), 1); }

std::vector<ContainerEvent> ContainerWatch::Impl::take() {
  eventfd_t count = 0;
  // Before the queue: an event that comes in between wakes the owner once too often, never once too seldom.
  [[maybe_unused]] const int ignored = eventfd_read(ready_.get(), &count);
  const std::scoped_lock lock(mutex_);
  return std::exchange(events_, {});
}

std::optional<Error> ContainerWatch::Impl::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

ContainerWatch::ContainerWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ContainerWatch::ContainerWatch(ContainerWatch&&) noexcept = default;
ContainerWatch& ContainerWatch::operator=(ContainerWatch&&) noexcept = default;
ContainerWatch::~ContainerWatch() = default;
int ContainerWatch::fd() const { return impl_->fd(); }
std::vector<ContainerEvent> ContainerWatch::take() { return impl_->take(); }
std::optional<Error> ContainerWatch::failure() const { return impl_->failure(); }

}  // namespace winnow
