// SPDX-License-Identifier: Apache-2.0
// Entries and layers as JSON: how keep specs and dumps write them. Paths and other names are escaped (escape_path).
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "winnow/base/digest.h"
#include "winnow/base/json_text.h"
#include "winnow/index/index.h"

namespace winnow {

nlohmann::ordered_json json_of(const Layer& layer);
nlohmann::ordered_json json_of(const Entry& entry);
nlohmann::ordered_json json_of(const Shadowed& version);
nlohmann::ordered_json json_of(const Addition& addition);
// "winnow.index/1": all that is known of an image, one entry a line. PACKAGES has the owner of each entry, "" for none;
// it may be left out.
std::string to_json(const Index& index, std::span<const std::string> packages = {});

// These read the next value of IN, which may be hostile text, and throw Refused as IN does.
Digest digest_from_json(JsonText& in);
Layer layer_from_json(JsonText& in);
// LAYERS is the number of the image's layers, of which the entry's "layer" must be one, unless there are none. nullopt:
// the entry is of no layer. READ_OTHER reads a field that is not an entry's, or returns false: then it is skipped.
Entry entry_from_json(JsonText& in, std::optional<std::size_t> layers,
                      const std::function<bool(std::string_view name)>& read_other);
// Checks the content against size and digest.
Addition addition_from_json(JsonText& in);

}  // namespace winnow
