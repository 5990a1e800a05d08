// SPDX-License-Identifier: Apache-2.0
// Reads the lists of keep.json that name paths. All functions throw Refused, as JsonText does.
#pragma once

#include "plan/decisions.h"
#include "winnow/base/json_text.h"
#include "winnow/plan/plan.h"
#include "winnow/plan/reason.h"

namespace winnow {

// A reason, and whether its first_ms is in the text (or means nothing). If not, it is that of the entry.
struct ReadReason {
  Reason reason;
  bool own_moment = false;
};

ReadReason reason_from_json(JsonText& in);

// Both functions take IN at the beginning of the document, and read one list of it into SPEC. For entries, SPEC's
// layers and summary must be read already; GROUPS holds the reasons of groups, by number. For additions, SPEC's entries
// must be read already.
void read_entries(JsonText in, KeepSpec& spec, Reasons groups);
void read_additions(JsonText in, KeepSpec& spec);

}  // namespace winnow
