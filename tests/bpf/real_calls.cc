// SPDX-License-Identifier: Apache-2.0
// How a row is called, and the calls whose arguments are names and numbers.
#include "real_calls.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace winnow::test {
namespace {

constexpr std::size_t kRoom = 8192;
constexpr std::size_t kMemory = 16 * kRoom;
constexpr int kBroken = 70;

#if defined(__x86_64__)
long call_32(long number, const std::array<long, 6>& words) {
  long result = number;
  register long sixth asm("r12") = words[5];
  asm volatile("sub $128, %%rsp\n push %%rbp\n mov %[sixth], %%rbp\n int $0x80\n pop %%rbp\n add $128, %%rsp"
               : "+a"(result)
               : "b"(words[0]), "c"(words[1]), "d"(words[2]), "S"(words[3]), "D"(words[4]), [sixth] "r"(sixth)
               : "r8", "r9", "r10", "r11", "memory", "cc");
  return static_cast<int>(result);
}
#else
long call_32(long, const std::array<long, 6>&) { return -ENOSYS; }
#endif

std::function<void(Place&)> steps(std::vector<std::vector<Word>> all) {
  return [all = std::move(all)](Place& place) {
    for (const auto& arguments : all) place.call(arguments);
  };
}

const Word kSpace = Word::room();
const Word kXattr = Word::text("user.winnow");

// The call of the file, and of one that is not there.
RealCall both(std::string functions, const std::vector<Word>& before, const char* entry, const std::vector<Word>& after,
              std::string seen) {
  std::vector<std::vector<Word>> all;
  for (const char* name : {entry, "none"}) {
    all.push_back(before);
    all.back().emplace_back(name);
    all.back().insert(all.back().end(), after.begin(), after.end());
  }
  Lines lines = {"miss ./none", std::move(seen)};
  std::ranges::sort(lines);
  return {std::move(functions), steps(std::move(all)), std::move(lines)};
}

RealCall stat(std::string functions, const std::vector<Word>& after) {
  return both(std::move(functions), {}, "there", after, "stat ./there");
}
RealCall lstat(std::string functions, const std::vector<Word>& after) {
  return both(std::move(functions), {}, "link", after, "lstat ./link");
}
RealCall stat_at(std::string functions, const std::vector<Word>& after) {
  return both(std::move(functions), {AT_FDCWD}, "there", after, "stat ./there");
}

std::vector<RealCall> opens_and_looks() {
  return {
      both("sys_open compat_sys_open", {}, "there", {O_RDONLY}, "open ./there -> ./there"),
      both("sys_openat compat_sys_openat", {AT_FDCWD}, "there", {O_RDONLY}, "open ./there -> ./there"),
      both("sys_openat2", {AT_FDCWD}, "there", {kSpace, 24}, "open ./there -> ./there"),
      {"sys_creat", steps({{"made", 0600}}), {"open ./made -> ./made"}},
      both("sys_name_to_handle_at", {AT_FDCWD}, "link", {kSpace, kSpace, 0}, "lstat ./link"),
      stat("sys_newstat sys_stat sys_stat64 compat_sys_newstat compat_sys_ia32_stat64", {kSpace}),
      lstat("sys_newlstat sys_lstat sys_lstat64 compat_sys_newlstat compat_sys_ia32_lstat64", {kSpace}),
      stat_at("sys_newfstatat sys_fstatat64 compat_sys_ia32_fstatat64", {kSpace, 0}),
      stat_at("sys_statx", {0, 0, kSpace}),
      stat("sys_access", {R_OK}),
      stat_at("sys_faccessat", {R_OK}),
      stat_at("sys_faccessat2", {R_OK, 0}),
      stat("sys_statfs compat_sys_statfs", {kSpace}),
      stat("compat_sys_statfs64", {84, kSpace}),
      both("sys_readlink", {}, "link", {kSpace, 64}, "readlink ./link"),
      both("sys_readlinkat", {AT_FDCWD}, "link", {kSpace, 64}, "readlink ./link"),
      stat_at("sys_open_tree", {0}),
      stat_at("sys_open_tree_attr", {0, 0, 0}),
      stat_at("sys_file_getattr sys_file_setattr", {kSpace, 24, 0}),
  };
}

std::vector<RealCall> attributes() {
  return {
      stat("sys_setxattr", {kXattr, kSpace, 1, 0}),
      lstat("sys_lsetxattr", {kXattr, kSpace, 1, 0}),
      stat_at("sys_setxattrat", {0, kXattr, kSpace, 16}),
      stat("sys_getxattr", {kXattr, kSpace, 64}),
      lstat("sys_lgetxattr", {kXattr, kSpace, 64}),
      stat_at("sys_getxattrat", {0, kXattr, kSpace, 16}),
      stat("sys_listxattr", {kSpace, 64}),
      lstat("sys_llistxattr", {kSpace, 64}),
      stat_at("sys_listxattrat", {0, kSpace, 64}),
      stat("sys_removexattr", {kXattr}),
      lstat("sys_lremovexattr", {kXattr}),
      stat_at("sys_removexattrat", {0, kXattr}),
      stat("sys_chmod", {0600}),
      stat_at("sys_fchmodat", {0600}),
      stat_at("sys_fchmodat2", {0600, 0}),
      stat("sys_chown sys_chown16", {0, 0}),
      lstat("sys_lchown sys_lchown16", {0, 0}),
      stat_at("sys_fchownat", {0, 0, 0}),
      stat("sys_utime sys_utimes sys_utime32 sys_utimes_time32", {0}),
      stat_at("sys_utimensat sys_utimensat_time32", {0, 0}),
      stat_at("sys_futimesat sys_futimesat_time32", {0}),
      stat("sys_truncate compat_sys_truncate sys_ia32_truncate64", {0, 0}),
  };
}

std::vector<RealCall> changes() {
  const Lines made = {"dir ./made", "miss ./none/x"};
  const Lines moved = {"dir ./made", "dir ./there", "miss ./none", "miss ./none2"};
  const Lines linked = {"dir ./made", "lstat ./there", "miss ./none", "miss ./none2"};
  const Word text = Word::text("anything");
  const long here = AT_FDCWD;
  return {
      {"sys_mkdir", steps({{"made", 0755}, {"none/x", 0755}}), made},
      {"sys_mkdirat", steps({{here, "made", 0755}, {here, "none/x", 0755}}), made},
      {"sys_mknod", steps({{"made", S_IFIFO | 0600, 0}, {"none/x", S_IFIFO | 0600, 0}}), made},
      {"sys_mknodat", steps({{here, "made", S_IFIFO | 0600, 0}, {here, "none/x", S_IFIFO | 0600, 0}}), made},
      {"sys_symlink", steps({{text, "made"}, {text, "none/x"}}), made},
      {"sys_symlinkat", steps({{text, here, "made"}, {text, here, "none/x"}}), made},
      both("sys_rmdir", {}, "d", {}, "dir ./d"),
      both("sys_unlink", {}, "there", {}, "dir ./there"),
      both("sys_unlinkat", {here}, "there", {0}, "dir ./there"),
      {"sys_rename", steps({{"there", "made"}, {"none", "none2"}}), moved},
      {"sys_renameat sys_renameat2", steps({{here, "there", here, "made", 0}, {here, "none", here, "none2", 0}}),
       moved},
      {"sys_link", steps({{"there", "made"}, {"none", "none2"}}), linked},
      {"sys_linkat", steps({{here, "there", here, "made", 0}, {here, "none", here, "none2", 0}}), linked},
  };
}

// What only the start and the administration of a system do. None of them succeeds.
std::vector<RealCall> refused() {
  return {
      both("sys_execve compat_sys_execve", {}, "there", {0, 0}, "stat ./there"),
      both("sys_execveat compat_sys_execveat", {AT_FDCWD}, "there", {0, 0, 0}, "stat ./there"),
      both("sys_acct", {}, "d", {}, "stat ./d"),
      both("sys_swapon sys_swapoff", {}, "d", {0}, "stat ./d"),
      {"sys_uselib", steps({{"none"}}), {"miss ./none"}},
      {"sys_pivot_root", steps({{"d", "e"}, {"none", "none"}}), {"miss ./none", "stat ./d", "stat ./e"}},
      {"sys_quotactl",
       steps({{0x80000400, "there", 0, kSpace}, {0x80000200, "other", 0, "link"}, {0x80000400, "none", 0, kSpace}}),
       {"miss ./none", "stat ./link", "stat ./other", "stat ./there"}},  // Q_GETFMT, Q_QUOTAON
      {"sys_io_uring_setup", steps({{0, 0}}), {}},                       // its lookups are no calls of their own
      {"sys_io_uring_enter", steps({{-1, 0, 0, 0, 0, 0}}), {}},
  };
}

}  // namespace

