// SPDX-License-Identifier: Apache-2.0
// The kernel tells of cgroups, the runtime's store on disk says what they are.
#include "agent/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "winnow/base/text.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;

constexpr auto kAskAgain = 1s;       // between two questions about a container that no store knows
constexpr auto kForeign = 30s;       // after which it is another engine's ...
constexpr auto kUnreadable = 10min;  // ... but if a store cannot be read, it may be that store's
constexpr auto kSearchAgain = 60s;   // between two searches for containers whose birth was missed
constexpr auto kLookAgain = 500ms;   // between two looks for runs that have ended
constexpr std::size_t kMaxCgroups = 100'000;

std::string name_of(const StoredContainer& container) {
  if (container.pod.empty()) return printable(container.name);
  return printable(fmt::format("{}/{}/{}", container.pod_namespace, container.pod, container.container));
}

// Labels that differ between pods of one workload, or change with each rollout.
bool is_of_one_pod(std::string_view label) {
  return label == "pod-template-hash" || label == "controller-revision-hash" || label == "pod-template-generation" ||
         label == "statefulset.kubernetes.io/pod-name" || label == "apps.kubernetes.io/pod-index" ||
         label == "batch.kubernetes.io/controller-uid" || label == "controller-uid" ||
         label == "batch.kubernetes.io/job-name" || label == "job-name" ||
         label == "batch.kubernetes.io/job-completion-index";
}

// What names a run on this node: a container may be started again under its id, but in another cgroup.
std::string key_of(const std::string& container, std::uint64_t cgroup) {
  return fmt::format("{}/{}", container, cgroup);
}

// Every cgroup of the hierarchy that is named after a container.
std::map<std::string, Cgroup> containers_below(const Hierarchy& hierarchy) {
  namespace fs = std::filesystem;
  std::map<std::string, Cgroup> found;
  std::error_code failed;
  std::size_t seen = 0;
  fs::recursive_directory_iterator at(hierarchy.mount, fs::directory_options::skip_permission_denied, failed), end;
  for (; !failed && at != end && seen < kMaxCgroups; at.increment(failed)) {
    if (!at->is_directory(failed)) continue;
    ++seen;
    const std::string path = at->path().string().substr(hierarchy.mount.size());
    const std::string id = container_id_of(at->path().filename().string());
    if (id.empty()) continue;
    at.disable_recursion_pending();
    if (auto cgroup = cgroup_at(path, hierarchy)) found.emplace(id, *std::move(cgroup));
  }
  return found;
}

// A session that is new knows nothing of the runs that an earlier agent has put into the store, but not on the disk.
Result<Recorder> open_recorder(const AgentOptions& options, Ledger& ledger) {
  auto resumed = Recorder::resume(options.recorder);
  if (resumed) {
    options.log(Severity::kInfo, "taking over what an earlier agent recorded");
    if (resumed->resumed_with_gap())
      options.log(Severity::kWarning,
                  "the disk did not take all that it saw; the profiles of what ran then are partial");
    return resumed;
  }
  const bool none = resumed.error().advice == Advice::kNoSession;
  TRY(const bool removed, Recorder::clean_up(options.recorder.session));
  if (removed)
    options.log(Severity::kWarning,
                (none ? "an earlier agent's session has lost its journal" : resumed.error().what) +
                    "; it is removed, and recording begins anew: what running containers touched since that agent's "
                    "last write is not known");
  for (auto& [id, image] : ledger.images()) image.from_disk = false;
  return Recorder::open(options.recorder);
}

}  // namespace

Result<Node> Node::begin(const AgentOptions& options, Ledger& ledger) {
  TRY(auto recorder, open_recorder(options, ledger));
  Node node(options, ledger, std::move(recorder));
  TRY_DO(node.recorder_.adopt_new_containers(true));
  TRY_DO(node.attach());
  return node;
}

void Node::log(Severity severity, std::string_view line) const { options_->log(severity, line); }

// What runs already. First the targets of an earlier agent, then containers that nobody has recorded so far.
Result<void> Node::attach() {
  (void)recorder_.take_new_containers();
  for (const Cgroup& target : recorder_.targets()) {
    meet(container_id_of(target.path), target);
    inherited_.insert(target.id);
  }
  TRY_DO(find_missed());
  return identify();
}

void Node::meet(const std::string& id, Cgroup cgroup) {
  const std::uint64_t key = cgroup.id;
  if (recorded_.contains(key)) return;
  unknown_[key] = {.cgroup = std::move(cgroup), .container_id = id, .since = Clock::now(), .asked = {}};
}

