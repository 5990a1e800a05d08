// SPDX-License-Identifier: Apache-2.0
// What recording costs: system calls of a target and of a bystander, against the same calls without a recorder.
// Each pair is measured back to back, so that what else the machine does falls on both sides.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <vector>

#include "support/io_ring.h"
#include "winnow/base/file.h"
#include "winnow/record/record.h"

namespace {

using namespace winnow;
using Clock = std::chrono::steady_clock;

constexpr int kPairs = 15;
constexpr int kCalls = 100'000;  // of one measurement

// Reads of an open file by io_uring, as many with one system call as a database has them.
void read_by_ring() {
  constexpr unsigned kAtOnce = 32;
  static test::Ring ring(0, kAtOnce);
  static const int file = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  static std::array<char, 64> bytes;
  static std::vector<io_uring_sqe> requests;
  io_uring_sqe& request = requests.emplace_back(test::request_of(IORING_OP_READ, bytes.data(), file));
  request.len = bytes.size();
  if (requests.size() < kAtOnce) return;
  ring.submit(requests, kAtOnce);
  ring.discard_results();
  requests.clear();
}

struct Workload {
  const char* name;
  void (*call)();
};
const Workload kWorkloads[] = {
    {"open+close", [] { ::close(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }},
    {"stat",
     [] {
       struct stat status;
       (void)::stat("/etc/passwd", &status);
     }},
    {"getppid", [] { (void)::syscall(SYS_getppid); }},
    {"io_uring read", read_by_ring},
};

double ns_per_call(const Workload& workload) {
  const auto start = Clock::now();
  for (int i = 0; i < kCalls; ++i) workload.call();
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / kCalls;
}

// Measures in a child that enters the cgroup of DIRECTORY first, when there is one.
double measure(const Workload& workload, const std::string& directory) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    if (!directory.empty()) {
      const auto procs = open_file(directory + "/cgroup.procs", O_WRONLY);
      if (!procs || ::write(procs->get(), "0", 1) != 1) ::_exit(1);
    }
    const double result = ns_per_call(workload);
    ::_exit(::write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
  }
  ::close(ends[1]);
  double result = 0;
  if (::read(ends[0], &result, sizeof(result)) != sizeof(result)) result = 0;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return result;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Medians of both sides, and of the ratio of each pair.
void report(const Workload& workload, const char* label, const std::function<double()>& with,
            const std::function<double()>& without) {
  std::vector<double> left, right, ratios;
  for (int pair = 0; pair < kPairs; ++pair) {
    const bool swapped = pair % 2 == 1;  // which side goes first takes turns
    const double first = swapped ? without() : with();
    const double second = swapped ? with() : without();
    left.push_back(swapped ? second : first);
    right.push_back(swapped ? first : second);
    ratios.push_back(left.back() / right.back());
  }
  const auto [low, high] = std::ranges::minmax(ratios);
  fmt::print("{:13} {:22} {:8.0f} ns {:8.0f} ns   x {:.2f}  ({:.2f} to {:.2f})\n", workload.name, label, median(left),
             median(right), median(ratios), low, high);
}

// An open in one of many targets against one in an only target.
void bench_many(const Hierarchy& hierarchy, const std::string& directory) {
  constexpr int kTargets = 200;
  const auto first = cgroup_at(directory, hierarchy);
  if (!first) return;
  std::vector<std::string> others;
  for (int i = 1; i < kTargets; ++i) {
    others.push_back(fmt::format("{}-{}", directory, i));
    ::mkdir(others.back().c_str(), 0755);
  }
  const auto with = [&](bool all) {
    auto recorder = Recorder::open();
    if (!recorder || !recorder->add(*first)) return 0.0;
    for (const auto& other : others)
      if (const auto cgroup = cgroup_at(other, hierarchy); all && cgroup) (void)recorder->add(*cgroup);
    return measure(kWorkloads[0], directory);
  };
  report(kWorkloads[0], "one of 200 / alone", [&] { return with(true); }, [&] { return with(false); });
  for (const auto& other : others) ::rmdir(other.c_str());
}

int bench() {
  if (const auto tried = Recorder::open(); !tried) return fmt::print("SKIP: {}\n", tried.error().what), 77;
  const auto hierarchy = default_hierarchy();
  if (!hierarchy) return fmt::print(stderr, "{}\n", hierarchy.error().what), 3;
  const std::string directory = fmt::format("{}/winnow-bench-{}", hierarchy->mount, ::getpid());
  if (::mkdir(directory.c_str(), 0755) != 0) return fmt::print(stderr, "cannot make {}\n", directory), 3;
  const auto cgroup = cgroup_at(directory, *hierarchy);
  int status = 0;
  const auto recorded = [&](const Workload& workload, const std::string& where) {
    auto opened = Recorder::open();
    if (!opened || !opened->add(*cgroup)) return status = 3, 0.0;
    return measure(workload, where);
  };
  fmt::print("{} pairs of {} calls; medians\n{:13} {:22} {:>11} {:>11}\n", kPairs, kCalls, "", "", "with", "without");
  for (const Workload& workload : kWorkloads) {
    const auto plain = [&] { return measure(workload, directory); };
    report(workload, "without / without", plain, plain);
    report(workload, "target, recorded", [&] { return recorded(workload, directory); }, plain);
    report(workload, "bystander", [&] { return recorded(workload, ""); }, plain);
  }
  bench_many(*hierarchy, directory);
  ::rmdir(directory.c_str());
  return status;
}

}  // namespace

int main() { return bench(); }
