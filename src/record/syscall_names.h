// SPDX-License-Identifier: Apache-2.0
// The numbers of system calls in words.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "events.h"

namespace winnow::record {

// A set of numbers as the programs note them: a bit each.
using Noted = std::span<const unsigned long long, WN_SYSCALLS_MAX / 64>;

// By the architecture's name, as libseccomp has it; an architecture without calls is left out. A number that no kernel
// had when this was written stands for itself: "#500".
std::map<std::string, std::set<std::string>> syscall_names(Noted native, Noted compat);

}  // namespace winnow::record
