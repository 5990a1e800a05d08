// SPDX-License-Identifier: Apache-2.0
// Label selectors parsed and matched, and the order in which the ways to choose count.
#include "winnow/agent/selection.h"

#include <algorithm>

#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxSelector = 4096;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
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

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= 317 && std::ranges::all_of(text, [](unsigned char c) {  // prefix/name
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/';
  });
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
    std::string_view key = term, values;
    const auto split_at = [&](std::string_view mark) {
      const auto at = term.find(mark);
      if (at == std::string_view::npos) return false;
      key = trimmed(term.substr(0, at));
      values = trimmed(term.substr(at + mark.size()));
      return true;
    };
    const bool set = term.ends_with(')');
    if (set && split_at(" notin ")) {
      rule.wanted = false;
    } else if (set && split_at(" in ")) {
    } else if (split_at("!=")) {
      rule.wanted = false;
    } else if (!split_at("==") && !split_at("=") && term.starts_with('!')) {
      rule.wanted = false;
      key = trimmed(term.substr(1));
    }
    if (set && (!values.starts_with('(') || values.size() < 2)) return wrong(term);
    if (set) values = values.substr(1, values.size() - 2);
    if (key.data() + key.size() != term.data() + term.size())  // there is an operator
      for (const std::string_view value : terms_of(values)) {
        if (!value.empty() && !is_key(value)) return wrong(term);
        rule.values.emplace_back(value);
      }
    rule.key = key;
    if (!is_key(rule.key)) return wrong(term);
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
