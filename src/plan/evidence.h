// SPDX-License-Identifier: Apache-2.0
// Files that say what is installed beside them: scanners and package managers know a package by nothing else.
#pragma once

#include <string_view>

namespace winnow {

// Of a file that speaks for all below a directory, though no database lists what is its own: that directory; empty for
// any other file. Composer's installed.json, a vendor's .spdx-NAME.spdx, .NET's NAME.deps.json, R's DESCRIPTION,
// Erlang's NAME.app.
std::string_view spoken_for(std::string_view path);

// Whether PATH is a list of what an application was built with, which some scanners read: package-lock.json, ...
bool is_lock_file(std::string_view path);

}  // namespace winnow
