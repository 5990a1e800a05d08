// SPDX-License-Identifier: Apache-2.0
// What is different between two profiles, two keep specs or two images, for reviewers and for CI. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/attribute/packages.h"
#include "winnow/base/digest.h"
#include "winnow/plan/plan.h"
#include "winnow/profile/profile.h"

namespace winnow {

enum class DiffKind : std::uint8_t { kProfile, kKeep, kImage };
std::string_view to_string(DiffKind kind);  // "profile", "keep", "image"
enum class Change : std::uint8_t { kAdded, kRemoved, kChanged };
std::string_view to_string(Change change);  // "added", "removed", "changed"

// One of the two things that are compared.
struct DiffSide {
  std::string name;       // as the user named it; the caller fills it in
  std::string reference;  // of the image that a profile or keep spec is about; empty for an image
  Digest id;              // of the image; not valid when unknown
  // Entries and bytes (as in Summary) of a keep spec or an image; of a profile: its paths on the image's root file
  // system, and 0.
  std::uint64_t entries = 0, bytes = 0;
};

// What is different about an entry that both sides have. Modification times are not compared. A set of aspects is the
// bitwise or of their values.
enum class Aspect : std::uint16_t {
  kType = 1 << 0,
  kContent = 1 << 1,
  kSize = 1 << 2,
  kMode = 1 << 3,
  kOwner = 1 << 4,
  kTarget = 1 << 5,  // the target of a symbolic link
  kXattrs = 1 << 6,
  kDevice = 1 << 7,
  kLinks = 1 << 8,  // which names are hard links to the same file
};
std::vector<std::string_view> names_of_aspects(std::uint16_t aspects);  // "type", "content", ...

// An entry that is different. The pointers point into what was compared.
struct EntryChange {
  const Entry* before = nullptr;                        // null: added
  const Entry* after = nullptr;                         // null: removed
  std::uint16_t aspects = 0;                            // what is different, if both sides have it
  std::uint32_t package_before = 0, package_after = 0;  // indexes into TreeDiff::package_names
  bool other_version = false;                           // both sides have its package, but not in the same versions
  const std::vector<Reason>* reasons = nullptr;         // why B keeps it, or A if it was removed; null for images
  const Reason* origin = nullptr;                       // where the chain of these reasons begins: a program, a glob
  [[nodiscard]] const Entry& entry() const { return after != nullptr ? *after : *before; }
  [[nodiscard]] Change change() const;
};

struct PackageChange {
  std::string name;                        // "deb:libc6"
  std::vector<std::string> before, after;  // its versions, sorted; empty: that side has no entry of the package
  std::uint64_t bytes_before = 0, bytes_after = 0;
  std::uint64_t added = 0, removed = 0, changed = 0;  // entries of it
};

struct LayerChange {
  std::optional<std::uint32_t> before, after;  // its index in A and in B; both are set if the sides share the layer
  const Layer* layer = nullptr;                // points into what was compared
  std::uint64_t bytes_before = 0, bytes_after = 0;
};

// A setting of the image's config or of the plan. Values are JSON text. Values of environment variables and labels may
// be secret, so they are left out.
struct SettingChange {
  std::string field;  // "Env", "Entrypoint", "policy", ...
  std::string name;   // of the variable, label, port, volume or glob; empty: the whole field is different
  Change change = Change::kChanged;
  std::optional<std::string> before, after;
};

// Something that a reviewer should not overlook.
struct Attention {
  std::string what;                  // "setuid", "setgid", "capability", "device", "shell", "runs-as-root", ...
  std::string path;                  // of the entry; empty: it is about the config
  std::optional<std::size_t> entry;  // index into TreeDiff::entries
};

// The difference between two keep specs or two images; A is the older one.
struct TreeDiff {
  DiffKind kind = DiffKind::kImage;
  DiffSide a, b;
  std::vector<EntryChange> entries;  // sorted by path
  std::uint64_t added = 0, removed = 0, changed = 0;
  std::uint64_t times_only = 0;            // entries of which only the time is different; this is no difference
  std::vector<std::string> package_names;  // "deb:libc6@2.36-9"; the first is "", for entries without an owner
  std::vector<PackageChange> packages;     // sorted by name
  std::vector<LayerChange> layers;         // all layers of both sides; they are no difference by themselves
  std::vector<SettingChange> config, plan;
  std::vector<Attention> attention;
  std::vector<std::pair<Change, std::string>> records;  // paths of package records (KeepSpec::additions)
  std::vector<std::string> notes;                       // sentences for people: warnings about B
  [[nodiscard]] bool identical() const;                 // entries, packages, config, plan and records are the same
};
// An image with the owners of its entries.
struct OwnedIndex {
  const Index& index;
  const Ownership& owners;
};
// Compare A, the older one, with B. Both must outlive the result.
TreeDiff diff_keep_specs(const KeepSpec& a, const KeepSpec& b);
TreeDiff diff_images(const OwnedIndex& a, const OwnedIndex& b);

}  // namespace winnow
