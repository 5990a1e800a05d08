// SPDX-License-Identifier: Apache-2.0
// An engine's images and tests without an engine: a test is a list of the paths that it opens, on the tree of an image.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "prove/workbench.h"
#include "support/index_text.h"
#include "winnow/base/digest.h"
#include "winnow/base/file.h"

namespace winnow::test {

// What a test does on an image: opens one path after the other, and gives up at the first that is not there if it
// NEEDS them.
struct Behaviour {
  std::vector<std::string> opens;
  bool needs = true;
  int ends_with = 0;  // once it has opened all
  std::string prints = {};
};

// Fails in one place, as an engine that has gone away does.
enum class Breaks { kNever, kFind, kTest, kCut, kTag, kDockerfile };

class SimulatedBench : public Workbench {
 public:
  explicit SimulatedBench(std::string_view image) {
    source_ = index_from_text(image);
    source_.id = Digest::of("source");
    images["app:1"] = source_.id;
  }

  std::map<std::string, Digest> images;
  std::map<std::string, Behaviour> tests;  // by command
  // Called with the number of each test's run, from 1, before it.
  std::function<void(int)> before_run = [](int) {};
  Breaks breaks = Breaks::kNever;
  int breaks_at = 1;  // the n-th call of that kind

  // What the loop did.
  std::vector<std::string> runs;  // "IMAGE COMMAND", and " as NAME" for each name that was lent
  std::vector<TestBed> beds;
  int cuts = 0;

  [[nodiscard]] const EngineInfo& info() const override { return info_; }

  Result<std::optional<Digest>> find(const std::string& name) override {
    if (breaks_now(Breaks::kFind)) return gone();
    const auto at = images.find(name);
    return at == images.end() ? std::nullopt : std::optional(at->second);
  }

  Result<Tried> try_test(const std::string& name, const std::vector<std::string>& as, const std::string& command,
                         const TestBed& bed) override {
    runs.push_back(name + " " + command);
    for (const std::string& other : as) runs.back() += " as " + other;
    beds.push_back(bed);
    before_run(static_cast<int>(runs.size()));
    if (breaks_now(Breaks::kTest)) return gone();
    return run(name == "app:1" ? source_ : cut_, tests.at(command), bed.keep_output);
  }

  Result<const Index*> read_source(const std::string&) override { return &source_; }

  Result<Cut> cut(const KeepSpec& spec, int round) override {
    ++cuts;
    if (breaks_now(Breaks::kCut)) return gone();
    cut_ = index_of_kept(spec);
    cut_.id = Digest::of("slim" + std::to_string(round));
    const std::string name = "temporary:" + std::to_string(round);
    images[name] = cut_.id;
    return Cut{name, cut_};
  }

  Result<void> tag(const std::string& image, const std::string& name) override {
    if (breaks_now(Breaks::kTag)) return gone();
    images[name] = images.at(image);
    return {};
  }

  Result<PinnedImages> write_dockerfile(const KeepSpec&, const std::string&) override {
    if (breaks_now(Breaks::kDockerfile)) return gone();
    return PinnedImages{"app:1", ""};
  }

 private:
  static std::unexpected<Error> gone() { return fail("connecting to unix:///run/gone.sock: Connection refused"); }
  bool breaks_now(Breaks where) { return breaks == where && --breaks_at == 0; }

  Tried run(const Index& tree, const Behaviour& behaviour, bool keeps_output) {
    Tried tried;
    winnow::Run run;
    run.from_start = true;
    run.command = {"sh", "-c", "test"};
    run.container = "c" + std::to_string(++containers_);
    tried.trial.profile.runs = {run};
    int status = behaviour.ends_with;
    for (const std::string& path : behaviour.opens) {
      Access access;
      access.path = path;
      access.by = "/usr/bin/app";
      access.runs = {0};
      const bool found = tree.find(path).has_value();
      access.kinds = found ? Kind::kOpen : Kind::kMiss;
      if (found) access.resolved = path;
      tried.trial.profile.add(access);
      if (found || !behaviour.needs) continue;
      status = 1;
      break;
    }
    tried.trial.status = tried.seen.status = status;
    if (keeps_output) tried.report.printed = Printed{behaviour.prints, ""};
    tried.report.took = std::chrono::seconds(2);
    return tried;
  }

  EngineInfo info_{
      .endpoint = "unix:///run/gone.sock", .name = "docker", .version = {}, .api_version = {}, .chosen_by = {}};
  Index source_, cut_;
  int containers_ = 0;
};

// Writes down what it hears; interrupts when it is told to.
class Heard : public SlimListener {
 public:
  bool stop = false;
  std::vector<std::string> steps;
  [[nodiscard]] bool interrupted() const override { return stop; }
  void on_test(Step step, const SlimTest& test) override {
    constexpr const char* kNames[] = {"recording", "trying", "again", "verifying"};
    steps.push_back(std::string(kNames[static_cast<int>(step)]) + " " + test.command);
  }
  void on_source_failure(const SlimTest& test, const Tried&) override { steps.push_back("fails " + test.command); }
  void on_profile(const AccessProfile&, const std::string&) override { steps.emplace_back("profile"); }
  void on_coverage(const CoverageEstimate&) override { steps.emplace_back("coverage"); }
  void on_plan(const KeepSpec&, const std::string&) override { steps.emplace_back("plan"); }
  void on_healed(const Healed& healed) override {
    steps.push_back((healed.added ? "heals " : "leaves ") + healed.missing.path);
  }
  void on_dockerfile(const std::string&, const PinnedImages&, const KeepSpec&) override {
    steps.emplace_back("dockerfile");
  }
  void on_note(const std::string& sentence) override { steps.push_back("note " + sentence); }
};

}  // namespace winnow::test
