// SPDX-License-Identifier: Apache-2.0
// Does the slim image still do the job: compares what happened on it with the keep spec and the fat image. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "winnow/index.h"
#include "winnow/plan.h"
#include "winnow/profile.h"

namespace winnow {

// A lookup that failed on the slim image and would have found something in the fat one.
struct MissingPath {
  std::string requested;   // as the program asked
  std::string path;        // what it would have found
  std::string by;          // the first program that asked
  std::uint64_t size = 0;  // bytes it would cost to keep
};

enum class Outcome {
  kPass,          // the command did what it did on the fat image, and nothing was missed
  kMissing,       // lookups failed that would have succeeded on the fat image
  kDiffers,       // the command's exit status is another one
  kInconclusive,  // no container of the slim image was seen, or events were lost
};
std::string_view name_of(Outcome outcome);

struct Verdict {
  Outcome outcome = Outcome::kInconclusive;
  std::vector<MissingPath> missing;
  int expected_status = 0;
  std::optional<int> status;
  std::vector<std::string> notes;  // why it is inconclusive, and what else a person should know
};

// SLIM_RUN is the profile of the slim image under the command, FAT the index of the image that SPEC was planned from.
Verdict judge(const AccessProfile& slim_run, const KeepSpec& spec, const Index& fat, std::optional<int> status);

}  // namespace winnow
