// SPDX-License-Identifier: Apache-2.0
// Which package each entry of an image belongs to, as the package managers' own databases in the image say.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "winnow/index/index.h"

namespace winnow {

struct Package {
  std::string manager;  // "deb", "apk", "rpm", "pip", "npm", "conda", "gem", "go" or "jar"
  std::string name, version;
  std::string architecture = {};          // as its manager calls it; empty: unknown, or it has none
  [[nodiscard]] std::string str() const;  // "deb:libc6@2.36-9"; without a version "deb:libc6"
  bool operator==(const Package&) const = default;
};
// Whether PACKAGE is one of the distribution's: deb, apk or rpm. Null is not.
bool is_of_system(const Package* package);

// Every entry has one owner or none. A system package goes before one of a language: Debian's python3-yaml is deb, not
// pip.
struct Ownership {
  std::vector<Package> packages;
  std::vector<std::uint32_t> owner;  // by entry: 1 + index into packages; 0: unowned
  // By index into packages: what a system package says it depends on, or is recommended with, sorted: names of packages
  // and of libraries ("libfontconfig1", "libfontconfig.so.1").
  std::map<std::uint32_t, std::vector<std::string>> needs;
  std::vector<std::string> warnings;  // databases that could not be read; of any bytes
  [[nodiscard]] const Package* of(EntryId entry) const {
    return owner[entry] == 0 ? nullptr : &packages[owner[entry] - 1];
  }
};

// dpkg (info/*.list, status.d), apk, rpm (sqlite), conda (conda-meta), pip (RECORD), npm (package.json), gem
// (specifications), Go (build information), jar (pom.properties or manifest). Pure: the databases' text is among the
// index's facts, and is hostile.
Ownership find_owners(const Index& index);

// Databases that list only the packages of which a file is kept, so that scanners find these and no others: dpkg's
// status.d as distroless images have it, with the lists of info/; apk's installed; rpm's sqlite, whatever format the
// image has. None where its own database is kept. KEPT is by entry. Sorted by path; directories that the image has not
// are among them.
struct PackageRecords {
  std::vector<Addition> additions;
  std::vector<EntryId> parents;       // directories of the image that the additions need
  std::vector<std::string> warnings;  // what could not be written, and why
};
PackageRecords package_records(const Index& index, const Ownership& owners, const std::vector<bool>& kept);

}  // namespace winnow
