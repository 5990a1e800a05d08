// SPDX-License-Identifier: Apache-2.0
// Writes a Dockerfile with its build context, and gives the engine the names of images that it refers to.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/emit/emit.h"
#include "winnow/engine/engine.h"
#include "winnow/image/image.h"

namespace winnow {

// Options for a Dockerfile.
struct DockerfileWish {
  HelperUse helper = HelperUse::kAuto;
  std::string base;     // reference of the image that the final stage starts from; empty: scratch
  OpenOptions reading;  // how the base is read
};
// The images in the FROM instructions of a Dockerfile.
struct PinnedImages {
  std::string source;
  std::string base;  // empty: scratch
};
// Writes the Dockerfile of SPEC, with its build context, into DIRECTORY. ENGINE may be null; else it is asked for the
// registry digests of source and base. If an image has none, it is tagged with the name in the Dockerfile. Errors:
// those of emit_dockerfile(); the base cannot be opened; the engine fails.
Result<PinnedImages> write_dockerfile(const Image& source, const KeepSpec& spec, const std::string& directory,
                                      const Engine* engine, const DockerfileWish& wish = {});

}  // namespace winnow
