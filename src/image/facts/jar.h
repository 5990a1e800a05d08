// SPDX-License-Identifier: Apache-2.0
// Reads from a Java archive which package it is and which other jars it names.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace winnow {

struct JarFacts {
  // "jar:GROUP:ARTIFACT@VERSION" from Maven's pom.properties, or "jar:TITLE@VERSION" from the manifest; empty: neither.
  std::string owner;
  std::vector<std::string> class_path;  // relative URLs, as the manifest has them
};
// JAR is a whole file. If it cannot be read, both are empty.
JarFacts read_jar(std::span<const char> jar);

}  // namespace winnow
