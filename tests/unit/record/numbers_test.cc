// SPDX-License-Identifier: Apache-2.0
// Numbers of system calls and of io_uring's operations in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>

#include <array>
#include <limits>

#include "record/ring_operations.h"
#include "record/syscall_names.h"

namespace winnow::record {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

#if defined(__x86_64__)
constexpr auto kNative = "x86_64", kCompat = "x86";
constexpr std::size_t kCompatOpenat = 295;
#else
constexpr auto kNative = "aarch64", kCompat = "arm";
constexpr std::size_t kCompatOpenat = 322;
#endif

using Bits = std::array<unsigned long long, WN_SYSCALLS_MAX / 64>;

Bits bits_of(std::initializer_list<std::size_t> numbers) {
  Bits bits{};
  for (const std::size_t number : numbers) bits[number / 64] |= 1ULL << (number % 64);
  return bits;
}

TEST(RingOperations, HaveTheNamesOfTheCallsThatTheyStandFor) {
  const std::pair<unsigned, const char*> kKnown[] = {
      {IORING_OP_CONNECT, "connect"},   {IORING_OP_OPENAT, "openat"},       {IORING_OP_STATX, "statx"},
      {IORING_OP_OPENAT2, "openat2"},   {IORING_OP_RENAMEAT, "renameat"},   {IORING_OP_UNLINKAT, "unlinkat"},
      {IORING_OP_MKDIRAT, "mkdirat"},   {IORING_OP_SYMLINKAT, "symlinkat"}, {IORING_OP_LINKAT, "linkat"},
      {IORING_OP_SETXATTR, "setxattr"}, {IORING_OP_GETXATTR, "getxattr"}};
  for (const auto& [number, name] : kKnown) {
    EXPECT_EQ(operation_name(number), name);
  }
}

TEST(RingOperations, ThatAreNotKnownStandForThemselves) {
  EXPECT_EQ(operation_name(0), "#0");
  EXPECT_EQ(operation_name(63), "#63");
  EXPECT_EQ(operation_name(std::numeric_limits<unsigned>::max()), "#4294967295");
}

TEST(RingOperations, AreThoseWhoseBitIsSet) {
  EXPECT_THAT(operation_names(0), IsEmpty());
  EXPECT_THAT(operation_names(1ULL << IORING_OP_OPENAT | 1ULL << IORING_OP_STATX | 1 | 1ULL << 63),
              ElementsAre("#0", "#63", "openat", "statx"));
  EXPECT_THAT(operation_names(~0ULL), SizeIs(64)) << "each has a name of its own";
}

TEST(SyscallNames, AreThoseOfTheArchitectureThatTheCallsAreOf) {
  const auto names = syscall_names(bits_of({SYS_openat, SYS_read, SYS_execve, SYS_clone3}), bits_of({kCompatOpenat}));
  EXPECT_THAT(names, ElementsAre(Pair(kCompat, ElementsAre("openat")),
                                 Pair(kNative, ElementsAre("clone3", "execve", "openat", "read"))));
}

TEST(SyscallNames, LeaveAnArchitectureWithoutCallsOut) {
  EXPECT_THAT(syscall_names(Bits{}, Bits{}), IsEmpty());
  EXPECT_THAT(syscall_names(bits_of({SYS_read}), Bits{}), ElementsAre(Pair(kNative, ElementsAre("read"))));
  EXPECT_THAT(syscall_names(Bits{}, bits_of({kCompatOpenat})), ElementsAre(Pair(kCompat, ElementsAre("openat"))));
}

TEST(SyscallNames, OfNumbersThatNoKernelHasAreTheNumbers) {
  EXPECT_THAT(syscall_names(bits_of({WN_SYSCALLS_MAX - 1, 500}), Bits{}),
              ElementsAre(Pair(kNative, ElementsAre("#500", "#511"))));
}

TEST(SyscallNames, AreAllDifferent) {
  Bits all;
  all.fill(~0ULL);
  const auto names = syscall_names(all, all);
  EXPECT_THAT(names, Contains(Pair(kNative, SizeIs(WN_SYSCALLS_MAX))));
  EXPECT_THAT(names, Contains(Pair(kCompat, SizeIs(WN_SYSCALLS_MAX))));
}

}  // namespace
}  // namespace winnow::record
