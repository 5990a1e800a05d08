// SPDX-License-Identifier: Apache-2.0
// Chooses pods and containers: by namespace, labels, name and annotation. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/glob.h"
#include "winnow/image/runtime_store.h"

namespace winnow {

// A label selector as kubectl takes it (kubernetes.io/docs/concepts/overview/working-with-objects/labels):
// "app=web,tier!=db,canary,!old,env in (a,b),env notin (c)".
class LabelSelector {
 public:
  static Result<LabelSelector> parse(std::string_view text);
  [[nodiscard]] bool matches(const std::map<std::string, std::string>& labels) const;

 private:
  struct Rule {
    std::string key;
    std::vector<std::string> values;  // empty: any
    bool wanted = true;               // false: the label must not be there, or not with one of VALUES
  };
  std::vector<Rule> rules_;
};

// The annotation of a pod that overrides all else: "true" or "false".
inline constexpr std::string_view kRecordAnnotation = "winnow.dev/record";

struct PodSelection {
  std::vector<Glob> namespaces;  // empty: all that are not in EXCLUDED
  std::vector<Glob> excluded_namespaces;
  std::vector<Glob> containers;  // names in the pod; empty: all
  LabelSelector labels;
  bool annotated_only = false;  // only pods with the annotation "true"
};

// Why a container is not recorded. Each has a name in the metrics.
enum class Skip { kSandbox, kNamespace, kSelector, kContainer, kAnnotation, kUnknown };
std::string_view to_string(Skip skip);
// Returns why the container is not selected; nullopt: it is. What is in no pod is selected unless ANNOTATED_ONLY.
std::optional<Skip> reason_to_skip(const PodSelection& selection, const StoredContainer& container);

}  // namespace winnow
