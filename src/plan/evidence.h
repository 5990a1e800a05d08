// SPDX-License-Identifier: Apache-2.0
// Recognises files that say what is installed beside them: scanners know some packages only by these.
#pragma once

#include <string_view>

namespace winnow {

// If PATH is a file that describes all that is below a directory, without a list of the files: returns that directory;
// else "". Such files are Composer's installed.json, a vendor's .spdx-NAME.spdx, .NET's NAME.deps.json, R's
// DESCRIPTION, Erlang's NAME.app.
std::string_view spoken_for(std::string_view path);

// Whether PATH lists what an application was built with; some scanners read such files: package-lock.json, ...
bool is_lock_file(std::string_view path);

}  // namespace winnow
