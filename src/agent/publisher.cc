// SPDX-License-Identifier: Apache-2.0
// One request at a time. A store that fails is asked less and less often; an image that it does not take, too, and the
// others go on.
#include "agent/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "winnow/base/text.h"
#include "winnow/base/time.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 5s;                 // after a failure; doubled each time ...
constexpr auto kLongestPause = 300s;             // ... up to this
constexpr auto kRenew = std::chrono::hours(12);  // an object of a living run says now and then that it lives
constexpr int kPatientIntervals = 10;    // intervals until an object is written in which only the number of runs is new
constexpr auto kLongestTurn = 100ms;     // of looking for an image that is due
constexpr std::size_t kUnreachable = 3;  // images that fail one after the other: then it is the store

double unix_seconds() { return static_cast<double>(unix_ms()) / 1000; }

std::string told(const Error& error) { return error.what + (error.hint.empty() ? "" : "; " + error.hint); }

}  // namespace

Content Publisher::content_of(const AccessProfile& profile, const ImageLedger& image) {
  Content content{.paths = profile.accesses.size(), .names = image.references.size() + image.manifests.size()};
  for (const auto& [key, access] : profile.accesses)
    content.kinds += access.kinds.names().size() + access.from.names().size();
  for (const Run& run : profile.runs) {
    content.runs += run.times;
    content.lost += run.lost.total();
  }
  return content;
}

Publisher::Publisher(const AgentOptions& options, ObjectStore& objects)
    : options_(&options),
      objects_(&objects),
      store_(objects),
      where_(objects.str()),
      pause_(kFirstPause),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

void Publisher::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return job_.has_value(); })) {
    const Job job = *std::exchange(job_, std::nullopt);
    lock.unlock();
    Outcome done = ask(job);
    lock.lock();
    outcome_ = std::move(done);
    busy_ = false;
  }
}

Publisher::Outcome Publisher::ask(const Job& job) {
  Outcome done{.image = job.image,
               .stored = {},
               .refused = {},
               .look = job.look,
               .content = job.content,
               .taken_runs = job.taken_runs};
  if (job.look) {
    auto stored = store_.get(job.image, options_->node, done.refused);
    if (!stored)
      done.bytes = std::unexpected(stored.error());
    else
      done.stored = *std::move(stored);
  } else {
    done.bytes = store_.put({job.references, job.manifests, options_->node, &job.profile});
  }
  return done;
}

std::optional<Publisher::Outcome> Publisher::outcome() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcome_, std::nullopt);
}

bool Publisher::busy() {
  const std::lock_guard lock(mutex_);
  return busy_ || outcome_;
}

Result<void> Publisher::publish(Node& node, Ledger& ledger, AgentState& state) {
  if (auto done = outcome()) settle(*std::move(done), ledger, state);
  if (busy() || Clock::now() < retry_) return {};
  TRY_DO(begin(node, ledger, state, false));
  return {};
}

Result<void> Publisher::finish(Node& node, Ledger& ledger, AgentState& state, std::chrono::milliseconds patience) {
  const auto end = Clock::now() + patience;
  for (bool waiting = busy(); Clock::now() < end;) {
    if (auto done = outcome()) settle(*std::move(done), ledger, state);
    if (!busy() && !state.store_trouble) {
      TRY(waiting, begin(node, ledger, state, true));
    }
    if (!busy() && (!waiting || state.store_trouble)) return {};
    std::this_thread::sleep_for(20ms);
  }
  objects_->stop();
  options_->log(Severity::kWarning, where_ + " is too slow to take what is new; the next agent writes it");
  return {};
}

// Returns whether there was something to be asked.
Result<bool> Publisher::begin(Node& node, Ledger& ledger, AgentState& state, bool final) {
  const auto now = Clock::now();
  const auto& images = ledger.images();
  auto at = images.upper_bound(last_);
  for (std::size_t count = 0; count < images.size() && Clock::now() - now < kLongestTurn; ++count, ++at) {
    if (at == images.end()) at = images.begin();
    Published& before = published_[at->first];
    const bool failed = before.pause.count() > 0;
    if (now < before.next && (failed || !final)) continue;
    const bool same = before.seen && at->second.taken_runs == before.taken_runs && !node.is_running(at->first);
    if (same && !failed) continue;
    TRY(auto job, job_for(at->first, node, ledger, final));
    before.next = now + std::max<Clock::duration>(1s, options_->interval);
    if (!job) continue;
    last_ = at->first;
    if (!job->look) ++state.writes;
    const std::lock_guard lock(mutex_);
    job_ = *std::move(job);
    busy_ = true;
    wake_.notify_one();
    return true;
  }
  return false;
}

