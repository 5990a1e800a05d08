// SPDX-License-Identifier: Apache-2.0
// Names of system calls.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "events.h"

namespace winnow::record {

// A set of numbers of system calls, as the BPF programs note them: one bit for each.
using Noted = std::span<const unsigned long long, WN_SYSCALLS_MAX / 64>;

// Returns names by architecture (libseccomp's name for it); an architecture without calls is left out. NATIVE and
// COMPAT are calls of the 64-bit and of the 32-bit table. A number that is not known here becomes "#500".
std::map<std::string, std::set<std::string>> syscall_names(Noted native, Noted compat);

}  // namespace winnow::record
