// SPDX-License-Identifier: Apache-2.0
// The single files that `emit` writes: a table of options, each with the text that its file gets.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/emit/emit.h"
#include "winnow/image/image.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// What the user wants to be written.
struct Outputs {
  std::map<std::string, std::string> files;  // by option, "--list"; one that is not wanted is empty
  std::string sbom_files = "packages";
};
void add_outputs(CLI::App& command, Outputs& outputs);
// Whether one of these files is wanted, and whether one is that SOURCE has to be read for.
bool wants_any(const Outputs& outputs);
bool wants_source(const Outputs& outputs);
// Whether one of them goes to stdout.
bool wants_stdout(const Outputs& outputs);
// Writes the files that need SOURCE, or where that is null those that need it not.
Result<void> write_outputs(const Outputs& outputs, const KeepSpec& spec, const Image* source);

}  // namespace winnow::cli
