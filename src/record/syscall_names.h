// SPDX-License-Identifier: Apache-2.0
// The numbers of system calls in words.
#pragma once

#include <map>
#include <set>
#include <string>

#include "events.h"

namespace winnow::record {

// By the architecture's name, as libseccomp has it; an architecture without calls is left out. A number that
// libseccomp does not know stands for itself: "#467".
std::map<std::string, std::set<std::string>> syscall_names(const wn_account& account);

}  // namespace winnow::record
