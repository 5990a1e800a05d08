// SPDX-License-Identifier: Apache-2.0
// Names of images as engines take them: [HOST[:PORT]/]PATH[:TAG] (distribution/reference, regexp.go).
#include <algorithm>

#include "winnow/engine/engine.h"

namespace winnow {
namespace {

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

// The first component is a host where it cannot be taken for a part of the path.
bool is_host(std::string_view first) { return first == "localhost" || first.find_first_of(".:") != std::string::npos; }

bool is_host_and_port(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = colon == std::string::npos ? "0" : text.substr(colon + 1);
  const auto in_host = [](char c) { return is_letter(c) || c == '.' || c == '-'; };
  return !host.empty() && is_letter(host.front()) && is_letter(host.back()) && std::ranges::all_of(host, in_host) &&
         !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
}

// Lower-case letters and digits, joined by ".", "_", "__" or any number of "-".
bool is_component(std::string_view text) {
  if (text.empty() || !is_lower(text.front()) || !is_lower(text.back())) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_lower(text[at])) continue;
    const auto end = std::min(text.find_first_of("abcdefghijklmnopqrstuvwxyz0123456789", at), text.size());
    const std::string_view joint = text.substr(at, end - at);
    const bool dashes = joint.find_first_not_of('-') == std::string::npos;
    if (!dashes && joint != "." && joint != "_" && joint != "__") return false;
    at = end - 1;
  }
  return true;
}

bool is_tag(std::string_view text) {
  const auto in_tag = [](char c) { return is_letter(c) || c == '_' || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= 128 && (is_letter(text.front()) || text.front() == '_') &&
         std::ranges::all_of(text, in_tag);
}

}  // namespace

std::pair<std::string, std::string> repository_and_tag(const std::string& name) {
  const auto colon = name.find(':', name.rfind('/') + 1);  // npos + 1 is 0
  if (colon == std::string::npos) return {name, "latest"};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

bool is_image_name(const std::string& name) {
  const auto [repository, tag] = repository_and_tag(name);
  std::string_view path = repository;
  if (const auto slash = path.find('/'); slash != std::string::npos && is_host(path.substr(0, slash))) {
    if (!is_host_and_port(path.substr(0, slash))) return false;
    path.remove_prefix(slash + 1);
  }
  if (repository.size() > 255 || path.empty() || !is_tag(tag)) return false;
  for (;; path.remove_prefix(path.find('/') + 1)) {
    const auto slash = path.find('/');
    if (!is_component(path.substr(0, slash))) return false;
    if (slash == std::string::npos) return true;
  }
}

}  // namespace winnow
