// SPDX-License-Identifier: Apache-2.0
// Package URLs (github.com/package-url/purl-spec): the name by which scanners look a package up.
#pragma once

#include <string>

#include "winnow/attribute/packages.h"
#include "winnow/base/digest.h"

namespace winnow {

// Fields of an image's os-release(5); empty if the file or the field is missing.
struct OsRelease {
  std::string id, version, pretty_name;
};
OsRelease os_release_of(const Index& index);

// A package as its ecosystem names it.
struct PackageName {
  std::string group, name;  // the group is npm's scope or Maven's group; empty for other managers
  std::string version;      // without the platform that a gem's version may end with
  std::string purl;         // empty if a part that its type needs is not known
};
PackageName name_of(const Package& package, const OsRelease& system);

// Returns "pkg:oci/NAME@MANIFEST" for an image with this name, which may have a tag or digest; "" if MANIFEST is not
// valid.
std::string oci_purl(std::string_view name, const Digest& manifest);

}  // namespace winnow
