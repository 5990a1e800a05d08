// SPDX-License-Identifier: Apache-2.0
// Finds what a web page refers to on its server. Pages are hostile: the work is linear in their size, and the result
// bounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

inline constexpr std::size_t kMaxLinks = 1000;   // of one page or document
inline constexpr std::size_t kMaxTarget = 2048;  // bytes of a path with its query

// Resolves REFERENCE, which is in the page TARGET of ORIGIN ("http://localhost:8080"). Returns path and query without a
// fragment, with only bytes that a request line may have (RFC 3986, section 5). nullopt: it leads to another server,
// has another scheme, is a place in the same page, or is longer than kMaxTarget.
std::optional<std::string> resolve_link(std::string_view reference, std::string_view origin, std::string_view target);

struct PageLinks {
  std::vector<std::string> targets;  // in the order of the page, each once
  std::vector<std::string> forms;    // "POST /orders": requests that its forms would make, without GET
};
// Returns the links in the HTML page TARGET: href and src of any element, and where it would reload to. <base> counts.
PageLinks links_in(std::string_view html, std::string_view origin, std::string_view target);

// Whether TARGET has a word by which a GET of it may end a session or remove something: "/logout", "/items/3/delete".
bool looks_harmful(std::string_view target);

}  // namespace winnow
