// SPDX-License-Identifier: Apache-2.0
// An io_uring by bare system calls, and requests that name files.
#pragma once

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>

namespace winnow::test {

// Where the kernel refuses what a ring needs, the process ends with a status from 90 on: it is the child of a test.
class Ring {
 public:
  // FLAGS: IORING_SETUP_*. ENTRIES: requests at once; twice as many completions are held.
  explicit Ring(unsigned flags = 0, unsigned entries = 8) {
    parameters_.flags = flags;
    parameters_.sq_thread_idle = 1000;  // ms
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, entries, &parameters_));
    if (fd_ < 0) ::_exit(90);
    requests_ = map(parameters_.sq_off.array + parameters_.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    completions_ = map(parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe), IORING_OFF_CQ_RING);
    entries_ = static_cast<io_uring_sqe*>(
        static_cast<void*>(map(parameters_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES)));
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() { ::close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }

  // Hands the requests over, and waits until COMPLETIONS are there.
  void submit(std::span<const io_uring_sqe> requests, unsigned completions) {
    auto tail = std::atomic_ref(number_at(requests_, parameters_.sq_off.tail));
    const unsigned mask = parameters_.sq_entries - 1, first = tail.load();
    for (unsigned i = 0; i < requests.size(); ++i) {
      const unsigned at = (first + i) & mask;
      entries_[at] = requests[i];
      number_at(requests_, parameters_.sq_off.array + at * sizeof(unsigned)) = at;
    }
    const auto count = static_cast<unsigned>(requests.size());
    tail.fetch_add(count);
    const unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP;
    if (::syscall(SYS_io_uring_enter, fd_, count, completions, flags, nullptr, 0) != static_cast<long>(count))
      ::_exit(91);
  }
  // The results that are there, by user_data; each is given once.
  std::map<std::uint64_t, int> results() {
    std::map<std::uint64_t, int> results;
    auto head = std::atomic_ref(number_at(completions_, parameters_.cq_off.head));
    auto tail = std::atomic_ref(number_at(completions_, parameters_.cq_off.tail));
    while (head.load() != tail.load()) {
      io_uring_cqe done{};
      const unsigned at = head.load() & number_at(completions_, parameters_.cq_off.ring_mask);
      std::memcpy(&done, completions_ + parameters_.cq_off.cqes + at * sizeof(done), sizeof(done));
      results[done.user_data] = done.res;
      head.fetch_add(1);
    }
    return results;
  }
  // Forgets the results that are there.
  void discard_results() {
    std::atomic_ref(number_at(completions_, parameters_.cq_off.head))
        .store(std::atomic_ref(number_at(completions_, parameters_.cq_off.tail)).load());
  }
  // One request and its result.
  int result_of(const io_uring_sqe& request) {
    submit({&request, 1}, 1);
    const auto all = results();
    if (all.size() != 1) ::_exit(93);
    return all.begin()->second;
  }

 private:
  [[nodiscard]] char* map(std::size_t size, long long offset) const {
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, offset);
    if (at == MAP_FAILED) ::_exit(92);
    return static_cast<char*>(at);
  }
  static unsigned& number_at(char* ring, std::size_t offset) { return *reinterpret_cast<unsigned*>(ring + offset); }

  io_uring_params parameters_{};
  int fd_ = -1;
  char* requests_ = nullptr;
  char* completions_ = nullptr;
  io_uring_sqe* entries_ = nullptr;
};

// A request about NAME, which is to live as long as the request. What else it needs is set by the caller.
inline io_uring_sqe request_of(std::uint8_t operation, const char* name, int directory = AT_FDCWD) {
  io_uring_sqe request{};
  request.opcode = operation;
  request.fd = directory;
  request.addr = reinterpret_cast<std::uint64_t>(name);
  return request;
}

// The same with a second name, in the current directory too: rename, link, symlink.
inline io_uring_sqe request_of_two(std::uint8_t operation, const char* from, const char* to) {
  io_uring_sqe request = request_of(operation, from);
  request.off = reinterpret_cast<std::uint64_t>(to);
  if (operation != IORING_OP_SYMLINKAT) request.len = static_cast<std::uint32_t>(AT_FDCWD);
  return request;
}

}  // namespace winnow::test
