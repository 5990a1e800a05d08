// SPDX-License-Identifier: Apache-2.0
// Label selectors parsed and matched, and the order in which the ways to choose count.
#include "winnow/agent/selection.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxSelector = 4096;
constexpr std::size_t kMaxKey = 253 + 1 + 63;  // prefix/name

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(kBlanks) + 1));
  return text;
}

// The parts between commas that are not in parentheses.
std::vector<std::string_view> terms_of(std::string_view text) {
  std::vector<std::string_view> terms;
  std::size_t start = 0;
  bool inside = false;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '(') inside = true;
    if (at < text.size() && text[at] == ')') inside = false;
    if (at < text.size() && (text[at] != ',' || inside)) continue;
    terms.push_back(trimmed(text.substr(start, at - start)));
    start = at + 1;
  }
  return terms;
}

bool is_key_character(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/';  // prefix/name
}

// Takes MARK and the blanks behind it off TEXT.
bool take(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return false;
  text = trimmed(text.substr(mark.size()));
  return true;
}

// Takes the operator off TERM. Returns whether the values behind it are wanted; nullopt: there is no such operator.
std::optional<bool> take_operator(std::string_view& term, bool& set) {
  if (take(term, "!=")) return false;
  if (take(term, "==") || take(term, "=")) return true;
  set = true;
  if (take(term, "notin")) return false;
  return take(term, "in") ? std::optional(true) : std::nullopt;
}

bool matches_any(const std::vector<Glob>& globs, const std::string& name) {
  return std::ranges::any_of(globs, [&](const Glob& glob) { return glob.matches(name); });
}

}  // namespace

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  const auto wrong = [&](std::string_view term) {
    return std::unexpected(Error::usage("not a label selector: " + printable(term),
                                        "write app=web,tier!=db,canary,!old or 'env in (a,b)'"));
  };
  LabelSelector selector;
  if (text.size() > kMaxSelector) return wrong(text.substr(0, 40));
  if (trimmed(text).empty()) return selector;
  for (const std::string_view term : terms_of(text)) {
    Rule rule;
    std::string_view rest = term;
    const bool absent = take(rest, "!");
    const auto end = std::ranges::find_if_not(rest, is_key_character);
    rule.key = std::string(rest.begin(), end);
    rest = trimmed(rest.substr(rule.key.size()));
    if (rule.key.empty() || rule.key.size() > kMaxKey || (absent && !rest.empty())) return wrong(term);
    rule.wanted = !absent;
    if (!rest.empty()) {
      bool set = false;
      const auto wanted = take_operator(rest, set);
      if (!wanted || (set && (!rest.starts_with('(') || !rest.ends_with(')')))) return wrong(term);
      rule.wanted = *wanted;
      for (const std::string_view value : set ? terms_of(rest.substr(1, rest.size() - 2)) : std::vector{rest}) {
        if (!std::ranges::all_of(value, is_key_character)) return wrong(term);
        rule.values.emplace_back(value);
      }
    }
    selector.rules_.push_back(std::move(rule));
  }
  return selector;
}

bool LabelSelector::matches(const std::map<std::string, std::string>& labels) const {
  return std::ranges::all_of(rules_, [&](const Rule& rule) {
    const auto found = labels.find(rule.key);
    const bool there = found != labels.end() &&
                       (rule.values.empty() || std::ranges::find(rule.values, found->second) != rule.values.end());
    return there == rule.wanted;
  });
}

std::string_view to_string(Skip skip) {
  constexpr std::string_view kNames[] = {"sandbox", "namespace", "selector", "container", "annotation", "unknown"};
  return kNames[static_cast<std::size_t>(skip)];
}

std::optional<Skip> reason_to_skip(const PodSelection& selection, const StoredContainer& container) {
  if (container.sandbox) return Skip::kSandbox;
  if (!container.image.valid()) return Skip::kUnknown;
  const auto annotation = container.pod_annotations.find(std::string(kRecordAnnotation));
  if (annotation != container.pod_annotations.end() && annotation->second == "false") return Skip::kAnnotation;
  if (annotation != container.pod_annotations.end() && annotation->second == "true") return std::nullopt;
  if (selection.annotated_only) return Skip::kAnnotation;
  if (container.pod_namespace.empty()) return std::nullopt;
  if (matches_any(selection.excluded_namespaces, container.pod_namespace)) return Skip::kNamespace;
  if (!selection.namespaces.empty() && !matches_any(selection.namespaces, container.pod_namespace))
    return Skip::kNamespace;
  if (!selection.labels.matches(container.pod_labels)) return Skip::kSelector;
  if (!selection.containers.empty() && !matches_any(selection.containers, container.container)) return Skip::kContainer;
  return std::nullopt;
}

}  // namespace winnow
