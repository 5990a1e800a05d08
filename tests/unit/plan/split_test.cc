// SPDX-License-Identifier: Apache-2.0
// How a plan divides its image, for people and for programs.
#include "winnow/plan/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/planning.h"

namespace winnow {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPackaged = R"(
  f 0755 0:0 5 /usr/bin/app
  f 0644 0:0 1000 /usr/share/big
  f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20a\x0aVersion:\x201\x0aArchitecture:\x20all\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/usr/share/big\x0a)";

class SplitTest : public ::testing::Test {
 protected:
  const Index index_ = test::index_from_text(kPackaged);
  const AccessProfile profile_ = test::profile_of({{"/usr/bin/app", Kind::kExec}, {"/none", Kind::kMiss}});
  const KeepSpec spec_ = make_plan(index_, profile_, {}).value();
};

TEST_F(SplitTest, TellsAccessesLayersAndPackages) {
  const std::string text = PlanSplit::of(index_, profile_, spec_)->text();
  EXPECT_THAT(text, AllOf(HasSubstr("2 accesses: 1 of image entries (0 of packages, 1 unowned), 1 not there\n"),
                          HasSubstr("deb:a@1"), HasSubstr("(unowned)"), Not(HasSubstr("others)"))));
}

TEST_F(SplitTest, AddsUpAsJson) {
  nlohmann::ordered_json json;
  PlanSplit::of(index_, profile_, spec_)->add_to(json);
  EXPECT_EQ(json.at("accesses").at("all"), 2);
  std::uint64_t kept = 0, dropped = 0, kept_of_packages = 0;
  for (const auto& layer : json.at("layers")) {
    kept += layer.at("bytes").at("kept").get<std::uint64_t>();
    dropped += layer.at("bytes").at("dropped").get<std::uint64_t>();
  }
  for (const auto& package : json.at("packages"))
    kept_of_packages += package.at("bytes").at("kept").get<std::uint64_t>();
  EXPECT_EQ(kept, spec_.summary.kept_bytes);
  EXPECT_EQ(kept_of_packages, spec_.summary.kept_bytes);
  EXPECT_EQ(dropped, spec_.summary.dropped_bytes);
}

TEST_F(SplitTest, IsRefusedForAnotherImage) {
  const Index other = test::index_from_text("f 0755 0:0 5 /usr/bin/other");
  EXPECT_FALSE(PlanSplit::of(other, profile_, spec_));
}

}  // namespace
}  // namespace winnow
