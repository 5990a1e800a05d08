// SPDX-License-Identifier: Apache-2.0
// Decides what to keep of an image and why: runs the keep rules to a fixed point, and makes the keep spec.
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
  std::shared_ptr<const std::vector<Reason>> reasons;  // not null and not empty; entries with equal reasons share them
  std::string package = {};                            // its owner, "deb:libc6@2.36-9"; empty: unowned
  std::optional<std::uint64_t> first_ms = {};          // when it was first touched, in ms since the run began
};
inline constexpr std::size_t kMaxReasons = 8;  // of one entry

// Sizes of an image and of what is kept. Bytes are the content of files in the merged tree, each hard-link group once.
// kept + dropped == image, always.
struct Summary {
  std::uint64_t kept_entries = 0, dropped_entries = 0, image_entries = 0;
  std::uint64_t kept_bytes = 0, dropped_bytes = 0, image_bytes = 0;
};

// Dropped entries that the workload may need although no recorded run needed them.
struct Risk {
  std::string family;                    // "time-zones", "plugins", "listing", "dlopen", ...
  std::string glob;                      // the glob for --keep that keeps them
  std::string because;                   // the kept entry because of which they may be needed
  std::uint64_t entries = 0, bytes = 0;  // of the dropped entries
};

// An entry that the recorded workload touched, but that a --drop takes out.
struct DroppedAccess {
  std::string path, by;  // the entry, and the first program that touched it
};
inline constexpr std::size_t kMaxDroppedAccesses = 10'000;  // of one keep spec

// Compares the recorded image with another build of it, which is planned: only in what was recorded.
struct Rebuilt {
  Digest recorded;          // the image that the profile was recorded from
  std::uint64_t paths = 0;  // recorded paths that lead to an entry of the recorded image
  // How many of these lead to no entry of the planned image, and to one with another type, content or link target.
  std::uint64_t missing = 0, changed = 0;
  std::vector<std::string> missing_paths = {}, changed_paths = {};  // the first kMaxRebuiltTold of each
};
inline constexpr std::size_t kMaxRebuiltTold = 100;

// The keep spec, schema "winnow.keep/1": `winnow emit` makes the slim image from it.
struct KeepSpec {
  std::string reference;      // of the source image, with its transport
  Digest id;                  // digest of the source image's config
  std::string config_json;    // the source image's config as stored
  std::vector<Layer> layers;  // of the source image; KeptEntry::entry.layer is an index into it
  Digest profile;             // digest of the text of the profile that the plan was made from
  Policy policy = Policy::kStrict;
  std::vector<std::string> keep, drop;  // the globs of --keep and --drop
  std::vector<DroppedAccess> dropped_accesses;
  std::vector<KeptEntry> entries;     // sorted by path; "/" is among them
  std::vector<Addition> additions;    // sorted by path; no kept entry has the same path; all their parents are kept or
                                      // added
  std::vector<Risk> risks;            // the most important first
  std::vector<std::string> warnings;  // may hold any bytes, since they quote globs and paths
  std::optional<Rebuilt> rebuilt;     // set if the profile is of another build of the image
  std::vector<int> test_status;       // exit status of each recorded run's command, of runs that had one
  Summary summary;
  // Returns the kept entry with exactly this path; null: there is none.
  [[nodiscard]] const KeptEntry* find(std::string_view path) const;
  // Returns the glob of `drop` that matches PATH or a directory above it; null: there is none.
  [[nodiscard]] const std::string* dropped_by(std::string_view path) const;
};

// Decides what to keep of INDEX. Pure. Errors: the profile is of another image, empty, or partial and not allowed to
// be; OPTIONS name an unknown family; too many recorded paths are missing in this build.
Result<KeepSpec> make_plan(const Index& index, const AccessProfile& profile, const PlanOptions& options);

std::string to_json(const KeepSpec& spec);
// Reads hostile text: bounds, types, sums and the schema's version are checked; the error names the line.
Result<KeepSpec> keep_from_json(std::string_view text);

// Returns the entries of INDEX that SPEC keeps, in its order. Errors: SPEC was made for another image, or one of the
// entries has other content or metadata.
Result<std::vector<EntryId>> kept_entries(const KeepSpec& spec, const Index& index);
// Returns the entries that SPEC keeps as the index of an image: enough for PlanOptions::recorded.
Index index_of_kept(const KeepSpec& spec);
// Returns the sizes of what is kept and dropped of INDEX. KEPT holds each kept entry once.
Summary summarize(const Index& index, std::span<const EntryId> kept);

}  // namespace winnow
