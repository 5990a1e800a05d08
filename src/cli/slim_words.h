// SPDX-License-Identifier: Apache-2.0
// What `winnow slim` prints while it works, and about a container that it tested without a test of the user.
#pragma once

#include <string>

#include "cli/cli.h"
#include "winnow/prove/slim.h"

namespace winnow::cli {

// Prints each step to stderr; stops if the user interrupts.
class SlimTalk : public SlimListener {
 public:
  SlimTalk(const SlimOptions& options, const Interrupt& interrupt) : options_(options), interrupt_(interrupt) {}
  [[nodiscard]] bool interrupted() const override { return *interrupt_.flag(); }
  void on_test(Step step, const SlimTest& test) override;
  void on_source_failure(const SlimTest& test, const Tried& tried) override;
  void on_profile(const AccessProfile& profile, const std::string& file) override;
  void on_coverage(const CoverageEstimate& coverage) override;
  void on_plan(const KeepSpec& spec, const std::string& file) override;
  void on_healed(const Healed& healed) override;
  void on_dockerfile(const std::string& directory, const PinnedImages& pinned, const KeepSpec& spec) override;
  void on_note(const std::string& sentence) override;

 private:
  const SlimOptions& options_;
  const Interrupt& interrupt_;
};

// Returns lines about what was exercised, what was not, and which command says more. "": the user gave every test.
std::string exercised_text(const SlimOptions& options, const SlimOutcome& outcome);
}  // namespace winnow::cli
