// SPDX-License-Identifier: Apache-2.0
// Finds import statements line by line; parentheses and backslashes join lines.
#include "image/facts/python_imports.h"

#include <algorithm>
#include <functional>
#include <set>

namespace winnow {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestStatement = 16'384;

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Takes the next dotted name off TEXT; empty when something else comes.
std::string_view take_name(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\\\n("), text.size()));
  std::size_t end = 0;
  while (end < text.size() && in_name(text[end])) ++end;
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(end);
  return name;
}

// "a, b as c" up to the end of the statement: the names before "as".
std::vector<std::string_view> take_list(std::string_view text) {
  std::vector<std::string_view> names;
  while (!text.empty()) {
    const std::string_view name = take_name(text);
    if (name.empty()) break;
    names.push_back(name);
    const std::size_t comma = text.find_first_of(",)#;");
    if (comma == std::string_view::npos || text[comma] != ',') break;
    text.remove_prefix(comma + 1);
  }
  return names;
}

// The statement at the beginning of SOURCE, which may go on over several lines, but not over very many.
std::string_view statement(std::string_view source) {
  source = source.substr(0, kLongestStatement);
  std::size_t end = std::min(source.find('\n'), source.size());
  if (const std::size_t open = source.substr(0, end).find('('); open != std::string_view::npos)
    return source.substr(0, std::min(source.find(')', open), source.size()));
  while (end > 0 && end < source.size() && source[end - 1] == '\\')
    end = std::min(source.find('\n', end + 1), source.size());
  return source.substr(0, end);
}

// "a.b import c, d".
void add_from(std::string_view rest, const std::function<void(std::string)>& add) {
  const std::string from(take_name(rest));
  const std::size_t at = rest.find("import");
  if (from.empty() || at == std::string_view::npos) return;
  if (from.find_first_not_of('.') != std::string::npos) add(from);
  for (const std::string_view name : take_list(rest.substr(at + 6)))
    add(from + (from.ends_with('.') ? "" : ".") + std::string(name));
}

}  // namespace

std::vector<std::string> python_imports(std::string_view source, std::size_t limit) {
  std::set<std::string> found;
  const auto add = [&](std::string name) {
    if (!name.empty() && name.size() <= kLongestName && found.size() < limit) found.insert(std::move(name));
  };
  while (!source.empty() && found.size() < limit) {
    const std::size_t begin = std::min(source.find_first_not_of(" \t"), source.size());
    source.remove_prefix(begin);
    const bool import = source.starts_with("import ");
    const bool from = source.starts_with("from ");
    const std::string_view text = import || from ? statement(source) : std::string_view();
    if (import)
      for (const std::string_view name : take_list(text.substr(7))) add(std::string(name));
    if (from) add_from(text.substr(5), add);
    source.remove_prefix(text.size());  // its lines are not looked at again
    const std::size_t line = source.find('\n');
    source.remove_prefix(line == std::string_view::npos ? source.size() : line + 1);
  }
  return {found.begin(), found.end()};
}

}  // namespace winnow
