// SPDX-License-Identifier: Apache-2.0
// Finds the modules that a Python source names in its import statements.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// Returns at most LIMIT dotted names, sorted, each once: "a.b" for `import a.b`, "a.b" and "a.b.c" for
// `from a.b import c` (c may be a module or not), ".a" for `from . import a` (Python language reference, 7.11).
// Statements inside functions count, too. Text that only looks like a statement does no harm: callers look for modules
// of these names, and most will not exist.
std::vector<std::string> python_imports(std::string_view source, std::size_t limit);

}  // namespace winnow
