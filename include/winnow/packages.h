// SPDX-License-Identifier: Apache-2.0
// Which package each entry of an image belongs to, as the package managers' own databases in the image say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "winnow/index.h"

namespace winnow {

struct Package {
  std::string manager;  // "deb", "apk", "rpm", "pip", "npm", "gem", "go" or "jar"
  std::string name, version;
  [[nodiscard]] std::string str() const;  // "deb:libc6@2.36-9"; without a version "deb:libc6"
  bool operator==(const Package&) const = default;
};

// Every entry has one owner or none. A system package goes before one of a language: Debian's python3-yaml is deb, not
// pip.
struct Ownership {
  std::vector<Package> packages;
  std::vector<std::uint32_t> owner;   // by entry: 1 + index into packages; 0: unowned
  std::vector<std::string> warnings;  // databases that could not be read
  [[nodiscard]] const Package* of(EntryId entry) const {
    return owner[entry] == 0 ? nullptr : &packages[owner[entry] - 1];
  }
};

// dpkg (info/*.list, status.d), apk, rpm (sqlite), pip (RECORD), npm (package.json), gem (specifications), Go (build
// information), jar (pom.properties or manifest). Pure: the databases' text is among the index's facts, and is hostile.
Ownership find_owners(const Index& index);

}  // namespace winnow
