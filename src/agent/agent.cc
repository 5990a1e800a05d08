// SPDX-License-Identifier: Apache-2.0
// The agent's loop: events in, ended runs to the disk, profiles to the store; a store that fails is asked less and less
// often.
#include "winnow/agent/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <tuple>

#include "agent/ledger.h"
#include "agent/metrics.h"
#include "agent/node.h"
#include "agent/rights.h"
#include "winnow/base/file.h"
#include "winnow/base/state.h"
#include "winnow/base/text.h"
#include "winnow/store/profiles.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPoll = 200ms;
constexpr auto kSaveLedger = 2s;                 // runs that have ended wait no longer for the disk
constexpr auto kShow = 1s;                       // between two states for /metrics
constexpr auto kFirstPause = 5s;                 // after the store failed; doubled each time ...
constexpr auto kLongestPause = 300s;             // ... up to this
constexpr auto kRenew = std::chrono::hours(12);  // an object of a living run says now and then that it lives
constexpr int kMostFailures = 3;
constexpr int kPatience = 10;  // intervals until an object is written in which only the number of runs is new

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

Content content_of(const AccessProfile& profile, const ImageLedger& image) {
  Content content{.paths = profile.accesses.size(), .names = image.references.size() + image.manifests.size()};
  for (const auto& [key, access] : profile.accesses)
    content.kinds += access.kinds.names().size() + access.from.names().size();
  for (const Run& run : profile.runs) {
    content.runs += run.times;
    content.lost += run.lost.total();
  }
  return content;
}

// Brings profiles into the store, each image at its own time.
class Publisher {
 public:
  Publisher(const AgentOptions& options, ObjectStore& objects)
      : options_(&options), store_(objects), where_(objects.str()) {}

  // FINAL: the agent ends; all that is new is tried once.
  Result<void> publish(Node& node, Ledger& ledger, AgentState& state, bool final) {
    const auto now = Clock::now();
    if (!final && (now < next_ || now < retry_)) return {};
    next_ = now + std::max<Clock::duration>(1s, options_->interval / 4);
    int failures = 0;  // one image may be refused and not the others; a store that is down refuses all
    for (auto& [id, image] : ledger.images()) {
      Published& before = published_[id];
      if (!final && before.looked_at && now - *before.looked_at < options_->interval) continue;
      if (before.looked_at && image.taken_runs == before.taken_runs && !node.is_running(id)) continue;
      before.looked_at = now;
      TRY(auto profile, node.profile_of(id));
      if (profile.runs.empty()) continue;
      TRY_DO(ledger.save());  // when a living run began, before a store says so
      node.refresh_names(id, image);
      const Content content = content_of(profile, image);
      const bool is_new = content.is_new_against(image.stored);
      const bool counted = content.runs != image.stored.runs;
      const auto age = now - before.at.value_or(begun_);
      if (is_new || (counted && (final || age >= kPatience * options_->interval)) ||
          (node.is_running(id) && age >= kRenew)) {
        if (!put(id, profile, image, state)) {
          before.looked_at.reset();
          if (++failures == kMostFailures) break;
          continue;
        }
        before.at = now;
        image.stored = content;
        image.changed = true;
      } else if (counted) {
        continue;  // later
      }
      if (is_new) state.last_new_path = unix_seconds();
      before.taken_runs = image.taken_runs;
    }
    return {};
  }

 private:
  struct Published {
    std::optional<Clock::time_point> at, looked_at;  // written; looked at
    std::uint64_t taken_runs = 0;
    bool looked = false;  // what the store had of an earlier life of this node is in the ledger
    std::uint64_t bytes = 0;
  };

  // False: the store failed; later is time enough.
  bool put(const Digest& id, AccessProfile& profile, ImageLedger& image, AgentState& state) {
    Published& before = published_[id];
    ++state.writes;
    auto written = before.looked || image.from_disk ? Result<void>() : take_back(id, profile, image);
    if (written) {
      before.looked = true;
      profile.image.reference = image.ended.image.reference;
      const auto bytes = store_.put({image.references, image.manifests, options_->node, &profile});
      if (bytes) before.bytes = *bytes;
      if (!bytes) written = std::unexpected(bytes.error());
    }
    if (!written) {
      fail_once(written.error(), state);
      return false;
    }
    if (state.store_trouble) options_->log(Severity::kInfo, where_ + " can be written again");
    state.store_trouble.reset();
    state.last_write = unix_seconds();
    state.stored_bytes = 0;
    for (const auto& [other, published] : published_) state.stored_bytes += published.bytes;
    pause_ = kFirstPause;
    return true;
  }

