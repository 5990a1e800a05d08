// SPDX-License-Identifier: Apache-2.0
// The door of the room: begins, resumes and ends recordings, and makes profiles of their targets.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "events.h"
#include "record/recording.h"
#include "record/ring_operations.h"
#include "record/snapshot.h"
#include "record/syscall_names.h"
#include "winnow/base/error.h"
#include "winnow/base/time.h"

namespace winnow {
namespace {

using record::Session;
using std::chrono::milliseconds;

Losses losses_in(const wn_account& account) {
  return {.buffers_full = account.lost[WN_LOST_FULL],
          .paths_full = 0,
          .targets_full = account.lost[WN_LOST_TARGETS_FULL],
          .truncated = account.lost[WN_LOST_TRUNCATED],
          .unreadable = account.lost[WN_LOST_UNREADABLE],
          .busy = account.lost[WN_LOST_BUSY],
          .io_uring = account.lost[WN_LOST_IO_URING]};
}

// Adds the calls that PROCESSES are in now: those that never return are seen nowhere else.
void add_pending(wn_account& account, const std::vector<pid_t>& processes) {
  for (const pid_t pid : processes) {
    for (const auto& [number, compat] : record::pending_calls(pid)) {
      if (number >= WN_SYSCALLS_MAX) continue;
      auto& calls = account.begun != 0 ? (compat ? account.syscalls32 : account.syscalls)
                                       : (compat ? account.runtime32 : account.runtime);
      calls[number / 64] |= 1ULL << number % 64;
    }
  }
}

}  // namespace

struct Recorder::Impl : record::Recording {
  explicit Impl(record::Recording recording) : Recording(std::move(recording)) {}

