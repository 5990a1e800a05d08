// SPDX-License-Identifier: Apache-2.0
// Asks libseccomp for the names.
#include "record/syscall_names.h"

#include <fmt/format.h>
#include <seccomp.h>

#include <cstdlib>
#include <memory>
#include <span>

namespace winnow::record {
namespace {

struct Architecture {
  std::uint32_t token;
  const char* name;
};
#if defined(__x86_64__)
constexpr Architecture kNative{SCMP_ARCH_X86_64, "x86_64"};
constexpr Architecture kCompat{SCMP_ARCH_X86, "x86"};
#elif defined(__aarch64__)
constexpr Architecture kNative{SCMP_ARCH_AARCH64, "aarch64"};
constexpr Architecture kCompat{SCMP_ARCH_ARM, "arm"};
#endif

struct Free {
  void operator()(char* text) const { std::free(text); }  // NOLINT(cppcoreguidelines-no-malloc): libseccomp's
};

std::set<std::string> names_of(std::span<const unsigned long long> bits, const Architecture& architecture) {
  std::set<std::string> names;
  for (int number = 0; number < WN_SYSCALLS_MAX; ++number) {
    if ((bits[static_cast<std::size_t>(number) / 64] >> (number % 64) & 1) == 0) continue;
    const std::unique_ptr<char, Free> name(::seccomp_syscall_resolve_num_arch(architecture.token, number));
    names.insert(name ? std::string(name.get()) : fmt::format("#{}", number));
  }
  return names;
}

}  // namespace

std::map<std::string, std::set<std::string>> syscall_names(const wn_account& account) {
  std::map<std::string, std::set<std::string>> all;
  if (auto names = names_of(account.syscalls, kNative); !names.empty()) all[kNative.name] = std::move(names);
  if (auto names = names_of(account.syscalls32, kCompat); !names.empty()) all[kCompat.name] = std::move(names);
  return all;
}

}  // namespace winnow::record
