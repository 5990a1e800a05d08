// SPDX-License-Identifier: Apache-2.0
// The slim image to where it is wanted: a file, a layout, or the engine.
#pragma once

#include <optional>
#include <string>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/emit/emit.h"
#include "winnow/engine/engine.h"
#include "winnow/image/write.h"

namespace winnow {

struct EmitOptions {
  Layering layering = Layering::kSquash;
  std::optional<Compression> compression;  // of an OCI layout's layers; gzip when it is not said
  std::optional<MediaTypes> media_types;   // of an OCI layout; OCI's when it is not said
  std::string version;                     // of winnow, for the annotations
};
// Writes the slim image to DESTINATION: pristine content of SOURCE's layers. ENGINE is needed for kEngine only. Returns
// the new image's config digest. Errors: SPEC is not of SOURCE; OPTIONS do not go together; nothing is left half
// written.
Result<Digest> emit_image(const Image& source, const KeepSpec& spec, const Reference& destination, const Engine* engine,
                          const EmitOptions& options = {});

}  // namespace winnow
