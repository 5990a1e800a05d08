// SPDX-License-Identifier: Apache-2.0
// The clocks, and moments as text.
#pragma once

#include <cstdint>
#include <string>

namespace winnow {

std::uint64_t unix_ms();       // Unix time now, in milliseconds
std::uint64_t monotonic_ns();  // CLOCK_MONOTONIC now, in nanoseconds: what BPF programs stamp events with

// Returns a Unix time in milliseconds as text, "2026-01-02T03:04:05Z" (RFC 3339); its milliseconds are left out.
std::string utc_text(std::uint64_t ms);
// The opposite; 0: TEXT does not begin so.
std::uint64_t utc_ms(const std::string& text);

}  // namespace winnow
