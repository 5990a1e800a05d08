// SPDX-License-Identifier: Apache-2.0
// Lists the ways to record that this kernel offers, the best one first.
#pragma once

#include <string>
#include <vector>

#include "record/kernel_functions.h"
#include "winnow/record/record.h"

namespace winnow::record {

// Which functions report lookups in the fentry backend: those below the calls (kTells), which io_uring uses, too, or
// those that serve each call (kSilent), which do not see io_uring.
enum class Below { kTells, kSilent };

struct BackendPlan {
  Backend backend;
  Below below;
  bool rings;          // load the programs on io_uring's requests, too
  const char* method;  // in words, for Recorder::method()
};

// Returns the plans for ASKED; for kAuto those of the fentry backend first, if the kernel takes it.
std::vector<BackendPlan> plans_for(Backend asked, const Functions& functions);

// Returns why this kernel does not take fentry programs, after trying one; "" if it takes them.
std::string fentry_refusal();
bool kernel_has_btf();

}  // namespace winnow::record
