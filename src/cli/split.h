// SPDX-License-Identifier: Apache-2.0
// How a plan divides its image: accesses by what they were, bytes by layer, instruction and package.
#pragma once

#include <nlohmann/json.hpp>

#include "winnow/base/error.h"
#include "winnow/plan/plan.h"

namespace winnow::cli {

inline constexpr std::size_t kInstruction = 80;  // bytes of an instruction that people are shown

class Split {
 public:
  // SPEC was planned from INDEX and PROFILE, which must outlive the object.
  static Result<Split> of(const Index& index, const AccessProfile& profile, const KeepSpec& spec);
  // For people, to stderr: the largest packages only.
  void say() const;
  // All of it: "accesses", "layers" and "packages".
  void add_to(nlohmann::ordered_json& json) const;

 private:
  Split(const Index& index, std::vector<Attribution> accesses, Ownership owners, Breakdown bytes);
  [[nodiscard]] std::size_t count(Label label) const;

  const Index& index_;
  std::vector<Attribution> accesses_;
  Ownership owners_;
  Breakdown bytes_;
};

}  // namespace winnow::cli