// Containers that run and are not recorded: those that are older than the agent, and those whose birth the programs
// could not tell, because a container was in the way that makes endless cgroups.
Result<void> Node::find_missed() {
  searched_ = Clock::now();
  const auto running = containers_below(recorder_.hierarchy());
  std::set<std::string> ids;
  std::set<std::uint64_t> living;
  for (const auto& [id, cgroup] : running) {
    living.insert(cgroup.id);
    if (!unknown_.contains(cgroup.id) && !recorded_.contains(cgroup.id) && !left_out_.contains(cgroup.id))
      ids.insert(id);
  }
  std::erase_if(left_out_, [&](std::uint64_t cgroup) { return !living.contains(cgroup); });
  for (const auto& [id, container] : find(ids)) {
    const Cgroup& cgroup = running.at(id);
    if (reason_to_skip(options_->selection, container) || runs_elsewhere(id, cgroup)) continue;
    auto added = recorder_.add(cgroup);
    if (!added) {
      log(Severity::kWarning, fmt::format("{}: {}", name_of(container), added.error().what));
      continue;
    }
    TRY_DO(settle(id, cgroup, container));
  }
  return {};
}

// A cgroup that is made by hand may have the name of a container that runs in another one.
bool Node::runs_elsewhere(const std::string& id, const Cgroup& cgroup) const {
  return std::ranges::any_of(recorded_, [&](const auto& one) {
    return one.second.container_id == id && one.first != cgroup.id && !one.second.ended && recorder_.alive(one.first);
  });
}

std::map<std::string, StoredContainer> Node::find(const std::set<std::string>& ids) {
  std::map<std::string, StoredContainer> found;
  if (ids.empty()) return found;
  for (const RuntimeStore& store : options_->runtimes) {
    auto here = store.find(ids);
    const bool failed_before = failing_.contains(store.str());
    if (!here && !failed_before) log(Severity::kWarning, fmt::format("{}: {}", store.str(), here.error().what));
    if (here && failed_before) log(Severity::kInfo, fmt::format("{} can be read again", store.str()));
    if (here) failing_.erase(store.str());
    if (!here) failing_.insert(store.str());
    if (here) found.merge(*std::move(here));
  }
  return found;
}

Result<void> Node::identify() {
  const auto now = Clock::now();
  for (NewContainer& born : recorder_.take_new_containers()) meet(born.container_id, std::move(born.cgroup));
  std::set<std::string> ids;
  std::vector<std::uint64_t> asked;
  for (auto& [cgroup, one] : unknown_)
    if (now - one.asked >= kAskAgain) {
      one.asked = now;
      ids.insert(one.container_id);
      asked.push_back(cgroup);
    }
  const auto found = find(ids);
  for (const std::uint64_t cgroup : asked) {
    const Unknown one = unknown_.at(cgroup);
    const auto known = found.find(one.container_id);
    if (known != found.end()) {
      TRY_DO(settle(one.container_id, one.cgroup, known->second));
    } else if (now - one.since > (failing_.empty() ? kForeign : kUnreadable)) {
      TRY_DO(forget(one.cgroup, Skip::kUnknown, one.container_id));
      left_out_.erase(cgroup);  // a store may come to know it
    } else {
      continue;
    }
    unknown_.erase(cgroup);
  }
  return {};
}

Result<void> Node::forget(const Cgroup& cgroup, Skip why, std::string_view what) {
  if (why != Skip::kSandbox) {
    ++skipped_[why];
    log(Severity::kInfo, fmt::format("{}: not recorded ({})", what, to_string(why)));
  }
  left_out_.insert(cgroup.id);
  return recorder_.release(cgroup.id);
}

Result<void> Node::settle(const std::string& id, const Cgroup& cgroup, const StoredContainer& container) {
  if (const auto why = reason_to_skip(options_->selection, container)) return forget(cgroup, *why, name_of(container));
  if (runs_elsewhere(id, cgroup))
    return forget(cgroup, Skip::kUnknown, name_of(container) + ", a second cgroup of its name");
  ImageLedger* const image = ledger_->of(container.image);
  if (image == nullptr) {
    log(Severity::kError, fmt::format("{}: more images than {}", name_of(container), Ledger::kMostImages));
    return forget(cgroup, Skip::kUnknown, name_of(container));
  }
  if (image->taken.contains(key_of(id, cgroup.id))) return recorder_.release(cgroup.id);  // an earlier agent's
  if (inherited_.contains(cgroup.id)) image->from_disk = true;
  recorded_[cgroup.id] = {cgroup, id, container};
  ++image->recorded;
  refresh_names(container.image, *image);
  log(Severity::kInfo,
      fmt::format("{}: recording image {}{}", name_of(container), container.image.short_hex(),
                  image->references.empty() ? "" : " (" + printable(*image->references.begin()) + ")"));
  return {};
}

