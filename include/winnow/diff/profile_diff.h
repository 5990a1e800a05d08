// SPDX-License-Identifier: Apache-2.0
// What one profile tells that another does not: what a new test run added. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/diff/diff.h"
#include "winnow/profile/profile.h"

namespace winnow {

// Where a path that was touched lies.
enum class Place : std::uint8_t {
  kImage,       // on the root file system: what a plan is made of
  kOtherMount,  // on a volume, /proc, a tmpfs
  kMiss,        // it was looked up and not there
  kUnresolved,  // relative to a directory that the kernel could not tell
};
std::string_view to_string(Place place);  // "image", "other-mount", "miss", "unresolved"

// One path as requested, whatever it led to.
struct PathChange {
  std::string path;
  Place place = Place::kImage;                               // on the later side that has it
  Kinds kinds_before, kinds_after;                           // empty: not touched
  std::vector<std::string> programs_before, programs_after;  // sorted
  [[nodiscard]] Change change() const;
};

// A program that touched something in one of the two only.
struct ProgramChange {
  std::string path;
  Change change = Change::kAdded;
  std::uint64_t paths = 0;  // that it touched
};

struct RunsTold {
  std::uint64_t runs = 0, from_start = 0;
  std::uint64_t duration_ms = 0;     // of all together
  std::vector<std::string> partial;  // why it may lack something; empty: complete
};

// A is the older one.
struct ProfileDiff {
  DiffSide a, b;
  RunsTold runs_a, runs_b;
  std::vector<PathChange> paths;                         // sorted by path
  std::uint64_t added = 0, removed = 0, changed = 0;     // of the image's paths alone
  std::vector<ProgramChange> programs;                   // sorted by path
  std::vector<std::pair<Change, std::string>> syscalls;  // "x86_64:openat"; empty when one side has not recorded any
  std::vector<std::string> notes;
  [[nodiscard]] bool identical() const;
};
ProfileDiff diff_profiles(const AccessProfile& a, const AccessProfile& b);

}  // namespace winnow
