// SPDX-License-Identifier: Apache-2.0
// The work that compare.py measures, timed from inside so that the start of a tracer does not count; and the plainest
// of its rivals, a fanotify mark.
//   bench_work open|stat|getppid COUNT    calls; prints the time of one in ns
//   bench_work run COUNT COMMAND...       programs, one after the other; prints the time of one in ns
//   bench_work fanotify PATH              reads the opens on the mount of PATH until SIGTERM
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

void open_one() { ::close(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }
void stat_one() {
  struct stat status;
  (void)::stat("/etc/passwd", &status);
}
void getppid_one() { (void)::syscall(SYS_getppid); }

bool run_one(char** command) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execvp(command[0], command);
    ::_exit(127);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

template <typename Work>
void report(int count, Work work) {
  for (int i = 0; i < count / 10 + 1; ++i) work();  // what is new is seen here
  const auto start = Clock::now();
  for (int i = 0; i < count; ++i) work();
  fmt::print("{:.1f}\n", std::chrono::duration<double, std::nano>(Clock::now() - start).count() / count);
}

int watch_mount(const char* path) {
  const int group = ::fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC | O_LARGEFILE);
  if (group < 0 || ::fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN | FAN_OPEN_EXEC, AT_FDCWD, path) != 0)
    return fmt::print(stderr, "no fanotify mark on {}\n", path), 1;
  fmt::print("ready\n");
  (void)::fflush(stdout);
  alignas(fanotify_event_metadata) char events[16384];
  for (;;) {
    long size = ::read(group, events, sizeof(events));
    if (size <= 0) return 1;
    for (const auto* event = reinterpret_cast<fanotify_event_metadata*>(events); FAN_EVENT_OK(event, size);
         event = FAN_EVENT_NEXT(event, size)) {
      char name[PATH_MAX];
      (void)!::readlink(fmt::format("/proc/self/fd/{}", event->fd).c_str(), name, sizeof(name));
      ::close(event->fd);
    }
  }
}

}  // namespace

int main(int count, char** words) {
  const std::string_view what = count > 2 ? words[1] : "";
  const int times = count > 2 ? std::atoi(words[2]) : 0;
  if (what == "fanotify") return watch_mount(words[2]);
  if (what == "open" && times > 0) return report(times, open_one), 0;
  if (what == "stat" && times > 0) return report(times, stat_one), 0;
  if (what == "getppid" && times > 0) return report(times, getppid_one), 0;
  if (what == "run" && times > 0 && count > 3) {
    bool ok = true;
    report(times, [&] { ok = run_one(words + 3) && ok; });
    return ok ? 0 : 1;
  }
  fmt::print(stderr, "usage: bench_work open|stat|getppid COUNT | run COUNT COMMAND... | fanotify PATH\n");
  return 2;
}
