// SPDX-License-Identifier: Apache-2.0
// Any image that a reference names, and the documents that commands read.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/image/image.h"
#include "winnow/plan/plan.h"
#include "winnow/profile/profile.h"

namespace winnow {

// Opens the image that REFERENCE names. One of an engine is asked of ENGINE, and saved to a file without a name before
// its content is read. Errors: nothing is there; ENGINE is null and the image is one of an engine.
Result<Image> open_image(const Reference& reference, const OpenOptions& options, const Engine* engine);
// The image that SPEC was planned from, by the name in SPEC unless NAMED is another one for it; checked against SPEC.
Result<Image> open_source(const KeepSpec& spec, const std::string& named, const OpenOptions& options,
                          const Engine* engine);

// Documents in files; errors say which command writes them.
Result<KeepSpec> read_keep(const std::string& file);
Result<AccessProfile> read_profile(const std::string& file);

}  // namespace winnow
