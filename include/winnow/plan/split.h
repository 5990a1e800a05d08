// SPDX-License-Identifier: Apache-2.0
// Shows how a plan divides its image: accesses by what their paths are, bytes by layer and package.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/plan/plan.h"

namespace winnow {

class PlanSplit {
 public:
  // SPEC was planned from INDEX and PROFILE, which must outlive the object. Error: it was not planned from INDEX.
  static Result<PlanSplit> of(const Index& index, const AccessProfile& profile, const KeepSpec& spec);
  // Returns lines for people: all layers, but only the largest packages.
  [[nodiscard]] std::string text() const;
  // Adds the members "accesses", "layers" and "packages" to JSON, with all packages.
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
