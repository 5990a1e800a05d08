// SPDX-License-Identifier: Apache-2.0
// A reason why an entry is kept, and what the name of its rule means to a program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "winnow/profile/access.h"

namespace winnow {

// Why one entry is kept. An entry can have several.
struct Reason {
  std::string rule;    // "accessed", "symlink", "parent", "elf", "shebang", "config", "keep", ...
  std::string from;    // what needs it: the path of a kept entry, or the program that touched it
  std::string detail;  // for people: "open, stat at 12 ms", "DT_NEEDED libc.so.6"; no code reads it
  // How the entry itself was touched. Empty if it was not touched itself: it is kept for another reason, or only
  // something behind it was touched (the target of a link, what is mounted on it).
  Kinds kinds = {};
  // When it was touched so first, in ms since the run began. nullopt if KINDS is empty, or if it was only wanted on a
  // slim image.
  std::optional<std::uint64_t> first_ms = {};
  bool operator==(const Reason&) const = default;
};

// What the name of a rule says about an entry that it keeps.
struct RuleTraits {
  bool by_program = false;  // Reason::from is the program that touched the entry, and not an entry that needs it
  bool name_only = false;   // the entry has to exist, but need not work: what it needs is not kept for it
  bool of_group = false;    // the rule keeps a whole set of entries at once, which share the reason
  bool holds = false;       // the entry is a directory, and kept only because something kept is in it
};

// All traits of an unknown rule are false: a newer winnow may have written the keep spec.
[[nodiscard]] RuleTraits traits_of(std::string_view rule);

}  // namespace winnow
