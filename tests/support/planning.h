// SPDX-License-Identifier: Apache-2.0
// How the tests of planning say what was touched and what they look for in a plan.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/index_text.h"
#include "winnow/plan/plan.h"

namespace winnow::test {

struct Touch {
  std::string path;
  Kinds kinds = Kind::kOpen;
  std::string by = "/usr/bin/app";
  std::uint64_t first_ms = 0;
};

inline AccessProfile profile_of(const std::vector<Touch>& touches) {
  AccessProfile profile;
  Run run;
  run.from_start = true;
  profile.runs = {run};
  for (const Touch& touch : touches) {
    Access access;
    access.path = touch.path;
    access.kinds = touch.kinds;
    access.by = touch.by;
    access.first_ms = touch.first_ms;
    access.runs = {0};
    profile.add(access);
  }
  return profile;
}

inline PlanOptions with(Policy policy) {
  PlanOptions options;
  options.policy = policy;
  return options;
}

inline PlanOptions keeping(std::string glob) {
  PlanOptions options;
  options.keep = {std::move(glob)};
  return options;
}

inline KeepSpec plan_of(const std::string& image, const std::vector<Touch>& touches, const PlanOptions& options = {}) {
  auto spec = make_plan(index_from_text(image), profile_of(touches), options);
  EXPECT_TRUE(spec) << spec.error().what;
  return *std::move(spec);
}

// What a container of IMAGE that had VOLUMES and was asked after its health by HEALTHCHECK leaves of it.
inline KeepSpec plan_of_container(const std::string& image, std::vector<MountedVolume> volumes,
                                  std::vector<std::string> healthcheck, const PlanOptions& options = {}) {
  AccessProfile profile = profile_of({{"/nothing/of/the/image", Kind::kMiss}});
  profile.runs[0].volumes = std::move(volumes);
  profile.runs[0].healthcheck = std::move(healthcheck);
  auto spec = make_plan(index_from_text(image), profile, options);
  EXPECT_TRUE(spec) << spec.error().what;
  return *std::move(spec);
}

inline bool keeps(const KeepSpec& spec, const std::string& path) {
  return std::ranges::any_of(spec.entries, [&](const KeptEntry& kept) { return kept.entry.path == path; });
}

inline bool warns(const KeepSpec& spec, const std::string& text) {
  return std::ranges::any_of(spec.warnings,
                             [&](const auto& warning) { return warning.find(text) != std::string::npos; });
}

inline const Risk* risk_of(const KeepSpec& spec, const std::string& family) {
  const auto found = std::ranges::find(spec.risks, family, &Risk::family);
  return found == spec.risks.end() ? nullptr : &*found;
}

}  // namespace winnow::test
