// SPDX-License-Identifier: Apache-2.0
// Artefacts as `emit` and `slim` write them.
#pragma once

#include <string>

#include "winnow/emit.h"

namespace winnow::cli {

Result<void> write_removed(const Image& source, const KeepSpec& spec, const std::string& file);
Result<void> write_report(const Image& source, const KeepSpec& spec, const std::string& file);
Result<void> write_dockerfile(const Image& source, const KeepSpec& spec, const std::string& directory);
Result<void> write_slim_image(const Image& source, const KeepSpec& spec, const std::string& destination,
                              EmitOptions options = {});

}  // namespace winnow::cli
