// SPDX-License-Identifier: Apache-2.0
// How a plan divides its image: accesses by what they were, bytes by layer, instruction and package.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/plan/plan.h"

namespace winnow {

class PlanSplit {
 public:
  // SPEC was planned from INDEX and PROFILE, which must outlive the object.
  static Result<PlanSplit> of(const Index& index, const AccessProfile& profile, const KeepSpec& spec);
  // For people, in lines: the largest packages only.
  [[nodiscard]] std::string text() const;
  // All of it: "accesses", "layers" and "packages".
  void add_to(nlohmann::ordered_json& json) const;

 private:
  PlanSplit(const Index& index, std::vector<Attribution> accesses, Ownership owners, Breakdown bytes);
  [[nodiscard]] std::size_t count(Label label) const;

  const Index& index_;
  std::vector<Attribution> accesses_;
  Ownership owners_;
  Breakdown bytes_;
};

}  // namespace winnow
