// SPDX-License-Identifier: Apache-2.0
// Over clock_gettime(2), strftime(3) and strptime(3).
#include "winnow/base/time.h"

#include <time.h>

#include <ctime>

namespace winnow {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

std::uint64_t ns_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::uint64_t unix_ms() { return ns_of(CLOCK_REALTIME) / 1'000'000; }
std::uint64_t monotonic_ns() { return ns_of(CLOCK_MONOTONIC); }

std::string utc_text(std::uint64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::uint64_t utc_ms(const std::string& text) {
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::time_t seconds = end == nullptr ? -1 : ::timegm(&parts);
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds) * 1000;
}

}  // namespace winnow