void Node::refresh_names(const Digest& image, ImageLedger& known) const {
  for (const RuntimeStore& store : options_->runtimes) {
    const auto names = store.names_of(image);
    if (!names) continue;
    known.references.insert(names->names.begin(), names->names.end());
    known.manifests.insert(names->manifests.begin(), names->manifests.end());
  }
  if (!known.references.empty()) known.ended.image.reference = *known.references.begin();
}

Result<AccessProfile> Node::collect(const Recorded& one) {
  TRY(auto profile, recorder_.collect(one.cgroup.id));
  ImageLedger& image = *ledger_->of(one.container.image);
  profile.image = image.ended.image;
  for (Run& run : profile.runs) {
    // When it began is reckoned back from now each time, with the clock's corrections since; the first answer counts.
    const auto [known, is_new] = image.started.try_emplace(key_of(one.container_id, one.cgroup.id), run.started_ms);
    image.changed = image.changed || is_new;
    run.started_ms = known->second;
    run.name = one.container.name;
    run.workload = {.node = options_->node,
                    .pod_namespace = one.container.pod_namespace,
                    .pod = one.container.pod,
                    .container = one.container.container,
                    .labels = one.container.pod_labels};
    std::erase_if(run.workload.labels, [](const auto& label) { return is_of_one_pod(label.first); });
  }
  return profile;
}

Result<void> Node::end_runs() {
  for (auto& [cgroup, one] : recorded_) {
    if (one.ended || recorder_.alive(cgroup)) continue;
    TRY(auto run, collect(one));
    ++runs_;
    for (const Run& ended : run.runs) {
      lost_ += ended.lost;
      recovered_ += ended.recovered;
    }
    TRY_DO(ledger_->take(*ledger_->of(one.container.image), key_of(one.container_id, cgroup), std::move(run)));
    one.ended = true;
  }
  return {};
}

Result<void> Node::update(std::chrono::milliseconds timeout) {
  TRY_DO(recorder_.poll(timeout));
  TRY_DO(identify());
  const auto now = Clock::now();
  if (now - looked_ < kLookAgain) return {};
  looked_ = now;
  TRY_DO(end_runs());
  return now - searched_ < kSearchAgain ? Result<void>() : find_missed();
}

// In this order: when the ledger is on the disk, the recorder may forget. If the agent dies in between, the next one
// finds the run in both, and knows it by its key.
Result<void> Node::save() {
  const auto saved = ledger_->save();
  disk_trouble_ = saved ? "" : saved.error().what;
  for (auto one = recorded_.begin(); one != recorded_.end();) {
    ImageLedger& image = *ledger_->of(one->second.container.image);
    if (!one->second.ended || image.changed) {
      ++one;
      continue;
    }
    TRY_DO(recorder_.release(one->first));
    image.taken.erase(key_of(one->second.container_id, one->first));
    --image.recorded;
    one = recorded_.erase(one);
  }
  return {};
}

bool Node::is_running(const Digest& image) const {
  return std::ranges::any_of(recorded_,
                             [&](const auto& one) { return !one.second.ended && one.second.container.image == image; });
}

Result<AccessProfile> Node::profile_of(const Digest& image) {
  AccessProfile whole = ledger_->of(image)->ended;
  for (const auto& [cgroup, one] : recorded_) {
    if (one.ended || one.container.image != image) continue;
    TRY(auto run, collect(one));
    TRY_DO(whole.merge(std::move(run)));
  }
  return whole;
}

void Node::count(AgentState& state) const {
  const Progress progress = recorder_.progress();
  state.recorded =
      static_cast<std::uint64_t>(std::ranges::count_if(recorded_, [](const auto& one) { return !one.second.ended; }));
  state.images = ledger_->images().size();
  state.paths = progress.paths + ledger_->paths();
  state.runs = runs_;
  state.recovered = recovered_;
  state.lost = lost_;
  state.skipped = skipped_;
}

}  // namespace winnow
