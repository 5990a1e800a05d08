// SPDX-License-Identifier: Apache-2.0
// Package URLs (github.com/package-url/purl-spec): the name by which scanners look a package up.
#pragma once

#include <string>

#include "winnow/attribute/packages.h"
#include "winnow/base/digest.h"

namespace winnow {

// os-release(5) of an image; fields are empty where it says nothing.
struct OsRelease {
  std::string id, version, pretty_name;
};
OsRelease os_release_of(const Index& index);

// How a package is called where it comes from.
struct PackageName {
  std::string group, name;  // npm's scope, maven's group; else the group is empty
  std::string version;      // without what is no version: a gem's platform
  std::string purl;         // empty where a part that its type needs is not known
};
PackageName name_of(const Package& package, const OsRelease& system);

// "pkg:oci/NAME@DIGEST" of an image that was called NAME (repository, tag or digest); empty without a digest.
std::string oci_purl(std::string_view name, const Digest& manifest);

}  // namespace winnow
