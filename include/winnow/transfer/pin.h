// SPDX-License-Identifier: Apache-2.0
// A Dockerfile with its build context, whose base images an engine knows by the names that it says.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/emit/emit.h"
#include "winnow/engine/engine.h"
#include "winnow/image/image.h"

namespace winnow {

// How a Dockerfile is wanted.
struct DockerfileWish {
  HelperUse helper = HelperUse::kAuto;
  std::string base;     // a reference to the image to add to; empty: none
  OpenOptions reading;  // of the base
};
// The references that a Dockerfile names.
struct PinnedImages {
  std::string source;
  std::string base;  // empty: none
};
// Writes it into DIRECTORY. ENGINE, if there is one, is asked for the registry digests of both images, and gets the
// tags that the Dockerfile names if they have none.
Result<PinnedImages> write_dockerfile(const Image& source, const KeepSpec& spec, const std::string& directory,
                                      const Engine* engine, const DockerfileWish& wish = {});

}  // namespace winnow
