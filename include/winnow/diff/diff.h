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
  std::string name;                      // as the user named it; the caller fills it in
  std::string reference;                 // of the image that it is about
  Digest id;                             // of that image; not valid when unknown
  std::uint64_t entries = 0, bytes = 0;  // bytes as Summary has them; of a profile: paths that were found, and 0
};

// What is different about an entry that both sides have. Times are not compared. A set of them is an or of bits.
enum class Aspect : std::uint16_t {
  kType = 1 << 0,
  kContent = 1 << 1,
  kSize = 1 << 2,
  kMode = 1 << 3,
  kOwner = 1 << 4,
  kTarget = 1 << 5,  // of a symbolic link
  kXattrs = 1 << 6,
  kDevice = 1 << 7,
  kLinks = 1 << 8,  // which names share the file
};
std::vector<std::string_view> names_of_aspects(std::uint16_t aspects);  // "type", "content", ...

// The pointers lead into what was compared.
struct EntryChange {
  const Entry* before = nullptr;                        // null: added
  const Entry* after = nullptr;                         // null: removed
  std::uint16_t aspects = 0;                            // when both are there
  std::uint32_t package_before = 0, package_after = 0;  // indexes into TreeDiff::package_names
  bool other_version = false;                           // both sides have its package, in other versions
  const std::vector<Reason>* reasons = nullptr;         // of the later side that has it; null for images
  const Reason* origin = nullptr;                       // what the first reason leads back to: what touched it first
  [[nodiscard]] const Entry& entry() const { return after != nullptr ? *after : *before; }
  [[nodiscard]] Change change() const;
};

struct PackageChange {
  std::string name;                        // "deb:libc6"
  std::vector<std::string> before, after;  // versions, sorted; empty: that side has no entry of it
  std::uint64_t bytes_before = 0, bytes_after = 0;
  std::uint64_t added = 0, removed = 0, changed = 0;  // entries
};

struct LayerChange {
  std::optional<std::uint32_t> before, after;  // where it is in either; both: they share it
  const Layer* layer = nullptr;                // into what was compared
  std::uint64_t bytes_before = 0, bytes_after = 0;
};

// Of the image's config or of the plan. Values are JSON text; those of environment variables and labels may be secret
// and are never told.
struct SettingChange {
  std::string field;  // "Env", "Entrypoint", "policy", ...
  std::string name;   // of the variable, label, port, volume or glob; empty: the field itself
  Change change = Change::kChanged;
  std::optional<std::string> before, after;
};

// Something that a reviewer should not overlook.
struct Attention {
  std::string what;                  // "setuid", "setgid", "capability", "device", "shell", "runs-as-root", ...
  std::string path;                  // empty: it is about the config
  std::optional<std::size_t> entry;  // index into TreeDiff::entries
};

// Between two keep specs or two images; A is the older one.
struct TreeDiff {
  DiffKind kind = DiffKind::kImage;
  DiffSide a, b;
  std::vector<EntryChange> entries;  // sorted by path
  std::uint64_t added = 0, removed = 0, changed = 0;
  std::uint64_t times_only = 0;            // entries whose time alone is another one: no difference
  std::vector<std::string> package_names;  // "deb:libc6@2.36-9"; the first is ""
  std::vector<PackageChange> packages;     // sorted by name
  std::vector<LayerChange> layers;         // all of them: no difference by themselves
  std::vector<SettingChange> config, plan;
  std::vector<Attention> attention;
  std::vector<std::pair<Change, std::string>> records;  // paths of package records that winnow writes itself
  std::vector<std::string> notes;
  [[nodiscard]] bool identical() const;
};
struct OwnedIndex {
  const Index& index;
  const Ownership& owners;
};
// What is compared must outlive the result.
TreeDiff diff_keep_specs(const KeepSpec& a, const KeepSpec& b);
TreeDiff diff_images(const OwnedIndex& a, const OwnedIndex& b);

}  // namespace winnow
