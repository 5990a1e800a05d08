// SPDX-License-Identifier: Apache-2.0
// Paths and operations of an OpenAPI document; what has a parameter in its path, or needs one, is only named.
#include "trial/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "trial/links.h"
#include "winnow/base/json.h"
#include "winnow/base/json_text.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::string_view kMethods[] = {"get", "put", "post", "delete", "options", "head", "patch", "trace"};

const Json* member(const Json& value, const char* key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

std::string text_of(const Json& value, const char* key) {
  const Json* const found = member(value, key);
  const auto* const text = found != nullptr ? found->get_ptr<const std::string*>() : nullptr;
  return text != nullptr ? *text : "";
}

// What is before each path: version 3 has servers, version 2 a basePath.
std::string prefix_of(const Json& document, std::string_view origin) {
  std::string prefix = text_of(document, "basePath");
  if (const Json* const servers = member(document, "servers");
      servers != nullptr && servers->is_array() && !servers->empty())
    prefix = text_of(servers->front(), "url");
  if (prefix.contains('{')) return "";
  prefix = resolve_link(prefix, origin, "/").value_or("");
  while (prefix.ends_with('/')) prefix.pop_back();
  return prefix;
}

// Whether one of the parameters has to be there, or cannot be told.
bool needs_parameters(const Json& holder) {
  const Json* const parameters = member(holder, "parameters");
  if (parameters == nullptr || !parameters->is_array()) return false;
  return std::ranges::any_of(*parameters, [](const Json& one) {
    const Json* const required = member(one, "required");
    return member(one, "$ref") != nullptr || (required != nullptr && required->is_boolean() && required->get<bool>());
  });
}

Json parse(std::string_view text) {
  try {
    require_depth(text, kMaxDepth);
  } catch (const std::invalid_argument&) {
    return {};
  }
  return parse_if_json<Json>(text);
}

}  // namespace

std::optional<ApiPaths> read_openapi(std::string_view json, std::string_view origin) {
  const Json document = parse(json);
  const Json* const paths = member(document, "paths");
  if (paths == nullptr || !paths->is_object()) return std::nullopt;
  if (member(document, "openapi") == nullptr && member(document, "swagger") == nullptr) return std::nullopt;
  const std::string prefix = prefix_of(document, origin);
  ApiPaths found;
  std::size_t told = 0;
  for (const auto& [path, item] : paths->items()) {
    for (const std::string_view method : kMethods) {
      const Json* const operation = member(item, std::string(method).c_str());
      if (operation == nullptr || ++told > kMaxLinks) continue;
      std::string upper(method);
      std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      const std::string shown = fmt::format("{} {}", upper, (prefix + path).substr(0, kMaxTarget));
      const auto target = resolve_link(prefix + path, origin, "/");
      if (method != "get") {
        found.others.push_back(shown);
      } else if (path.contains('{') || !target || needs_parameters(item) || needs_parameters(*operation)) {
        found.with_inputs.push_back(shown);
      } else {
        found.targets.push_back(*target);
      }
    }
  }
  return found;
}

}  // namespace winnow
