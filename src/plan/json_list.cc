// SPDX-License-Identifier: Apache-2.0
// Finds a list and its items by counting brackets outside strings (RFC 8259).
#include "plan/json_list.h"

#include <algorithm>
#include <stdexcept>

namespace winnow {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

// Where what begins at the quote at AT ends: behind its other quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

// The place behind the bracket that opens the list, where TEXT goes on behind the name of a field; 0: there is none.
std::size_t list_behind(std::string_view text, std::size_t at) {
  at = text.find_first_not_of(kBlank, at);
  if (at == std::string_view::npos || text[at] != ':') return 0;
  at = text.find_first_not_of(kBlank, at + 1);
  return at != std::string_view::npos && text[at] == '[' ? at + 1 : 0;
}

// Shows the items of the list that begins at AT, and returns where its closing bracket is.
std::size_t walk_list(std::string_view text, std::size_t at, const std::function<void(std::string_view item)>& see) {
  std::size_t depth = 0;
  std::size_t begin = at;
  bool more = false;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    const bool ends = depth == 0 && c == ']';
    if (ends || (depth == 0 && c == ',')) {
      const std::string_view item = trimmed(text.substr(begin, at - begin));
      more = more || !ends || !item.empty();  // nothing between the brackets is no item
      if (more) see(item);
      begin = at + 1;
    }
    if (ends) return at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    ++at;
  }
  throw std::invalid_argument("a list that does not end");
}

}  // namespace

std::string without_list(std::string_view text, std::string_view name,
                         const std::function<void(std::string_view item)>& see) {
  std::string rest;
  std::size_t copied = 0;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (c != '"') {
      ++at;
      continue;
    }
    const std::size_t begin = at + 1;
    at = end_of_string(text, at);
    if (depth != 1 || text.substr(begin, at - begin - 1) != name) continue;
    const std::size_t list = list_behind(text, at);
    if (list == 0) continue;
    if (copied != 0) throw std::invalid_argument("\"" + std::string(name) + "\" is there twice");
    rest.append(text.substr(0, list));
    copied = at = walk_list(text, list, see);
    ++depth;  // of the list's, which its closing bracket ends
  }
  return rest.append(text.substr(copied));
}

}  // namespace winnow
