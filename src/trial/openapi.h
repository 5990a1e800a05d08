// SPDX-License-Identifier: Apache-2.0
// Reads from an OpenAPI document which paths can be asked with GET. Documents are hostile; what they name is bounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// The paths at which web frameworks serve such a document.
inline constexpr std::string_view kApiDocuments[] = {
    "/openapi.json",     "/swagger.json",           "/v3/api-docs", "/v2/api-docs", "/api-docs",
    "/api/openapi.json", "/swagger/v1/swagger.json"};

struct ApiPaths {
  std::vector<std::string> targets;      // paths for a GET without parameters, in the document's order
  std::vector<std::string> others;       // requests with another method: "POST /orders"
  std::vector<std::string> with_inputs;  // GETs that need parameters: "GET /orders/{id}"
};
// Reads an OpenAPI document of version 2 or 3, in JSON, which was found at ORIGIN ("http://localhost:8080"). nullopt:
// it is no such document.
std::optional<ApiPaths> read_openapi(std::string_view json, std::string_view origin);

}  // namespace winnow
