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
  std::string architecture = {};          // as its manager calls it; empty: it is unknown, or there is none
  [[nodiscard]] std::string str() const;  // "deb:libc6@2.36-9"; without a version "deb:libc6"
  bool operator==(const Package&) const = default;
};
// Whether PACKAGE is a system package, one of the distribution's: deb, apk or rpm. False for null.
bool is_of_system(const Package* package);

// Which package owns each entry. An entry has one owner or none. If a system package and a package of a language both
// list an entry, the system package owns it: Debian's python3-yaml is deb, not pip.
struct Ownership {
  std::vector<Package> packages;
  std::vector<std::uint32_t> owner;  // by EntryId: 1 + index into packages; 0: unowned
  // By index into packages: what a system package depends on and what it recommends, as its database says, sorted:
  // names of packages and of libraries ("libfontconfig1", "libfontconfig.so.1"). At most 1000 of one package.
  std::map<std::uint32_t, std::vector<std::string>> needs;
  std::vector<std::string> warnings;  // about databases that could not be read; may hold any bytes
  [[nodiscard]] const Package* of(EntryId entry) const {
    return owner[entry] == 0 ? nullptr : &packages[owner[entry] - 1];
  }
};

// Reads the databases of dpkg (info/*.list, status.d), apk, rpm (sqlite, ndb or Berkeley DB), conda (conda-meta), pip
// (RECORD), npm (package.json), gem (specifications), Go (build information) and jar (pom.properties or manifest).
// Pure: the text of the databases is among the facts of INDEX. That text is hostile.
Ownership find_owners(const Index& index);

// Package databases for a slim image. They list only the system packages of which a file is kept, so that scanners find
// these and no others.
struct PackageRecords {
  std::vector<Addition> additions;    // sorted by path; directories that the image does not have are among them
  std::vector<EntryId> parents;       // directories of the image that the additions need
  std::vector<std::string> warnings;  // what could not be written, and why
};
// Makes them from the databases of the image: dpkg's as files of status.d, as distroless images have them, with the
// lists in info/; apk's "installed"; rpm's as sqlite, whatever format the image has. If a database itself is kept, no
// other one is made for its packages. KEPT says for each entry, by EntryId, whether it is kept.
PackageRecords package_records(const Index& index, const Ownership& owners, const std::vector<bool>& kept);

}  // namespace winnow
