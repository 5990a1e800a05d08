// SPDX-License-Identifier: Apache-2.0
// Opens any image that a reference names, and reads the documents that commands take.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/image/image.h"
#include "winnow/plan/plan.h"
#include "winnow/profile/profile.h"

namespace winnow {

// Opens the image that REFERENCE names. If it is an image of an engine, ENGINE is asked for it, and it is saved to a
// file without a name when its content is read. Errors: there is no such image; it is an engine's and ENGINE is null.
Result<Image> open_image(const Reference& reference, const OpenOptions& options, const Engine* engine);
// Opens the source image of SPEC, by the name NAMED; if that is empty, by the name in SPEC. Error: it is not the image
// that SPEC was planned from.
Result<Image> open_source(const KeepSpec& spec, const std::string& named, const OpenOptions& options,
                          const Engine* engine);

// Read documents in files. For a profile, FILE may also name what a fleet has recorded: "kubernetes:IMAGE". If there is
// no such file, the error says which command writes one.
Result<KeepSpec> read_keep(const std::string& file);
Result<AccessProfile> read_profile(const std::string& file);

}  // namespace winnow
