// SPDX-License-Identifier: Apache-2.0
// References in HTML: a scanner for tags that knows comments, scripts and quotes, and nothing else of the language.
#include "trial/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace winnow {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string all(text);
  std::ranges::transform(all, all.begin(), [](char c) { return lower(c); });
  return all;
}

bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool starts_with(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && lower(text.substr(0, start.size())) == lower(start);
}

// Without what browsers leave out of a reference: blanks around it, line ends and tabs in it.
std::string trimmed(std::string_view reference) {
  const auto first = reference.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  std::string text(reference.substr(first, reference.find_last_not_of(kBlanks) + 1 - first));
  std::erase_if(text, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  return text;
}

bool has_scheme(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return false;
  return std::ranges::all_of(text.substr(0, colon),
                             [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

// What of TEXT follows START, the server's name, if it ends there.
std::optional<std::string_view> below(std::string_view text, std::string_view start) {
  if (!starts_with(text, start)) return std::nullopt;
  text.remove_prefix(start.size());
  if (text.empty() || text[0] == '/' || text[0] == '?') return text;
  return std::nullopt;
}

// The same for each name that the server at ORIGIN has; http's port 80 and https's 443 may be left out.
std::optional<std::string_view> on_same_server(std::string_view text, std::string_view origin) {
  std::string_view name = origin;
  if (text.starts_with("//")) name.remove_prefix(std::min(name.size(), name.find("//")));
  if (const auto rest = below(text, name)) return rest;
  const bool usual = (origin.starts_with("http:") && origin.ends_with(":80")) ||
                     (origin.starts_with("https:") && origin.ends_with(":443"));
  return usual ? below(text, name.substr(0, name.rfind(':'))) : std::nullopt;
}

// RFC 3986, section 5.2.4, for an absolute path.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool directory = false;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = std::min(path.size(), path.find('/'));
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    directory = path.empty() && (segment.empty() || segment == "." || segment == "..");
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (segment != "." && segment != ".." && !(directory && segment.empty())) kept.push_back(segment);
  }
  std::string text;
  for (const auto segment : kept) text.append("/").append(segment);
  return directory || text.empty() ? text + "/" : text;
}

// Each byte that a request line may not have as "%XX".
std::string encoded(std::string_view text) {
  std::string all;
  for (const char c : text) {
    if (c > ' ' && c < '\x7f' && !std::string_view("\"<>\\^`{|}").contains(c))
      all += c;
    else
      all += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return all;
}

// The references that authors write of characters in URLs.
std::string unescaped(std::string_view value) {
  std::string text;
  while (!value.empty()) {
    const auto at = std::min(value.size(), value.find('&'));
    text += value.substr(0, at);
    value.remove_prefix(at);
    if (value.empty()) break;
    std::size_t length = 1;
    for (const std::string_view one : {"&amp;", "&#38;", "&#x26;"})
      if (starts_with(value, one)) length = one.size();
    text += '&';
    value.remove_prefix(length);
  }
  return text;
}

// A start tag as far as links need it.
struct Tag {
  std::string name;
  std::string href, src, action, method, content, refresh;
};

// Reads tags from a page, one after the other.
class Tags {
 public:
  explicit Tags(std::string_view html) : rest_(html) {}

  std::optional<Tag> next() {
    for (;;) {
      skip(rest_.find('<'));
      if (rest_.empty()) return std::nullopt;
      if (rest_.starts_with("<!--")) {
        skip_past("-->");
      } else if (rest_.size() > 1 && is_letter(rest_[1])) {
        rest_.remove_prefix(1);
        Tag tag = read();
        if (tag.name == "script" || tag.name == "style") skip_element("</" + tag.name);
        return tag;
      } else {
        rest_.remove_prefix(1);
      }
    }
  }

 private:
  void skip(std::size_t count) { rest_.remove_prefix(std::min(rest_.size(), count)); }
  void skip_past(std::string_view end) {
    const auto at = rest_.find(end);
    skip(at == std::string_view::npos ? at : at + end.size());
  }
  // To END, whatever its case.
  void skip_element(std::string_view end) {
    while (!rest_.empty() && !starts_with(rest_, end)) skip(std::max<std::size_t>(1, rest_.find('<', 1)));
  }
  std::string_view take_until(std::string_view ends) {
    const auto text = rest_.substr(0, rest_.find_first_of(ends));
    skip(text.size());
    return text;
  }

  std::string_view value() {
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '\'')) return take_until(" \t\r\n\f>");
    const std::string_view quote = rest_.substr(0, 1);
    rest_.remove_prefix(1);
    const auto text = take_until(quote);
    skip(1);
    return text;
  }

  Tag read() {
    Tag tag{.name = lower(take_until(" \t\r\n\f/>").substr(0, 16))};
    for (;;) {
      skip(rest_.find_first_not_of(" \t\r\n\f/"));
      if (rest_.empty() || rest_[0] == '>') return tag;
      const std::string name = lower(take_until(" \t\r\n\f/>=").substr(0, 16));
      skip(rest_.find_first_not_of(kBlanks));
      if (name.empty()) skip(1);  // a lone "="
      if (name.empty() || rest_.empty() || rest_[0] != '=') continue;
      skip(1);
      skip(rest_.find_first_not_of(kBlanks));
      const auto text = value();
      for (const auto& [known, field] : {std::pair{"href", &tag.href},
                                         {"src", &tag.src},
                                         {"action", &tag.action},
                                         {"method", &tag.method},
                                         {"content", &tag.content},
                                         {"http-equiv", &tag.refresh}})
        if (name == known && field->empty()) *field = unescaped(text.substr(0, 2 * kMaxTarget));
    }
  }

  std::string_view rest_;
};

// <meta http-equiv="refresh" content="0; url=/start">
std::string reload_target(const Tag& tag) {
  if (tag.name != "meta" || lower(tag.refresh) != "refresh") return "";
  const auto at = lower(tag.content).find("url=");
  if (at == std::string::npos) return "";
  std::string target = tag.content.substr(at + 4);
  std::erase_if(target, [](char c) { return c == '\'' || c == '"'; });
  return target;
}

}  // namespace

