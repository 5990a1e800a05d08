// SPDX-License-Identifier: Apache-2.0
// Runs every golden directory: plan the image with the profile, compare the keep spec byte for byte.
// After a wanted change of the format: WINNOW_UPDATE_CASES=1 rewrites the expectations; read their diff.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "support/index_text.h"
#include "winnow/base/file.h"
#include "winnow/plan/plan.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(WINNOW_CASES))
    if (entry.is_directory()) names.push_back(entry.path().filename());
  return names;
}

class Cases : public ::testing::TestWithParam<std::string> {};

TEST_P(Cases, GiveTheExpectedKeepSpec) {
  const std::string directory = std::string(WINNOW_CASES) + "/" + GetParam();
  const Index index = test::index_from_text(read_file(directory + "/image.txt").value());
  const auto profile = profile_from_json(read_file(directory + "/profile.json").value());
  ASSERT_TRUE(profile) << profile.error().what;
  PlanOptions options;
  options.reference = "oci:image";
  const auto spec = make_plan(index, *profile, options);
  const bool should_fail = GetParam().starts_with("should-fail");
  const std::string file = directory + (should_fail ? "/expected.error" : "/expected.keep.json");
  ASSERT_EQ(spec.has_value(), !should_fail) << (spec ? "it was planned" : spec.error().what);
  const std::string actual = should_fail ? spec.error().what + "\n" : to_json(*spec);
  if (std::getenv("WINNOW_UPDATE_CASES") != nullptr) {
    ASSERT_TRUE(write_file_atomically(file, actual));
  }
  EXPECT_EQ(read_file(file).value_or("(missing)"), actual);
}

// What a plan says of an entry to programs: its path, and of each reason the rule, its cause, kinds and first moment.
std::vector<std::string> said_by(const KeepSpec& spec) {
  std::vector<std::string> lines;
  for (const KeptEntry& kept : spec.entries)
    for (const Reason& reason : *kept.reasons) {
      std::string line = kept.entry.path + ": " + reason.rule + " of " + reason.from;
      for (const std::string_view kind : reason.kinds.names()) line += " " + std::string(kind);
      if (reason.first_ms) line += " at " + std::to_string(*reason.first_ms);
      lines.push_back(std::move(line));
    }
  return lines;
}

// earlier.keep.json was written by winnow before reasons had kinds and entries shared reasons.
class Earlier : public ::testing::TestWithParam<std::string> {};

TEST_P(Earlier, KeepSpecIsReadAsBefore) {
  const std::string directory = std::string(WINNOW_CASES) + "/" + GetParam();
  const auto before = keep_from_json(read_file(directory + "/earlier.keep.json").value());
  ASSERT_TRUE(before) << before.error().what;
  const auto now = keep_from_json(read_file(directory + "/expected.keep.json").value());
  ASSERT_TRUE(now) << now.error().what;
  EXPECT_GT(before->entries.size(), 5U);
  EXPECT_EQ(said_by(*before), said_by(*now));
  EXPECT_EQ(before->summary.kept_bytes, now->summary.kept_bytes);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Golden, Earlier, ::testing::Values("nginx-like", "usr-merge"), test_name);
INSTANTIATE_TEST_SUITE_P(Golden, Cases, ::testing::ValuesIn(case_names()), test_name);

}  // namespace
}  // namespace winnow
