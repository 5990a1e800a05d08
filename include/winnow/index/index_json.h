// SPDX-License-Identifier: Apache-2.0
// Entries and layers as JSON: how keep specs and dumps write them. Paths and other names are escaped (escape_path).
#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "winnow/base/digest.h"
#include "winnow/index/index.h"

namespace winnow {

nlohmann::ordered_json json_of(const Layer& layer);
nlohmann::ordered_json json_of(const Entry& entry);
nlohmann::ordered_json json_of(const Shadowed& version);
nlohmann::ordered_json json_of(const Addition& addition);
// "winnow.index/1": all that is known of an image, one entry a line. PACKAGES has the owner of each entry, "" for none;
// it may be left out.
std::string to_json(const Index& index, std::span<const std::string> packages = {});

// A whole number that fits T; a fraction, or one out of its range, is refused (nlohmann's get would be undefined).
template <std::integral T>
T integer_from_json(const nlohmann::ordered_json& json) {
  if (json.is_number_unsigned() && std::in_range<T>(json.get<std::uint64_t>()))
    return static_cast<T>(json.get<std::uint64_t>());
  if (json.is_number_integer() && !json.is_number_unsigned() && std::in_range<T>(json.get<std::int64_t>()))
    return static_cast<T>(json.get<std::int64_t>());
  throw std::invalid_argument("a number that is no integer, or out of its range: " + json.dump().substr(0, 40));
}

// Throws std::invalid_argument when TEXT, read as JSON, is nested deeper than MOST: to be asked before it is parsed. A
// callback of nlohmann's parser could tell as well, but with one the parser takes quadratic time for long arrays.
void require_depth(std::string_view text, std::size_t most);

// Back from text that may be hostile; they throw std::exception with what is wrong, as nlohmann's own functions do.
Layer layer_from_json(const nlohmann::ordered_json& json);
// LAYERS is how many there are; the entry's own must be one of them, unless there are none.
Entry entry_from_json(const nlohmann::ordered_json& json, std::size_t layers);
Digest digest_from_json(const nlohmann::ordered_json& json);
// Checks the content against size and digest.
Addition addition_from_json(const nlohmann::ordered_json& json);
// The text of FIELD, its escapes taken out.
std::string text_from_json(const nlohmann::ordered_json& json, const char* field);

}  // namespace winnow
