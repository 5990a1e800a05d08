// SPDX-License-Identifier: Apache-2.0
// Forks runc. Between fork and exec only system calls are made: the program has other threads.
#include "container/runtime.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <semaphore>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow::container {
namespace {

// What the child tells on its way to the program.
enum class Step : int { kNamespace, kEnter, kRoot, kStreams, kExec, kNoOverlay };
struct Report {
  Step step;
  int error;
};

Error error_of(const Report& report, const Launch& launch) {
  switch (report.step) {
    case Step::kNamespace: {
      Error error = Error::from_errno("making a mount namespace", report.error);
      error.hint = "this takes CAP_SYS_ADMIN: run as root, in a container with --privileged or --cap-add SYS_ADMIN";
      return error;
    }
    case Step::kRoot: {
      Error error = Error::from_errno("mounting the container's root", report.error);
      error.hint = "mounts must be allowed: in a container, --privileged, or without its AppArmor and seccomp profiles";
      return error;
    }
    case Step::kEnter:
      return Error::from_errno("entering " + printable(launch.directory), report.error);
    case Step::kStreams:
      return Error::from_errno("handing over the standard streams", report.error);
    case Step::kExec:
      return Error::from_errno("executing " + printable(launch.program), report.error);
    case Step::kNoOverlay:
      return Error::from_errno("mounting an overlay", report.error);
  }
  return Error{"an unknown step"};
}

// The child. No memory is taken here, and nothing of the C++ library called.
class Child {
 public:
  Child(const Launch& launch, char* const* command, char* const* environment, int pipe, pid_t parent)
      : launch_(launch), command_(command), environment_(environment), pipe_(pipe), parent_(parent) {}

  [[noreturn]] void run() const {
    sigset_t none;
    ::sigemptyset(&none);
    // A group of its own: Ctrl-C is for winnow, which ends the container and saves.
    ::setpgid(0, 0);
    if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != parent_) ::_exit(1);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    // Ours are seen, and what is unmounted outside is unmounted here; nothing made here is seen outside.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
      give_up(Step::kNamespace);
    if (::chdir(launch_.directory.c_str()) != 0) give_up(Step::kEnter);
    mount_root();
    take_streams();
    ::execve(launch_.program.c_str(), command_, environment_);
    give_up(Step::kExec);
  }

 private:
  void tell(Step step) const {
    const Report report{step, errno};
    [[maybe_unused]] const auto written = ::write(pipe_, &report, sizeof report);
  }
  [[noreturn]] void give_up(Step step) const {
    tell(step);
    ::_exit(1);
  }
  void mount_root() const {
    if (::mount("overlay", kRootMount, "overlay", 0, kOverlayOptions) == 0) return;
    tell(Step::kNoOverlay);
    if (::mount(kTree, kRootMount, nullptr, MS_BIND, nullptr) != 0) give_up(Step::kRoot);
  }
  // Through copies above the three: one may stand where another has to go.
  void take_streams() const {
    int copies[] = {launch_.streams.in, launch_.streams.out, launch_.streams.error};
    for (int& copy : copies) copy = ::fcntl(copy, F_DUPFD_CLOEXEC, 3);
    for (int to = 0; to < 3; ++to)
      if (copies[to] < 0 || ::dup2(copies[to], to) < 0) give_up(Step::kStreams);
  }

  const Launch& launch_;
  char* const* command_;
  char* const* environment_;
  int pipe_;
  pid_t parent_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::string search_path() {
  const char* const own = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  return fmt::format("{}:{}", own == nullptr ? "" : own, kDefaultPath);
}

// What the child told until it executed the program or ended: its failure, or why there is no overlay.
Result<std::optional<Error>> hear(int pipe, const Launch& launch) {
  std::optional<Error> no_overlay;
  Report report{};
  for (;;) {
    const ssize_t got = ::read(pipe, &report, sizeof report);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof report) return no_overlay;
    if (report.step != Step::kNoOverlay) return std::unexpected(error_of(report, launch));
    no_overlay = error_of(report, launch);
  }
}

}  // namespace

Result<std::string> find_runc() {
  const std::string path = search_path();
  for (const std::string_view directory : split(path, ':')) {
    std::string program = fmt::format("{}/runc", directory);
    if (program.starts_with('/') && ::access(program.c_str(), X_OK) == 0) return program;
  }
  return fail("there is no runc in $PATH, which is to run the container", "install it: apt install runc");
}

Runtime::~Runtime() {
  if (thread_.joinable()) thread_.join();
}

Result<std::optional<Error>> Runtime::start(const Launch& launch) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(Error::from_errno("making a pipe"));
  const Fd in(ends[0]);
  Fd out(ends[1]);
  const std::vector<std::string> environment = {"PATH=" + search_path()};
  std::binary_semaphore forked(0);
  int failed = 0;
  thread_ = std::thread([&, this] {
    const auto command = pointers_to(launch.command);
    const auto variables = pointers_to(environment);
    const Child child(launch, command.data(), variables.data(), out.get(), ::getpid());
    const pid_t pid = ::fork();
    if (pid == 0) child.run();
    failed = pid < 0 ? errno : 0;
    {
      const std::lock_guard lock(mutex_);
      pid_ = std::max(pid, 0);
    }
    forked.release();  // from here on nothing of start() is looked at
    int status = 0;
    if (pid < 0) return;
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    const std::lock_guard lock(mutex_);  // the number is ours until it was waited for: signal() must not come later
    ::waitpid(pid, &status, 0);
    pid_ = 0;
    status_ = status;
    changed_.notify_all();
  });
  forked.acquire();
  out = Fd();
  if (failed != 0) return std::unexpected(Error::from_errno("making a process", failed));
  return hear(in.get(), launch);
}

std::optional<int> Runtime::ended() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::optional<int> Runtime::wait_for(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return status_.has_value(); });
  return status_;
}

void Runtime::signal(int number) {
  const std::lock_guard lock(mutex_);
  if (pid_ > 0) ::kill(pid_, number);
}

}  // namespace winnow::container
