// SPDX-License-Identifier: Apache-2.0
// Why an entry is kept: a reason, and what the name of its rule says to a program.
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
  std::string from;    // what asks for it: the path of the entry that needs it, or the program that touched it
  std::string detail;  // for people: "open, stat at 12 ms", "DT_NEEDED libc.so.6"; no code reads it
  // How the entry itself was touched by one of its names, and when first, since its run began. Empty if the reason is
  // another one, or the touch was of what lies behind the entry: behind a link, on a mount.
  Kinds kinds = {};
  std::optional<std::uint64_t> first_ms = {};  // missing, too, if it was only wanted on a slim image
  bool operator==(const Reason&) const = default;
};

// What the name of a rule says of an entry that is kept by it.
struct RuleTraits {
  bool by_program = false;  // Reason::from is the program that touched it; why that one is there is another question
  bool name_only = false;   // it has to be there, and nothing that it would need to work
  bool of_group = false;    // it is one of a whole set of entries, which share the reason
  bool holds = false;       // it is a directory that something kept stands in, no more
};

// Of a name that this winnow does not know, nothing is said: a newer one may have written the keep spec.
[[nodiscard]] RuleTraits traits_of(std::string_view rule);

}  // namespace winnow