Word Word::room() {
  Word word(0);
  word.is_room = true;
  return word;
}

bool RealCall::is_of(std::string_view function) const {
  return (" " + functions + " ").contains(" " + std::string(function) + " ");
}

Place::Place(long number, bool compat, std::string directory)
    : number_(number), compat_(compat), directory_(std::move(directory)), used_(kRoom) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#if defined(__x86_64__)
  flags |= MAP_32BIT;
#endif
  void* const memory = ::mmap(nullptr, kMemory, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) ::_exit(kBroken);
  memory_ = static_cast<char*>(memory);
}

void Place::furnish(const Tree& tree, const std::string& directory) {
  for (const char* name : {"d", "e"}) (void)tree.directory(directory + "/" + name);
  for (const char* name : {"there", "other"}) (void)tree.file(directory + "/" + name);
  (void)tree.link(directory + "/link", "there");
}

char* Place::low(std::string_view bytes) {
  if (used_ + bytes.size() + 1 > kMemory) ::_exit(kBroken);
  char* const place = memory_ + used_;
  std::memcpy(place, bytes.data(), bytes.size());
  used_ += (bytes.size() + 16) & ~std::size_t{15};
  return place;
}

long Place::call(const std::vector<Word>& arguments) {
  std::array<long, 6> words{};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Word& word = arguments[i];
    words[i] = word.value;
    if (word.is_room) words[i] = reinterpret_cast<long>(memory_);
    if (word.name != nullptr) words[i] = reinterpret_cast<long>(word.is_entry ? at(word.name) : low(word.name));
  }
  long result = compat_ ? call_32(number_, words)
                        : ::syscall(number_, words[0], words[1], words[2], words[3], words[4], words[5]);
  if (!compat_ && result < 0) result = -errno;
  if (result == -ENOSYS) ::_exit(kAbsent);
  return result;
}

void Place::mount_own(const char* type) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(kBroken);
  if (::mount("none", at("d"), type, 0, nullptr) != 0) ::_exit(kBroken);
}

std::vector<RealCall> plain_calls() {
  std::vector<RealCall> all = opens_and_looks();
  for (const auto& more : {attributes(), changes(), refused()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace winnow::test
