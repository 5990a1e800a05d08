// SPDX-License-Identifier: Apache-2.0
// What an OpenAPI document offers to somebody who may only look. Documents are hostile; what they name is bounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// Where servers have such a document, as their frameworks put it.
inline constexpr std::string_view kApiDocuments[] = {
    "/openapi.json",     "/swagger.json",           "/v3/api-docs", "/v2/api-docs", "/api-docs",
    "/api/openapi.json", "/swagger/v1/swagger.json"};

struct ApiPaths {
  std::vector<std::string> targets;      // GET of these needs nothing else; in the document's order
  std::vector<std::string> others;       // "POST /orders"
  std::vector<std::string> with_inputs;  // "GET /orders/{id}"
};
// Of version 2 or 3, in JSON, found at ORIGIN ("http://localhost:8080"). Nothing: it is no such document.
std::optional<ApiPaths> read_openapi(std::string_view json, std::string_view origin);

}  // namespace winnow
