// SPDX-License-Identifier: Apache-2.0
// What this kernel allows, found by trying it.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "record/backends.h"
#include "record/programs.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

// linux/capability.h; the numbers are the bits of CapEff in /proc/self/status.
constexpr unsigned kSysPtrace = 19;
constexpr unsigned kSysAdmin = 21;
constexpr unsigned kPerfmon = 38;
constexpr unsigned kBpf = 39;

Check check_release() {
  utsname names{};
  ::uname(&names);
  return {"kernel", true, fmt::format("Linux {} on {}", names.release, names.machine), ""};
}

Check check_btf() {
  if (record::kernel_has_btf()) return {"type information (BTF)", true, "/sys/kernel/btf/vmlinux", ""};
  return {"type information (BTF)", false, "/sys/kernel/btf/vmlinux is missing",
          "use a kernel built with CONFIG_DEBUG_INFO_BTF=y; in a container, /sys must be the host's"};
}

Check check_privileges() {
  constexpr std::string_view kField = "CapEff:\t";
  const auto status = read_file("/proc/self/status");
  std::uint64_t held = 0;
  if (status)
    if (const std::size_t at = status->find(kField); at != std::string::npos)
      std::from_chars(status->data() + at + kField.size(), status->data() + status->size(), held, 16);
  const auto has = [held](unsigned capability) { return (held >> capability & 1) != 0; };
  std::string missing;
  const auto need = [&](unsigned capability, std::string_view name) {
    if (!has(capability)) missing.append(missing.empty() ? "" : ", ").append(name);
  };
  if (!has(kSysAdmin)) {
    need(kBpf, "CAP_BPF");
    need(kPerfmon, "CAP_PERFMON");
  }
  need(kSysPtrace, "CAP_SYS_PTRACE");
  if (missing.empty()) return {"privileges", true, "BPF, PERFMON and SYS_PTRACE or more", ""};
  return {"privileges", false, "missing: " + missing, "run as root, or grant " + missing};
}

Check check_cgroup() {
  const auto hierarchy = default_hierarchy();
  if (!hierarchy) return {"cgroups", false, hierarchy.error().what, hierarchy.error().hint};
  if (hierarchy->controller.empty()) return {"cgroups", true, "version 2, mounted at " + hierarchy->mount, ""};
  return {"cgroups", true, fmt::format("version 1, controller {} at {}", hierarchy->controller, hierarchy->mount), ""};
}

Check check_ring_buffer() {
  constexpr std::uint32_t kBytes = 1u << 16;  // a multiple of any page size
  const Fd ring(::bpf_map_create(BPF_MAP_TYPE_RINGBUF, "winnow_trial", 0, 0, kBytes, nullptr));
  if (ring.valid()) return {"BPF ring buffer", true, "can be made", ""};
  if (errno == EPERM) return {"BPF ring buffer", false, "may not be tried", "run as root, or grant CAP_BPF"};
  return {"BPF ring buffer", false, std::strerror(errno), "use Linux 5.13 or later"};
}

// A cgroup of our own for the trial; removed with its object.
class TrialCgroup {
 public:
  explicit TrialCgroup(const std::string& mount) : path_(fmt::format("{}/winnow-doctor-{}", mount, ::getpid())) {
    made_ = ::mkdir(path_.c_str(), 0755) == 0;
  }
  TrialCgroup(const TrialCgroup&) = delete;
  TrialCgroup& operator=(const TrialCgroup&) = delete;
  ~TrialCgroup() {
    if (made_) ::rmdir(path_.c_str());
  }
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // A child enters the cgroup and looks for PATH. Only async-signal-safe calls: the caller may have threads.
  [[nodiscard]] bool look_up(const char* path) const {
    const auto procs = open_file(path_ + "/cgroup.procs", O_WRONLY);
    if (!procs) return false;
    const pid_t child = ::fork();
    if (child == 0) {
      const bool entered = ::write(procs->get(), "0", 1) == 1;
      ::_exit(entered && ::access(path, F_OK) == 0 ? 0 : 1);
    }
    int status = -1;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
  }

 private:
  std::string path_;
  bool made_ = false;
};

// Attached is not yet seeing: the programs have to tell of a lookup in a cgroup of the trial's own.
Check check_backend(Backend backend) {
  Check check{fmt::format("backend {}", to_string(backend)), false, "", ""};
  const auto failed = [&](const Error& error) {
    check.detail = error.what;
    check.advice = error.hint;
    return check;
  };
  auto recorder = Recorder::open({.backend = backend, .ring_bytes = std::size_t{1} << 16, .seen_keys = 1024});
  if (!recorder) return failed(recorder.error());
  const Hierarchy& hierarchy = recorder->hierarchy();
  const TrialCgroup trial(hierarchy.mount);
  if (!trial.made()) {
    check.ok = true;
    check.detail = "loads and attaches; not tried further, since no cgroup can be made here";
    return check;
  }
  const auto cgroup = cgroup_at(trial.path(), hierarchy);
  if (!cgroup) return failed(cgroup.error());
  if (const auto added = recorder->add(*cgroup); !added) return failed(added.error());
  const bool looked = trial.look_up("/proc/self");
  const auto profile = recorder->collect(cgroup->id);
  check.ok = looked && profile && profile->accesses.contains({"/proc/self", ""});
  if (!check.ok)
    return failed({"loads and attaches, but saw nothing of a lookup made for the trial",
                   "check that /sys/fs/cgroup is the host's, not a namespace's own"});
  check.detail = "loads, attaches and sees file accesses " + recorder->method();
  return check;
}

// One that works is enough.
std::vector<Check> check_backends() {
  Check fentry{"backend fentry", false, record::fentry_refusal(), ""};
  if (fentry.detail.empty()) fentry = check_backend(Backend::kFentry);
  Check syscall = check_backend(Backend::kSyscall);
  const std::string used = "; used for recording";
  if (fentry.ok) {
    fentry.detail += used;
    syscall.needed = false;
  } else {
    fentry.needed = !syscall.ok;
    if (syscall.ok) {
      fentry.advice = "nothing to do: winnow records with the syscall backend";
      syscall.detail += used;
    }
  }
  return {fentry, syscall};
}

}  // namespace

std::vector<Check> check_kernel() {
  std::vector<Check> checks = {check_release(), check_btf(), check_privileges(), check_cgroup(), check_ring_buffer()};
  for (Check& check : check_backends()) checks.push_back(std::move(check));
  return checks;
}

}  // namespace winnow
