// SPDX-License-Identifier: Apache-2.0
// The lists of keep.json that name paths. All of these throw Refused, as JsonText does.
#pragma once

#include "plan/decisions.h"
#include "winnow/base/json_text.h"
#include "winnow/plan/plan.h"
#include "winnow/plan/reason.h"

namespace winnow {

// A reason, and whether it says its own moment: if not, it is the entry's.
struct ReadReason {
  Reason reason;
  bool own_moment = false;
};

ReadReason reason_from_json(JsonText& in);

// Both take IN at the beginning of the document and read one list of it. Entries need SPEC's layers and the GROUPS, the
// reasons of groups by number; additions need SPEC's entries.
void read_entries(JsonText in, KeepSpec& spec, Reasons groups);
void read_additions(JsonText in, KeepSpec& spec);

}  // namespace winnow