  [[nodiscard]] const record::Maps& maps() const { return programs->maps(); }
  [[nodiscard]] std::vector<pid_t> processes_of(const Cgroup& cgroup) const {
    if ((cgroup.id & WN_NAMESPACE) != 0)
      return record::processes_in_mount_namespace(static_cast<std::uint32_t>(cgroup.id));
    return record::processes_in(record::cgroups_below(hierarchy.mount + cgroup.path));
  }
  [[nodiscard]] Losses lost_of_nobody() const {
    Losses lost = losses_in(maps().account(0));
    lost.busy += programs->left_out();
    return lost;
  }
};

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;
Recorder::~Recorder() = default;

Result<Recorder> Recorder::open(const RecorderOptions& options) {
  TRY(auto made, record::Recording::make(options));
  auto impl = std::make_unique<Impl>(std::move(made));
  if (!options.session.empty()) {
    TRY(impl->session, Session::create(options.session));
  }
  auto programs = impl->session ? record::Programs::load_pinned(impl->options, impl->session->pins())
                                : record::Programs::load(impl->options);
  auto begun =
      programs ? impl->keep(Session::Kind::kController, impl->hierarchy.controller) : std::unexpected(programs.error());
  if (!begun) {
    if (impl->session) {
      impl->session.reset();
      (void)Session::remove(options.session);
    }
    return std::unexpected(begun.error().within("starting the recorder"));
  }
  impl->programs = *std::move(programs);
  return Recorder(std::move(impl));
}

Result<Recorder> Recorder::resume(const RecorderOptions& options) {
  TRY(auto made, record::Recording::make(options));
  auto impl = std::make_unique<Impl>(std::move(made));
  TRY(auto session, Session::open(options.session, [&](Session::Kind kind, std::string_view data) {
        return impl->restore(kind, data);
      }));
  auto programs = record::Programs::pinned(session.pins());
  if (!programs) {
    Error error = programs.error().within("resuming session " + options.session);
    error.advice = Advice::kSessionBroken;
    error.subject = options.session;
    return std::unexpected(error);
  }
  impl->session = std::move(session);
  impl->programs = *std::move(programs);
  impl->gap = impl->maps().unkept();
  if (impl->gap)  // what the recorder before this one did not keep is gone
    for (auto& [id, target] : impl->targets) target.lose(1);
  TRY_DO(impl->drain(milliseconds(0)));
  if (impl->gap) TRY_DO(impl->keep_all());
  return Recorder(std::move(impl));
}

Result<bool> Recorder::clean_up(const std::string& session) { return Session::remove(session); }

Result<void> Recorder::end_session() {
  if (!impl_->session) return {};
  impl_->session.reset();
  auto removed = Session::remove(impl_->options.session);
  return removed ? Result<void>{} : std::unexpected(removed.error());
}

Result<void> Recorder::annotate(const std::string& text) {
  impl_->annotation = text;
  return impl_->keep(Session::Kind::kAnnotation, text);
}

const std::string& Recorder::annotation() const { return impl_->annotation; }
Backend Recorder::backend() const { return impl_->programs->backend(); }
const std::string& Recorder::method() const { return impl_->programs->method(); }
const Hierarchy& Recorder::hierarchy() const { return impl_->hierarchy; }
const std::string& Recorder::disk_trouble() const { return impl_->disk_trouble; }
bool Recorder::resumed_with_gap() const { return impl_->gap; }

Result<void> Recorder::add(const Cgroup& cgroup) {
  TRY_DO(impl_->drain(milliseconds(0)));
  if (impl_->targets.contains(cgroup.id)) return {};  // adopted at its birth, or added before
  const std::string directory = impl_->hierarchy.mount + cgroup.path;
  std::vector<std::uint64_t> keys;
  for (const auto& below : record::cgroups_below(directory))
    if (const auto id = cgroup_at(below, impl_->hierarchy)) keys.push_back(id->id);
  return impl_->watch(cgroup, keys, [directory] { return record::processes_in(record::cgroups_below(directory)); });
}

Result<Cgroup> Recorder::add_mount_namespace(pid_t pid) {
  struct stat status{};
  if (::stat(fmt::format("/proc/{}/ns/mnt", pid).c_str(), &status) != 0)
    return std::unexpected(Error::from_errno(fmt::format("looking for the mount namespace of process {}", pid)));
  const auto inode = static_cast<std::uint32_t>(status.st_ino);
  if (inode == impl_->home.mount_namespace)
    return fail(fmt::format("process {} has neither a cgroup nor a mount namespace of its own", pid),
                "start the workload in a cgroup of its own (systemd-run --scope, or a container)");
  Cgroup target{fmt::format("mnt:[{}]", inode), WN_NAMESPACE | inode};
  TRY_DO(impl_->drain(milliseconds(0)));
  if (impl_->targets.contains(target.id)) return target;
  auto watched = impl_->watch(target, {target.id}, [inode] { return record::processes_in_mount_namespace(inode); });
  return watched ? Result<Cgroup>(target) : std::unexpected(watched.error());
}

Result<void> Recorder::adopt_new_containers(bool on) {
  impl_->programs->maps().adopt(on);
  return {};
}

std::vector<NewContainer> Recorder::take_new_containers() { return std::exchange(impl_->born, {}); }

Result<void> Recorder::release(std::uint64_t cgroup_id) {
  impl_->programs->maps().forget(cgroup_id);
  impl_->targets.erase(cgroup_id);
  return impl_->keep(Session::Kind::kRelease, {reinterpret_cast<const char*>(&cgroup_id), sizeof(cgroup_id)});
}

Result<void> Recorder::poll(milliseconds timeout) { return impl_->drain(timeout); }

Progress Recorder::progress() const {
  Progress progress;
  progress.lost = impl_->lost_of_nobody().total();
  for (const auto& [id, target] : impl_->targets) {
    progress.paths += target.paths();
    progress.lost += losses_in(impl_->maps().account(id)).total() + target.lost().total();
  }
  progress.since_new = std::chrono::duration_cast<milliseconds>(record::Recording::Clock::now() - impl_->last_new);
  return progress;
}

std::vector<Cgroup> Recorder::targets() const {
  std::vector<Cgroup> cgroups;
  for (const auto& [id, target] : impl_->targets) cgroups.push_back(target.cgroup());
  return cgroups;
}

bool Recorder::alive(std::uint64_t cgroup_id) const {
  const auto found = impl_->targets.find(cgroup_id);
  if (found == impl_->targets.end()) return false;
  const record::Target& target = found->second;
  if ((cgroup_id & WN_NAMESPACE) != 0) return !impl_->processes_of(target.cgroup()).empty();
  const std::string directory = impl_->hierarchy.mount + target.cgroup().path;
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0 || status.st_ino != cgroup_id) return false;
  return !target.populated() || !impl_->processes_of(target.cgroup()).empty();
}

Result<AccessProfile> Recorder::collect(std::uint64_t cgroup_id, const Visitors& visitors) {
  TRY_DO(impl_->drain(milliseconds(0)));
  const auto target = impl_->targets.find(cgroup_id);
  if (target == impl_->targets.end()) return fail("collecting a cgroup that is not recorded");
  const auto unknown = impl_->take_parked(cgroup_id, !alive(cgroup_id));
  wn_account account = impl_->maps().account(cgroup_id);
  if (impl_->maps().noting()) add_pending(account, impl_->processes_of(target->second.cgroup()));
  const auto mine = record::syscall_names(account.syscalls, account.syscalls32);
  const auto runtimes = record::syscall_names(account.runtime, account.runtime32);
  const bool apart = account.begun != 0 || target->second.adopted();  // else what is named like a container is none
  record::Circumstances now{.now_ns = monotonic_ns(),
                            .now_ms = unix_ms(),
                            .backend = backend(),
                            .lost = losses_in(account),
                            .recovered = account.recovered,
                            .syscalls = apart ? mine : runtimes,
                            .runtime_syscalls = apart ? runtimes : decltype(runtimes){},
                            .untold = record::operation_names(account.untold),
                            .visitors = visitors};
  if (target == impl_->targets.begin()) now.lost += impl_->lost_of_nobody();  // once, however many there are
  now.lost.io_uring += unknown.size();
  for (const unsigned operation : unknown) now.untold.insert(record::operation_name(operation));
  return target->second.profile(now);
}

}  // namespace winnow
