// SPDX-License-Identifier: Apache-2.0
// The cache's file format: writes what was read of one layer, and reads it back.
#pragma once

#include <functional>

#include "image/layer/layer.h"
#include "winnow/base/error.h"

namespace winnow {

// The first bytes of a file. The number has to change whenever LayerContents would be another one for the same layer:
// with its fields, with facts, with how a layer is read.
inline constexpr std::string_view kLayerFormat = "winnow layer 6\n";

// Calls SINK with the encoded CONTENTS, piece by piece; the last bytes are a checksum of all before them.
using EncodeSink = std::function<Result<void>(std::span<const std::byte>)>;
Result<void> encode_layer(const LayerContents& contents, const EncodeSink& sink);
// Errors: BYTES are no complete and undamaged file of this format.
Result<LayerContents> decode_layer(ByteReader& bytes, Budget& budget);

}  // namespace winnow
