// SPDX-License-Identifier: Apache-2.0
// Notes of children: /proc/PID/stat tells a process from a later one of the same number.
#include "trial/child.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 10s;  // between SIGTERM and SIGKILL
constexpr auto kGiveUp = 15s;    // for a process that the kernel does not let go
constexpr auto kPoll = 20ms;
constexpr std::size_t kMaxStat = 4096;
constexpr int kStartTime = 22;  // its field in /proc/PID/stat (proc(5)); the name before it may hold anything

// When PID started, in ticks since boot; "" when there is no such process, or only its remains.
std::string start_of(pid_t pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid), kMaxStat);
  if (!stat) return "";
  const auto name_end = stat->rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream fields(stat->substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= kStartTime && fields >> field; ++number)
    if (number == 3 && (field == "Z" || field == "X")) return "";
  return field;
}

}  // namespace

Result<void> note_child(const std::string& file, pid_t child) {
  return write_file_atomically(file, fmt::format("{} {}\n", child, start_of(child)));
}

std::string shown_lines(const std::string& text) {
  std::string shown;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) shown += "\n  " + printable(line);
  return shown;
}

bool end_noted_child(const std::string& file) {
  std::istringstream note(read_regular_file(file, kMaxStat).value_or(""));
  (void)::unlink(file.c_str());
  pid_t pid = 0;
  std::string start;
  if (!(note >> pid >> start) || pid <= 1 || start_of(pid) != start) return false;
  const pid_t target = ::getpgid(pid) == pid ? -pid : pid;
  const auto begun = std::chrono::steady_clock::now();
  const auto waited = [&] { return std::chrono::steady_clock::now() - begun; };
  for (int signal = SIGTERM; start_of(pid) == start && waited() < kGiveUp; std::this_thread::sleep_for(kPoll)) {
    if (signal != 0) ::kill(target, signal);
    signal = waited() > kPatience ? SIGKILL : 0;
  }
  return true;
}

}  // namespace winnow