std::optional<std::string> resolve_link(std::string_view reference, std::string_view origin, std::string_view target) {
  std::string text = trimmed(reference.substr(0, 2 * kMaxTarget));
  text.resize(std::min(text.size(), text.find('#')));
  if (text.empty()) return std::nullopt;
  if (has_scheme(text) || text.starts_with("//")) {
    const auto rest = on_same_server(text, origin);
    if (!rest) return std::nullopt;
    text = rest->starts_with('/') ? std::string(*rest) : "/" + std::string(*rest);
  }
  const auto base = target.substr(0, target.find('?'));
  if (text[0] == '?') text = std::string(base) + text;
  if (text[0] != '/') text = std::string(base.substr(0, base.rfind('/') + 1)) + text;
  if (text[0] != '/') text.insert(0, "/");
  const auto query = std::min(text.size(), text.find('?'));
  std::string found = encoded(without_dots(std::string_view(text).substr(0, query)) + text.substr(query));
  if (found.size() > kMaxTarget) return std::nullopt;
  return found;
}

PageLinks links_in(std::string_view html, std::string_view origin, std::string_view target) {
  PageLinks links;
  std::set<std::string> seen;
  std::string base(target);
  Tags tags(html);
  while (const auto tag = tags.next()) {
    if (tag->name == "base") {
      base = resolve_link(tag->href, origin, base).value_or(base);
      continue;
    }
    for (const std::string& reference : {tag->href, tag->src, reload_target(*tag)}) {
      auto found = resolve_link(reference, origin, base);
      if (found && links.targets.size() < kMaxLinks && seen.insert(*found).second)
        links.targets.push_back(*std::move(found));
    }
    if (tag->name != "form" || tag->method.empty() || lower(tag->method) == "get") continue;
    const auto action = resolve_link(tag->action.empty() ? base : tag->action, origin, base);
    if (lower(tag->method) != "post" || !action || links.forms.size() == kMaxLinks) continue;
    if (std::string form = "POST " + *action; std::ranges::find(links.forms, form) == links.forms.end())
      links.forms.push_back(std::move(form));
  }
  return links;
}

bool looks_harmful(std::string_view target) {
  static constexpr std::string_view kPictures[] = {".css", ".js",   ".map", ".png",  ".svg",   ".jpg",
                                                   ".gif", ".webp", ".ico", ".woff", ".woff2", ".ttf"};
  const auto path = target.substr(0, target.find('?'));  // a reset.css resets nothing
  if (std::ranges::any_of(kPictures, [&](std::string_view end) { return path.ends_with(end); })) return false;
  static constexpr std::string_view kWords[] = {"logout",     "signout", "logoff", "delete", "remove",    "destroy",
                                                "purge",      "erase",   "drop",   "reset",  "restart",   "shutdown",
                                                "stop",       "quit",    "kill",   "reboot", "uninstall", "unsubscribe",
                                                "deactivate", "disable", "revoke", "cancel"};
  std::string joined;  // "sign-out" and "sign_out" are "signout"
  const auto is_known = [&](const std::string& word) { return std::ranges::find(kWords, word) != std::end(kWords); };
  std::string word;
  std::string text = lower(target) + "/";
  for (const char c : text) {
    if (is_letter(c)) {
      word += c;
      joined += c;
      continue;
    }
    if (is_known(word)) return true;
    word.clear();
    if (c == '-' || c == '_') continue;
    if (is_known(joined)) return true;
    joined.clear();
  }
  return false;
}

}  // namespace winnow
