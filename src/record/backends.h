// SPDX-License-Identifier: Apache-2.0
// The ways to record that this kernel offers, the best one first.
#pragma once

#include <string>
#include <vector>

#include "record/kernel_functions.h"
#include "winnow/record/record.h"

namespace winnow::record {

// What tells of lookups in the fentry backend: the functions below the calls, or those that serve each call, which do
// not see io_uring.
enum class Below { kTells, kSilent };

struct BackendPlan {
  Backend backend;
  Below below;
  bool rings;  // with the programs on io_uring's requests
  const char* method;
};

// ASKED may be kAuto: then the fentry backend goes first, if the kernel takes it.
std::vector<BackendPlan> plans_for(Backend asked, const Functions& functions);

// Why this kernel does not take fentry programs; empty when it does. Tried, not guessed.
std::string fentry_refusal();
bool kernel_has_btf();

}  // namespace winnow::record
