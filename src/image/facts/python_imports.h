// SPDX-License-Identifier: Apache-2.0
// Which modules a Python source names in its import statements.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// Dotted names, sorted, each once and at most LIMIT: "a.b" for `import a.b`, "a.b" and "a.b.c" for `from a.b import c`
// (c may be a module or not), ".a" for `from . import a`. Statements anywhere count, in functions too; text that only
// looks like one is harmless where just modules that exist count (Python language reference, 7.11).
std::vector<std::string> python_imports(std::string_view source, std::size_t limit);

}  // namespace winnow
