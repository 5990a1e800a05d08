// SPDX-License-Identifier: Apache-2.0
// Writes the slim image to a file or a layout, or loads it into the engine.
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
  std::optional<Compression> compression;  // of the layers in an OCI layout or archive; gzip if not set
  std::optional<MediaTypes> media_types;   // in an OCI layout; OCI's if not set
  std::string version;                     // of winnow, for the annotations
};
// Writes the slim image to DESTINATION; its content comes from SOURCE's layers. ENGINE is needed only if DESTINATION is
// an engine. Returns the digest of the new image's config. Errors: SPEC is not of SOURCE; DESTINATION cannot hold what
// OPTIONS ask for. An existing file is replaced; after an error, no
// incomplete file is left.
Result<Digest> emit_image(const Image& source, const KeepSpec& spec, const Reference& destination, const Engine* engine,
                          const EmitOptions& options = {});

}  // namespace winnow