  // The node's disk has nothing of the image: it may have been lost since the object was written. What is in there
  // counts.
  Result<void> take_back(const Digest& id, AccessProfile& profile, ImageLedger& image) {
    std::vector<std::string> refused;
    TRY(auto stored, store_.get(id, options_->node, refused));
    for (const std::string& line : refused) options_->log(Severity::kWarning, line + "; it is written anew");
    if (!stored) return {};
    image.changed = true;
    TRY_DO(image.ended.merge(*stored));
    return profile.merge(*std::move(stored));
  }

  void fail_once(const Error& error, AgentState& state) {
    ++state.write_failures;
    auto pause = std::exchange(pause_, std::min<std::chrono::seconds>(2 * pause_, kLongestPause));
    if (!error.subject.empty()) pause = std::max(pause, std::chrono::seconds(std::atol(error.subject.c_str())));
    pause = std::min<std::chrono::seconds>(pause, kLongestPause);
    retry_ = Clock::now() + pause;
    if (!state.store_trouble) {
      since_ = time_now();
      options_->log(Severity::kWarning, fmt::format("{}: {}{}{}; recording goes on, and it is tried again", where_,
                                                    error.what, error.hint.empty() ? "" : "; ", error.hint));
    }
    state.store_trouble = fmt::format("unreachable since {}: {}", since_, error.what);
  }

  const AgentOptions* options_;
  ProfileStore store_;
  std::string where_;
  std::map<Digest, Published> published_;
  Clock::time_point begun_ = Clock::now(), next_, retry_;
  std::chrono::seconds pause_ = kFirstPause;
  std::string since_;
};

// A line for each right that is missing. Error: nothing can be recorded without one of them.
Result<void> check_rights(const AgentOptions& options, const std::string& state) {
  std::string needed;
  for (const MissingRight& one : missing_rights(options.runtimes, state)) {
    options.log(one.needed ? Severity::kError : Severity::kWarning, one.what);
    if (one.needed) needed += (needed.empty() ? "" : "; ") + one.what;
  }
  return needed.empty() ? Result<void>()
                        : fail("nothing can be recorded: " + needed, "deploy/base has all that is needed");
}

}  // namespace

Result<void> run_agent(const AgentOptions& options, ObjectStore& objects) {
  TRY(const std::string directory, state_directory());
  TRY_DO(make_directory(directory));
  TRY_DO(check_rights(options, directory));
  TRY(const auto server, AgentServer::start(options.listen, options.version));
  std::vector<std::string> problems;
  TRY(auto ledger, Ledger::open(directory + "/images", problems));
  for (const std::string& problem : problems) options.log(Severity::kError, problem);
  TRY(auto node, Node::begin(options, ledger));
  options.log(Severity::kInfo,
              fmt::format("recording node {} ({}) into {}", printable(options.node), node.backend(), objects.str()));
  Publisher publisher(options, objects);
  AgentState state{.backend = std::string(node.backend())};
  Clock::time_point saved, shown;
  while (!*options.interrupted) {
    TRY_DO(node.update(kPoll));
    const auto now = Clock::now();
    if (now - saved >= kSaveLedger) {
      saved = now;
      TRY_DO(node.save());
    }
    TRY_DO(publisher.publish(node, ledger, state, false));
    if (now - shown < kShow) continue;
    shown = now;
    node.count(state);
    if (options.requests != nullptr) {
      state.requests = options.requests->requests;
      state.request_failures = options.requests->failures;
    }
    server->show(state);
  }
  TRY_DO(node.update(0ms));
  TRY_DO(node.save());
  TRY_DO(publisher.publish(node, ledger, state, true));
  options.log(Severity::kInfo, "stopped; the session goes on for the next agent");
  return {};
}

}  // namespace winnow
