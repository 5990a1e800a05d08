// SPDX-License-Identifier: Apache-2.0
// What was read of one layer as bytes in a file, and back: the cache's format.
#pragma once

#include <functional>

#include "image/layer/layer.h"
#include "winnow/base/error.h"

namespace winnow {

// Changes with everything that decides what is in LayerContents: fields, facts, rules of reading.
inline constexpr std::string_view kLayerFormat = "winnow layer 6\n";

// Gives the encoded CONTENTS to SINK piece by piece; the last bytes are a checksum of all before.
using EncodeSink = std::function<Result<void>(std::span<const std::byte>)>;
Result<void> encode_layer(const LayerContents& contents, const EncodeSink& sink);
// Errors: anything but a whole and undamaged file of this format.
Result<LayerContents> decode_layer(ByteReader& bytes, Budget& budget);

}  // namespace winnow