// The node's disk may have nothing of the image, because it was lost since the object was written. Then what is in
// there counts.
Result<std::optional<Publisher::Job>> Publisher::job_for(const Digest& id, Node& node, Ledger& ledger, bool final) {
  ImageLedger& image = *ledger.of(id);
  Published& before = published_[id];
  Job job{.image = id, .profile = {}, .references = {}, .manifests = {}, .content = {}};
  TRY(job.profile, node.profile_of(id));
  if (job.profile.runs.empty()) return std::nullopt;
  if (!before.looked && !image.from_disk) {
    job.look = true;
    return job;
  }
  std::ignore = ledger.save();  // when a living run began, before a store says so; Node::save() says if it cannot be
  node.refresh_names(id, image);
  job.profile.image.reference = image.ended.image.reference;
  job.content = content_of(job.profile, image);
  job.taken_runs = image.taken_runs;
  const bool is_new = job.content.is_new_against(image.stored);
  const bool counted = job.content.runs != image.stored.runs;
  const auto age = Clock::now() - before.at.value_or(begun_);
  if (is_new || (counted && (final || age >= kPatientIntervals * options_->interval)) ||
      (node.is_running(id) && age >= kRenew)) {
    job.references = image.references;
    job.manifests = image.manifests;
    return job;
  }
  if (counted) return std::nullopt;  // later
  before.seen = true;
  before.taken_runs = image.taken_runs;
  return std::nullopt;
}

void Publisher::settle(Outcome outcome, Ledger& ledger, AgentState& state) {
  Published& image = published_[outcome.image];
  const auto known = ledger.images().find(outcome.image);
  for (const std::string& line : outcome.refused) options_->log(Severity::kWarning, line + "; it is written anew");
  if (!outcome.bytes) return fail_once(image, outcome, state);
  if (outcome.look) {
    image.looked = true;
    image.next = {};
    if (!outcome.stored || known == ledger.images().end()) return;
    if (const auto taken = ledger.take_back(known->second, *std::move(outcome.stored)); !taken)
      options_->log(Severity::kWarning, fmt::format("what {} has of image {}: {}; it is written anew", where_,
                                                    outcome.image.short_hex(), taken.error().what));
    return;
  }
  if (known != ledger.images().end()) succeed(image, outcome, known->second, state);
}

void Publisher::succeed(Published& image, const Outcome& outcome, ImageLedger& known, AgentState& state) {
  const auto now = Clock::now();
  if (state.store_trouble) {
    options_->log(Severity::kInfo, where_ + " can be written again");
    for (auto& [id, other] : published_)
      if (std::exchange(other.pause, 0s).count() > 0) other.next = now;
  }
  state.store_trouble.reset();
  if (outcome.content.is_new_against(known.stored)) state.last_new_path = unix_seconds();
  image.at = now;
  image.next = now + options_->interval;
  image.pause = 0s;
  image.seen = true;
  image.taken_runs = outcome.taken_runs;
  known.stored = outcome.content;
  known.changed = true;
  image.bytes = *outcome.bytes;
  state.last_write = unix_seconds();
  state.stored_bytes = 0;
  for (const auto& [other, published] : published_) state.stored_bytes += published.bytes;
  pause_ = kFirstPause;
  failures_in_row_ = 0;
}

void Publisher::fail_once(Published& image, const Outcome& outcome, AgentState& state) {
  const Error& error = outcome.bytes.error();
  const auto now = Clock::now();
  if (outcome.look) ++state.writes;
  ++state.write_failures;
  const bool first = image.pause.count() == 0;
  image.pause = first ? kFirstPause : std::min<std::chrono::seconds>(2 * image.pause, kLongestPause);
  image.next = now + image.pause;
  // A store that says when it wants to be asked again says so for all images.
  const auto wanted = std::chrono::seconds(std::clamp(std::atol(error.subject.c_str()), 0L, kLongestPause.count()));
  retry_ = now + wanted;
  ++failures_in_row_;
  // A right that is missing is missing for all images, and is told once.
  if (error.fault != Fault::kDenied && failures_in_row_ < std::min(kUnreachable, published_.size())) {
    if (first)
      options_->log(Severity::kWarning, fmt::format("image {}: {}: {}; recording goes on, and it is tried again",
                                                    outcome.image.short_hex(), where_, told(error)));
    return;
  }
  retry_ = now + std::max(wanted, std::exchange(pause_, std::min<std::chrono::seconds>(2 * pause_, kLongestPause)));
  image.next = std::min(image.next, retry_);
  if (!state.store_trouble) {
    since_ = utc_text(unix_ms());
    options_->log(Severity::kWarning,
                  fmt::format("{}: {}; recording goes on, and it is tried again", where_, told(error)));
  }
  state.store_trouble = fmt::format("unreachable since {}: {}", since_, error.what);
}

}  // namespace winnow
