// SPDX-License-Identifier: Apache-2.0
// What the writer and the reader of profile.json have to agree on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include "winnow/profile/profile.h"

namespace winnow {

constexpr std::string_view kSchema = "winnow.profile/1";

constexpr std::pair<std::string_view, std::uint64_t Losses::*> kLossFields[] = {
    {"buffers_full", &Losses::buffers_full}, {"paths_full", &Losses::paths_full},
    {"targets_full", &Losses::targets_full}, {"truncated", &Losses::truncated},
    {"unreadable", &Losses::unreadable},     {"busy", &Losses::busy},
    {"io_uring", &Losses::io_uring},
};
static_assert(sizeof(Losses) == std::size(kLossFields) * sizeof(std::uint64_t), "a cause is missing from the table");

// The most runs of a profile that is read, and of a union.
constexpr std::size_t kMaxRuns = std::size_t{1} << 18;

}  // namespace winnow
