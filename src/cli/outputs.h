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

// The files that the user asked for.
struct Outputs {
  std::map<std::string, std::string> files;  // by option, "--list"; empty: not wanted
  std::string sbom_files = "packages";
};
void add_outputs(CLI::App& command, Outputs& outputs);
// Whether any of these files is wanted, and whether any is wanted for which the source image has to be read.
bool wants_any(const Outputs& outputs);
bool wants_source(const Outputs& outputs);
// Whether any of them goes to stdout.
bool wants_stdout(const Outputs& outputs);
// Writes the wanted files that need SOURCE; if SOURCE is null, those that do not need it.
Result<void> write_outputs(const Outputs& outputs, const KeepSpec& spec, const Image* source);

}  // namespace winnow::cli
