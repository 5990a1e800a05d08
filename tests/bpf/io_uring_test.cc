// SPDX-License-Identifier: Apache-2.0
// Lookups that no system call makes: io_uring opens, looks and removes by itself.
#include <linux/openat2.h>
#include <linux/stat.h>
#include <poll.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "support/io_ring.h"
#include "workload.h"

namespace winnow::test {
namespace {

using testing::Values;

constexpr std::uint8_t kBind = 56;  // IORING_OP_BIND, since 6.11

// Ends the child with STATUS unless the request has this result.
void expect(int status, int result, int wanted) {
  if (result != wanted) ::_exit(status);
}

// Who works on the requests: the task that submits them, a worker of io_uring's own, or a thread that takes them from
// the ring.
enum class By { kSubmitter, kWorker, kPoller };

class IoUring : public BpfTest {
 protected:
  [[nodiscard]] std::string named(const char* name) const { return tree.at(name); }
};

class IoUringBy : public IoUring, public testing::WithParamInterface<By> {
 protected:
  static unsigned setup() { return GetParam() == By::kPoller ? IORING_SETUP_SQPOLL : 0U; }
  // The result of the request, which is worked on as the parameter says.
  static int result(Ring& ring, io_uring_sqe request) {
    if (GetParam() == By::kWorker) request.flags |= IOSQE_ASYNC;
    return ring.result_of(request);
  }
  static int result(Ring& ring, std::uint8_t operation, const std::string& name, std::uint32_t flags = 0) {
    io_uring_sqe request = request_of(operation, name.c_str());
    request.open_flags = flags;  // a union: flags of statx and unlink too
    return result(ring, request);
  }
  static int two_names(Ring& ring, std::uint8_t operation, const std::string& from, const std::string& to) {
    return result(ring, request_of_two(operation, from.c_str(), to.c_str()));
  }
  static int stat(Ring& ring, const std::string& name, std::uint32_t flags = 0) {
    struct statx status{};
    io_uring_sqe request = request_of(IORING_OP_STATX, name.c_str());
    request.len = STATX_MODE;
    request.off = reinterpret_cast<std::uint64_t>(&status);
    request.statx_flags = flags;
    return result(ring, request);
  }
  static int open_how(Ring& ring, const std::string& name, int directory, open_how how) {
    io_uring_sqe request = request_of(IORING_OP_OPENAT2, name.c_str(), directory);
    request.len = sizeof(how);
    request.off = reinterpret_cast<std::uint64_t>(&how);
    return result(ring, request);
  }
  static int attribute(Ring& ring, std::uint8_t operation, const std::string& name) {
    char value = 'x';
    io_uring_sqe request = request_of(operation, "user.winnow");
    request.off = reinterpret_cast<std::uint64_t>(&value);
    request.len = 1;
    request.addr3 = reinterpret_cast<std::uint64_t>(name.c_str());
    return result(ring, request);
  }
  // Of bind or connect.
  static int socket(Ring& ring, std::uint8_t operation, int fd, const std::string& name) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    name.copy(&address.sun_path[0], sizeof(address.sun_path) - 1);
    io_uring_sqe request{};
    request.opcode = operation;
    request.fd = fd;
    request.addr = reinterpret_cast<std::uint64_t>(&address);
    request.off = sizeof(address);
    return result(ring, request);
  }
};

TEST_P(IoUringBy, OpensAreRecordedWithWhatTheyOpened) {
  for (const char* name : {"seen", "how", "there", "target"}) (void)tree.file(name);
  (void)tree.directory("in");
  (void)tree.file("in/dir");
  (void)tree.file("in/root");
  (void)tree.file("in/cwd");
  (void)tree.link("link", "target");
  const int directory = ::open(named("in").c_str(), O_PATH | O_DIRECTORY);
  EXPECT_EQ(recorded([&, this] {
              Ring ring(setup());
              const auto opens = [&](const std::string& name, std::uint32_t flags) {
                return result(ring, IORING_OP_OPENAT, name, flags);
              };
              if (opens(named("seen"), O_RDONLY) < 0) ::_exit(1);
              expect(2, opens(named("none"), O_RDONLY), -ENOENT);
              expect(3, opens(named("seen/below"), O_RDONLY), -ENOTDIR);
              expect(4, opens(named("there"), O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
              if (opens(named("link"), O_RDONLY) < 0) ::_exit(5);
              if (opens(named("link"), O_PATH | O_NOFOLLOW) < 0) ::_exit(6);
              if (open_how(ring, named("how"), AT_FDCWD, {.flags = O_RDONLY}) < 0) ::_exit(7);
              if (open_how(ring, "dir", directory, {.flags = O_RDONLY}) < 0) ::_exit(8);
              if (open_how(ring, "/root", directory, {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT}) < 0) ::_exit(9);
              if (::chdir(named("in").c_str()) != 0 || opens("cwd", O_RDONLY) < 0) ::_exit(10);
              expect(11, opens("not", O_RDONLY), -ENOENT);
            }),
            (Lines{"dir ./in -> ./in", "lstat ./link -> ./link", "miss ./in/not", "miss ./none", "miss ./seen/below",
                   "open ./how -> ./how", "open ./in/cwd -> ./in/cwd", "open ./in/dir -> ./in/dir",
                   "open ./in/root -> ./in/root", "open ./link -> ./target", "open ./seen -> ./seen", "stat ./there"}));
  ::close(directory);
}

TEST_P(IoUringBy, LookupsAreRecordedWithTheKindsOfTheirCalls) {
  for (const char* name : {"stat", "attr", "get"}) (void)tree.file(name);
  (void)tree.link("link", "stat");
  EXPECT_EQ(recorded([this] {
              Ring ring(setup());
              expect(1, stat(ring, named("stat")), 0);
              expect(2, stat(ring, named("link"), AT_SYMLINK_NOFOLLOW), 0);
              expect(3, stat(ring, named("none")), -ENOENT);
              const int set = attribute(ring, IORING_OP_SETXATTR, named("attr"));
              if (set != 0 && set != -EOPNOTSUPP) ::_exit(4);
              const int got = attribute(ring, IORING_OP_GETXATTR, named("get"));
              if (got != -ENODATA && got != -EOPNOTSUPP) ::_exit(5);
              expect(6, attribute(ring, IORING_OP_GETXATTR, named("no-attr")), -ENOENT);
            }),
            (Lines{"lstat ./link", "miss ./no-attr", "miss ./none", "stat ./attr", "stat ./get", "stat ./stat"}));
}

TEST_P(IoUringBy, WhatChangesDirectoriesIsRecorded) {
  for (const char* name : {"gone", "old", "first"}) (void)tree.file(name);
  EXPECT_EQ(recorded([this] {
              Ring ring(setup());
              expect(1, result(ring, IORING_OP_UNLINKAT, named("gone")), 0);
              expect(2, result(ring, IORING_OP_UNLINKAT, named("no-gone")), -ENOENT);
              expect(3, result(ring, IORING_OP_MKDIRAT, named("made")), 0);
              expect(4, result(ring, IORING_OP_MKDIRAT, named("made")), -EEXIST);
              expect(5, result(ring, IORING_OP_MKDIRAT, named("no-dir/made")), -ENOENT);
              expect(6, two_names(ring, IORING_OP_RENAMEAT, named("old"), named("new")), 0);
              expect(7, two_names(ring, IORING_OP_RENAMEAT, named("no-old"), named("no-new")), -ENOENT);
              expect(8, two_names(ring, IORING_OP_SYMLINKAT, "content", named("sym")), 0);
              expect(9, two_names(ring, IORING_OP_LINKAT, named("first"), named("second")), 0);
              expect(10, two_names(ring, IORING_OP_LINKAT, named("no-first"), named("no-second")), -ENOENT);
            }),
            (Lines{"dir ./gone", "dir ./made", "dir ./new", "dir ./old", "dir ./second", "dir ./sym", "lstat ./first",
                   "miss ./no-dir/made", "miss ./no-first", "miss ./no-gone", "miss ./no-new", "miss ./no-old",
                   "miss ./no-second"}));
}

TEST_P(IoUringBy, SocketsWithNamesAreRecorded) {
  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  named("listens").copy(&address.sun_path[0], sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  constexpr int kTooOld = 77;
  const int status = group->run([this] {
    Ring ring(setup());
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0), server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    expect(1, socket(ring, IORING_OP_CONNECT, client, named("silent")), -ENOENT);
    expect(2, socket(ring, IORING_OP_CONNECT, client, named("listens")), 0);
    const int bound = socket(ring, kBind, server, named("bound"));
    if (bound == -EINVAL) ::_exit(kTooOld);
    expect(3, bound, 0);
  });
  Lines wanted = {"dir ./bound", "miss ./silent", "stat ./listens"};
  if (status == kTooOld) wanted.erase(wanted.begin());
  EXPECT_TRUE(status == 0 || status == kTooOld) << status;
  const AccessProfile seen = profile();
  EXPECT_EQ(lines_of(seen, tree.root()), wanted);
  EXPECT_EQ(seen.partial_reasons(), Lines{});
  ::close(listening);
}

std::string name_of(const testing::TestParamInfo<By>& info) {
  constexpr std::array kNames = {"Submitter", "Worker", "Poller"};
  return kNames.at(static_cast<std::size_t>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Each, IoUringBy, Values(By::kSubmitter, By::kWorker, By::kPoller), name_of);

// Requests of one chain: each runs after the one before it has succeeded.
struct Chain {
  Ring& ring;
  std::vector<io_uring_sqe> requests;

  void open(const std::string& name, unsigned flags) {
    io_uring_sqe& request = requests.emplace_back(request_of(IORING_OP_OPENAT, name.c_str()));
    request.flags = static_cast<std::uint8_t>(flags);
    request.user_data = requests.size();
  }

  void stat(const std::string& name, unsigned flags) {
    static struct statx status;
    io_uring_sqe& request = requests.emplace_back(request_of(IORING_OP_STATX, name.c_str()));
    request.len = STATX_MODE;
    request.off = reinterpret_cast<std::uint64_t>(&status);
    request.flags = static_cast<std::uint8_t>(flags);
    request.user_data = requests.size();
  }
};

TEST_F(IoUring, ASuccessThatCompletesWithoutAWordIsRecordedAndWhatWasNeverRunIsNot) {
  for (const char* name : {"first", "second", "last", "never", "also-never"}) (void)tree.file(name);
  Lines seen = recorded([this] {
    Ring ring;
    constexpr unsigned kSilentLink = IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
    const std::string first = named("first"), second = named("second"), last = named("last");
    Chain whole{ring, {}};
    whole.open(first, kSilentLink);
    whole.open(second, kSilentLink | IOSQE_ASYNC);
    whole.stat(last, 0);
    ring.submit(whole.requests, 1);
    if (ring.results() != std::map<std::uint64_t, int>{{3, 0}}) ::_exit(1);
    const std::string none = named("none"), never = named("never"), also = named("also-never");
    Chain broken{ring, {}};
    broken.open(none, kSilentLink);
    broken.open(never, kSilentLink);
    broken.open(also, 0);
    ring.submit(broken.requests, 1);
    if (ring.results() != std::map<std::uint64_t, int>{{1, -ENOENT}}) ::_exit(2);
  });
  for (std::string& line : seen) line = line.substr(0, line.find(" -> "));  // only some backends see the file itself
  EXPECT_EQ(seen, (Lines{"miss ./none", "open ./first", "open ./second", "stat ./last"}));
}

TEST_F(IoUring, AFileOfTheRingsOwnTableIsTakenForNoDescriptor) {
  for (const char* name : {"direct", "plain"}) (void)tree.file(name);
  const Lines seen = recorded([this] {
    Ring ring;
    std::array<int, 2> slots = {-1, -1};
    if (::syscall(SYS_io_uring_register, ring.fd(), IORING_REGISTER_FILES, slots.data(), slots.size()) != 0) ::_exit(1);
    const std::string name = named("direct");
    io_uring_sqe request = request_of(IORING_OP_OPENAT, name.c_str());
    request.file_index = 1;
    ::dup2(::open(named("plain").c_str(), O_RDONLY), 0);  // what descriptor 0 is
    expect(2, ring.result_of(request), 0);
  });
  const bool below = recorder->backend() == Backend::kFentry;  // which sees the file itself
  EXPECT_EQ(seen, (Lines{below ? "open ./direct -> ./direct" : "open ./direct", "open ./plain -> ./plain"}));
}

// Their completion is told without the request: it is known once the request is used again.
TEST_F(IoUring, ResultsThatFindTheRingFullAreRecordedOrCounted) {
  constexpr unsigned kNames = 12;
  Lines wanted;
  for (unsigned i = 0; i < kNames; ++i)
    wanted.push_back((i % 2 == 0 ? "stat ./f" : "miss ./f") + std::string(1, static_cast<char>('a' + i)));
  for (unsigned i = 0; i < kNames; i += 2) (void)tree.file(wanted[i].substr(7));
  std::ranges::sort(wanted);
  ASSERT_EQ(group->run([this] {
    Ring ring(0, 2);  // and so four completions
    for (unsigned i = 0; i < kNames; ++i) {
      const std::string name = named("f") + static_cast<char>('a' + i);
      Chain one{ring, {}};
      one.stat(name, 0);
      ring.submit(one.requests, 0);
    }
    for (int i = 0; i < 64; ++i) {  // the requests are used again
      (void)ring.results();
      const io_uring_sqe nothing{};
      ring.submit({&nothing, 1}, 1);
    }
  }),
            0);
  const AccessProfile seen = profile();
  const Lines lines = lines_of(seen, tree.root());
  EXPECT_TRUE(std::ranges::includes(wanted, lines)) << testing::PrintToString(lines);
  EXPECT_EQ(lines.size() + seen.runs.at(0).lost.io_uring, kNames);
}

TEST_F(IoUring, WhatNamesNothingIsNoLoss) {
  (void)tree.file("file");
  EXPECT_EQ(recorded([this] {
              io_uring_params wrong{};
              wrong.flags = ~0U;
              if (::syscall(SYS_io_uring_setup, 1, &wrong) != -1) ::_exit(1);
              const int fd = ::open(named("file").c_str(), O_RDWR);
              Ring ring;
              if (::syscall(SYS_io_uring_register, ring.fd(), IORING_REGISTER_FILES, &fd, 1) != 0) ::_exit(2);
              std::array<char, 4> bytes{};
              for (const std::uint8_t operation : {IORING_OP_WRITE, IORING_OP_READ}) {
                io_uring_sqe request = request_of(operation, bytes.data(), fd);
                request.len = bytes.size();
                expect(3, ring.result_of(request), bytes.size());
              }
              expect(4, ring.result_of(request_of(IORING_OP_FSYNC, nullptr, fd)), 0);
              io_uring_sqe wait = request_of(IORING_OP_POLL_ADD, nullptr, fd);
              wait.poll32_events = POLLIN;
              if (ring.result_of(wait) < 0) ::_exit(5);
              __kernel_timespec moment{.tv_sec = 0, .tv_nsec = 1};
              io_uring_sqe timer = request_of(IORING_OP_TIMEOUT, reinterpret_cast<const char*>(&moment));
              timer.len = 1;
              expect(6, ring.result_of(timer), -ETIME);
              expect(7, ring.result_of(request_of(IORING_OP_CLOSE, nullptr, fd)), 0);
            }),
            (Lines{"open ./file -> ./file"}));
}

TEST_F(IoUring, AnotherCgroupsRequestsAreNotTheTargets) {
  (void)tree.file("theirs");
  (void)tree.file("ours");
  const auto open = [](const std::string& name) {
    Ring ring;
    if (ring.result_of(request_of(IORING_OP_OPENAT, name.c_str())) < 0) ::_exit(1);
  };
  const TestCgroup other;
  ASSERT_EQ(other.run([&] { open(named("theirs")); }), 0);
  EXPECT_EQ(recorded([&] { open(named("ours")); }), (Lines{"open ./ours -> ./ours"}));
}

}  // namespace
}  // namespace winnow::test
