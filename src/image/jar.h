// SPDX-License-Identifier: Apache-2.0
// Which package a Java archive says that it is.
#pragma once

#include <span>
#include <string>

namespace winnow {

// "jar:GROUP:ARTIFACT@VERSION" by Maven's pom.properties, or "jar:TITLE@VERSION" by the manifest; empty when JAR, a
// whole file, names neither or cannot be read.
std::string jar_package(std::span<const char> jar);

}  // namespace winnow
