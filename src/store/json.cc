// SPDX-License-Identifier: Apache-2.0
// Members by their path, whatever stands there.
#include "store/json.h"

#include <ctime>

#include "winnow/base/json.h"
#include "winnow/base/json_text.h"
#include "winnow/base/text.h"

namespace winnow {

Result<ObjectJson> parse_object(std::string_view text) {
  constexpr std::size_t kMaxDepth = 32;
  if (text.size() > kMaxObject) return fail("an object of more than " + human_bytes(kMaxObject));
  try {
    require_depth(text, kMaxDepth);
    require_values(text, kMaxValues);
    ObjectJson object = parse_json<ObjectJson>(text);
    if (!object.is_object()) return fail("JSON that is no object");
    return object;
  } catch (const std::exception& error) {
    return fail("no JSON object: " + printable(error.what()));
  }
}

const ObjectJson* member_at(const ObjectJson& object, std::initializer_list<std::string_view> path) {
  const ObjectJson* at = &object;
  for (const std::string_view key : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(key));
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string text_at(const ObjectJson& object, std::initializer_list<std::string_view> path) {
  const ObjectJson* const found = member_at(object, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t number_at(const ObjectJson& object, std::initializer_list<std::string_view> path) {
  const ObjectJson* const found = member_at(object, path);
  return found != nullptr && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

}  // namespace winnow
