// SPDX-License-Identifier: Apache-2.0
// What to keep of an image and why: keep rules run to a fixed point, and the keep spec "winnow.keep/1".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/attribute/attribute.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/index/index.h"
#include "winnow/plan/plan_options.h"
#include "winnow/plan/reason.h"
#include "winnow/profile/profile.h"

namespace winnow {

struct KeptEntry {
  Entry entry;
  std::shared_ptr<const std::vector<Reason>> reasons;  // never null nor empty; entries with the same ones share them
  std::string package = {};                            // its owner, "deb:libc6@2.36-9"; empty: unowned
  std::optional<std::uint64_t> first_ms = {};          // when the workload first touched it, since its run began
};
inline constexpr std::size_t kMaxReasons = 8;

// Bytes are content of files of the merged tree, each hard-link group once. kept + dropped == image, always.
struct Summary {
  std::uint64_t kept_entries = 0, dropped_entries = 0, image_entries = 0;
  std::uint64_t kept_bytes = 0, dropped_bytes = 0, image_bytes = 0;
};

// Dropped entries that the workload may need, though no recorded run needed them, and how to keep them.
struct Risk {
  std::string family;   // "time-zones", "plugins", "siblings", "listing", "dlopen", ...
  std::string glob;     // what --keep takes
  std::string because;  // the kept entry that speaks for it
  std::uint64_t entries = 0, bytes = 0;
};

// What the recorded workload touched and a --drop took.
struct DroppedAccess {
  std::string path, by;  // the entry, and the first program that touched it
};
inline constexpr std::size_t kMaxDroppedAccesses = 10'000;  // of one spec

// How another build of the recorded image compares with it, in what was recorded.
struct Rebuilt {
  Digest recorded;                         // the image that the profile was recorded from
  std::uint64_t paths = 0;                 // that led to an entry of it
  std::uint64_t missing = 0, changed = 0;  // of these: lead to nothing here; to another type, content or target
  std::vector<std::string> missing_paths = {}, changed_paths = {};  // the first of them, at most kMaxRebuiltTold
};
inline constexpr std::size_t kMaxRebuiltTold = 100;

// The keep spec, which `winnow emit` builds from.
struct KeepSpec {
  std::string reference;      // of the source image, with its transport
  Digest id;                  // its config digest
  std::string config_json;    // its config as stored, to be carried over
  std::vector<Layer> layers;  // its layers; KeptEntry::entry.layer points here
  Digest profile;             // of the profile's text: what the plan was made from
  Policy policy = Policy::kStrict;
  std::vector<std::string> keep, drop;  // the globs it was made with
  std::vector<DroppedAccess> dropped_accesses;
  std::vector<KeptEntry> entries;     // sorted by path; "/" is among them
  std::vector<Addition> additions;    // sorted by path; none has the path of a kept entry, each one's parent is there
  std::vector<Risk> risks;            // most important first
  std::vector<std::string> warnings;  // of any bytes, as globs and paths have them
  std::optional<Rebuilt> rebuilt;     // where the profile is of another build of the image
  std::vector<int> test_status;       // exit status of each recorded run's command, where there was one
  Summary summary;
  // The kept entry of exactly this path; null when there is none.
  [[nodiscard]] const KeptEntry* find(std::string_view path) const;
  // The glob of `drop` that takes PATH or a directory above it; null if none.
  [[nodiscard]] const std::string* dropped_by(std::string_view path) const;
};

// Decides what to keep of INDEX. Pure. Errors: the profile is of another image, empty, or partial and not allowed; too
// many recorded paths are not in this build.
Result<KeepSpec> make_plan(const Index& index, const AccessProfile& profile, const PlanOptions& options);

std::string to_json(const KeepSpec& spec);
// Reads hostile text: bounds, types, sums and the schema's version are checked; the error names the place.
Result<KeepSpec> keep_from_json(std::string_view text);

// Returns the entries of INDEX that SPEC keeps, in its order. Errors: SPEC was made for another image, or one of the
// entries has other content or metadata.
Result<std::vector<EntryId>> kept_entries(const KeepSpec& spec, const Index& index);
// What SPEC keeps of its image, as an image of its own: enough for PlanOptions::recorded.
Index index_of_kept(const KeepSpec& spec);
// Sizes of what is kept and dropped of INDEX. KEPT: each entry once.
Summary summarize(const Index& index, std::span<const EntryId> kept);

}  // namespace winnow
