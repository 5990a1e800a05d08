// SPDX-License-Identifier: Apache-2.0
// How the tests of verdicts make runs and attempts.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "support/index_text.h"
#include "winnow/verify/verify.h"

namespace winnow::test {

class Verifying : public ::testing::Test {
 protected:
  Verifying()
      : source_(index_from_text(R"(
    f 0755 0:0 5 /usr/bin/app
    f 0644 0:0 7 /usr/share/error.html
    l /etc/link /usr/share/error.html
    l /etc/kept /usr/share/gone
    d 0755 0:0 /usr/share/gone)")) {
    spec_ = make_plan(source_, run_with({{"/usr/bin/app", Kind::kExec}}), {}).value();
  }
  static Access access(const std::string& path, Kinds kinds, const std::string& by = "/usr/bin/app",
                       std::uint64_t first_ms = 0, std::uint32_t run = 0) {
    Access access;
    access.path = path;
    access.kinds = kinds;
    access.by = by;
    access.first_ms = first_ms;
    access.runs = {run};
    return access;
  }
  static AccessProfile run_of(const std::vector<Access>& accesses, std::size_t runs = 1) {
    AccessProfile profile;
    for (std::size_t at = 0; at < runs; ++at) {
      winnow::Run run;
      run.container = "c" + std::to_string(at);
      run.from_start = true;
      profile.runs.push_back(run);
    }
    for (const Access& one : accesses) profile.add(one);
    return profile;
  }
  static AccessProfile run_with(std::initializer_list<std::pair<std::string, Kind>> accesses) {
    std::vector<Access> all;
    for (const auto& [path, kind] : accesses) all.push_back(access(path, kind));
    return run_of(all);
  }
  static Attempt ended(int status) {
    Attempt attempt;
    attempt.status = status;
    return attempt;
  }
  const Index source_;
  KeepSpec spec_;
};

}  // namespace winnow::test
