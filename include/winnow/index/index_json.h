// SPDX-License-Identifier: Apache-2.0
// Entries and layers as JSON, in keep specs and dumps of an index. Paths and other names are escaped (escape_path).
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
// Returns a whole index as JSON of schema "winnow.index/1", one entry a line. PACKAGES holds the owner of each entry,
// by EntryId, "" for none; it may be empty.
std::string to_json(const Index& index, std::span<const std::string> packages = {});

// The functions below read the next value of IN, which may be hostile text. They throw Refused, as IN does.
Digest digest_from_json(JsonText& in);
Layer layer_from_json(JsonText& in);
// LAYERS is how many layers the image has; if there are any, "layer" must be the index of one. nullopt: "layer" may be
// missing. READ_OTHER reads the value of a field that an entry does not have and returns true; or it returns false, and
// the value is skipped.
Entry entry_from_json(JsonText& in, std::optional<std::size_t> layers,
                      const std::function<bool(std::string_view name)>& read_other);
// Checks, too, that size and digest fit the content, and that it is a plain file or directory of root.
Addition addition_from_json(JsonText& in);

}  // namespace winnow
