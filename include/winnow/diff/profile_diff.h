// SPDX-License-Identifier: Apache-2.0
// What is different between two profiles, such as what a new test touches in addition. Pure.
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
  kImage,       // on the root file system: plans are made of these paths
  kOtherMount,  // on a volume, /proc, a tmpfs
  kMiss,        // nowhere: each lookup failed
  kUnresolved,  // unknown: it is relative to a directory that the kernel could not report
};
std::string_view to_string(Place place);  // "image", "other-mount", "miss", "unresolved"

// A path as programs requested it. All accesses with this path count together, wherever each led.
struct PathChange {
  std::string path;
  Place place = Place::kImage;                               // in B, or in A if B does not have the path
  Kinds kinds_before, kinds_after;                           // empty: not touched
  std::vector<std::string> programs_before, programs_after;  // sorted
  [[nodiscard]] Change change() const;
};

// A program that touched something in only one of the profiles.
struct ProgramChange {
  std::string path;
  Change change = Change::kAdded;
  std::uint64_t paths = 0;  // how many paths it touched
};

// A summary of the runs of one profile.
struct RunsTold {
  std::uint64_t runs = 0, from_start = 0;  // all runs, and those recorded from their first instruction
  std::uint64_t duration_ms = 0;           // of all runs together
  std::vector<std::string> partial;        // why accesses may be missing, as sentences; empty: complete
};

// A is the older one.
struct ProfileDiff {
  DiffSide a, b;
  RunsTold runs_a, runs_b;
  std::vector<PathChange> paths;                         // sorted by path
  std::uint64_t added = 0, removed = 0, changed = 0;     // only those of PATHS with Place::kImage
  std::vector<ProgramChange> programs;                   // sorted by path
  std::vector<std::pair<Change, std::string>> syscalls;  // "x86_64:openat"; empty if one side has not recorded any
  std::vector<std::string> notes;                        // sentences for people
  [[nodiscard]] bool identical() const;                  // paths, programs and system calls are the same
};
ProfileDiff diff_profiles(const AccessProfile& a, const AccessProfile& b);

}  // namespace winnow
