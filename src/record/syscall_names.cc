// SPDX-License-Identifier: Apache-2.0
// Looks the names up in the list of all system calls.
#include "record/syscall_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace winnow::record {
namespace {

struct Call {
  const char* name;
  int x86_64, i386, arm64, arm;  // -1: there is none
};
#define SYSCALL(name, x86_64, i386, arm64, arm, why) {#name, x86_64, i386, arm64, arm},
constexpr Call kCalls[] = {
#include "record/syscalls.inc"
};
#undef SYSCALL

struct Architecture {
  const char* name;
  int Call::* number;
};
#if defined(__x86_64__)
constexpr Architecture kNative{"x86_64", &Call::x86_64};
constexpr Architecture kCompat{"x86", &Call::i386};
#elif defined(__aarch64__)
constexpr Architecture kNative{"aarch64", &Call::arm64};
constexpr Architecture kCompat{"arm", &Call::arm};
#endif

std::set<std::string> names_of(Noted bits, const Architecture& architecture) {
  std::set<std::string> names;
  for (int number = 0; number < WN_SYSCALLS_MAX; ++number) {
    if ((bits[static_cast<std::size_t>(number) / 64] >> (number % 64) & 1) == 0) continue;
    const auto* const known = std::ranges::find(kCalls, number, architecture.number);
    names.insert(known != std::end(kCalls) ? known->name : fmt::format("#{}", number));
  }
  return names;
}

}  // namespace

std::map<std::string, std::set<std::string>> syscall_names(Noted native, Noted compat) {
  std::map<std::string, std::set<std::string>> all;
  if (auto names = names_of(native, kNative); !names.empty()) all[kNative.name] = std::move(names);
  if (auto names = names_of(compat, kCompat); !names.empty()) all[kCompat.name] = std::move(names);
  return all;
}

}  // namespace winnow::record
