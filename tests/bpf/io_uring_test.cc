// SPDX-License-Identifier: Apache-2.0
// Lookups that no system call makes: io_uring opens, looks and removes by itself.
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/stat.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "workload.h"

namespace winnow::test {
namespace {

using IoUring = BpfTest;

// A ring of one request at a time, by bare system calls.
class Ring {
 public:
  Ring() {
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &parameters_));
    if (fd_ < 0) ::_exit(90);
    requests_ = map(parameters_.sq_off.array + parameters_.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    completions_ = map(parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe), IORING_OFF_CQ_RING);
    entries_ = static_cast<io_uring_sqe*>(
        static_cast<void*>(map(parameters_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES)));
  }

  // Makes one request, waits for its end and gives its result. ASYNC: by a thread of io_uring's own.
  int request(std::uint8_t operation, const char* name, std::uint32_t flags, void* result, bool async) {
    io_uring_sqe& entry = entries_[0];
    std::memset(&entry, 0, sizeof(entry));
    entry.opcode = operation;
    entry.fd = AT_FDCWD;
    entry.addr = reinterpret_cast<std::uint64_t>(name);
    entry.open_flags = flags;  // a union: flags of statx and unlink too
    entry.off = reinterpret_cast<std::uint64_t>(result);
    entry.len = operation == IORING_OP_STATX ? STATX_MODE : 0;
    entry.flags = async ? IOSQE_ASYNC : 0;
    number_at(requests_, parameters_.sq_off.array) = 0;
    std::atomic_ref(number_at(requests_, parameters_.sq_off.tail)).fetch_add(1);
    if (::syscall(SYS_io_uring_enter, fd_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) != 1) ::_exit(91);
    auto head = std::atomic_ref(number_at(completions_, parameters_.cq_off.head));
    io_uring_cqe done{};
    const unsigned at = head.load() & number_at(completions_, parameters_.cq_off.ring_mask);
    std::memcpy(&done, completions_ + parameters_.cq_off.cqes + at * sizeof(done), sizeof(done));
    head.fetch_add(1);
    return done.res;
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

TEST_F(IoUring, IsSeenByTheFentryBackendAndMakesTheProfileOfTheOtherPartial) {
  for (const char* name : {"inline", "async", "seen", "gone"}) (void)tree.file(name);
  ASSERT_EQ(group->run([this] {
    Ring ring;
    struct statx status{};
    if (ring.request(IORING_OP_OPENAT, tree.at("inline").c_str(), O_RDONLY, nullptr, false) < 0) ::_exit(1);
    if (ring.request(IORING_OP_OPENAT, tree.at("async").c_str(), O_RDONLY, nullptr, true) < 0) ::_exit(2);
    if (ring.request(IORING_OP_OPENAT, tree.at("none").c_str(), O_RDONLY, nullptr, false) != -ENOENT) ::_exit(3);
    if (ring.request(IORING_OP_STATX, tree.at("seen").c_str(), 0, &status, false) != 0) ::_exit(4);
    if (ring.request(IORING_OP_UNLINKAT, tree.at("gone").c_str(), 0, nullptr, false) != 0) ::_exit(5);
  }),
            0);
  const AccessProfile seen = profile();
  if (recorder->backend() == Backend::kFentry) {
    EXPECT_EQ(lines_of(seen, tree.root()), (Lines{"dir ./gone", "miss ./none", "open ./async -> ./async",
                                                  "open ./inline -> ./inline", "stat ./seen"}));
    EXPECT_EQ(seen.partial_reasons(), Lines{});
  } else {
    EXPECT_EQ(lines_of(seen, tree.root()), Lines{});
    EXPECT_EQ(seen.runs.at(0).lost.io_uring, 6U);  // setup counts: a ring with a polling thread needs no other call
    EXPECT_FALSE(seen.partial_reasons().empty());
  }
}

}  // namespace
}  // namespace winnow::test
