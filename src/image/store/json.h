// SPDX-License-Identifier: Apache-2.0
// Reads hostile JSON: its depth is bounded, and types are checked. Errors are exceptions, which guarded() catches.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "image/limits.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/json_text.h"
#include "winnow/base/text.h"

namespace winnow {

using Json = nlohmann::ordered_json;

inline Json parse_json(std::string_view text) {
  require_depth(text, kMaxJsonDepth);
  Json document = parse_json<Json>(text);
  if (!document.is_structured()) throw std::runtime_error("neither an object nor a list");
  return document;
}

// Returns what READ returns; if READ throws, an error "WHAT: ...".
template <class Read>
auto guarded(std::string_view what, Read read) -> Result<decltype(read())> {
  try {
    if constexpr (std::is_void_v<decltype(read())>) {
      read();
      return {};
    } else {
      return read();
    }
  } catch (const std::exception& error) {
    return fail(fmt::format("{}: {}", what, printable(error.what())));
  }
}

// Returns OBJECT[KEY]; null if the key is missing or its value is null.
inline const Json* member(const Json& object, const char* key) {
  if (!object.is_object())
    throw std::runtime_error(fmt::format("{} is looked for in something that is no object", key));
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

inline std::string string_of(const Json& object, const char* key) {
  const Json* const value = member(object, key);
  return value == nullptr ? std::string() : value->get<std::string>();
}

inline std::vector<std::string> strings_of(const Json& object, const char* key) {
  const Json* const value = member(object, key);
  return value == nullptr ? std::vector<std::string>() : value->get<std::vector<std::string>>();
}

inline Digest digest_of(const std::string& text) {
  const auto digest = Digest::parse(text);
  if (!digest) throw std::runtime_error(digest.error().what);
  return *digest;
}

inline const Json::array_t& list_of(const Json& value, const char* what) {
  if (!value.is_array()) throw std::runtime_error(fmt::format("{} is not a list", what));
  return value.get_ref<const Json::array_t&>();
}

}  // namespace winnow
