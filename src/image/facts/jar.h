// SPDX-License-Identifier: Apache-2.0
// Which package a Java archive says that it is.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace winnow {

// "jar:GROUP:ARTIFACT@VERSION" by Maven's pom.properties, or "jar:TITLE@VERSION" by the manifest; empty when JAR, a
// whole file, names neither or cannot be read.
struct JarFacts {
  std::string owner;
  std::vector<std::string> class_path;  // relative URLs, as the manifest has them
};
JarFacts read_jar(std::span<const char> jar);

}  // namespace winnow
