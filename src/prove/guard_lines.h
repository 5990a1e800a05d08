// SPDX-License-Identifier: Apache-2.0
// Writes the lines that a guard reports: one for each missing path, once, and one each time that losses have doubled.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/index/index.h"
#include "winnow/plan/plan.h"
#include "winnow/profile/profile.h"
#include "winnow/prove/guard.h"

namespace winnow {

// Its memory is bounded by the number of entries in the source image.
class GuardLines {
 public:
  GuardLines(std::string container, const KeepSpec& spec, const Index& source, GuardReader& reader)
      : container_(std::move(container)), spec_(spec), source_(source), reader_(reader) {}

  // Writes a line about the container itself, with the members of REST.
  Result<void> write(std::string_view event, const nlohmann::ordered_json& rest);
  // Writes lines about what is new in PROFILE, the profile so far of the current watch.
  Result<void> take(const AccessProfile& profile);
  // Notes that another watch begins: its losses are counted from 0.
  void begin_anew();
  [[nodiscard]] std::size_t missing() const { return reported_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_before_ + lost_; }

 private:
  Result<void> write_at(std::string_view event, std::uint64_t unix_ms, const nlohmann::ordered_json& rest);

  std::string container_;
  const KeepSpec& spec_;
  const Index& source_;
  GuardReader& reader_;
  std::set<std::string> reported_;
  std::uint64_t reported_lost_ = 0;           // losses of this watch that were reported
  std::uint64_t lost_ = 0, lost_before_ = 0;  // losses of this watch, and of those before it
};

}  // namespace winnow
