// SPDX-License-Identifier: Apache-2.0
// The workbench of a real engine: its images, and tests with its containers.
#include <atomic>

#include "prove/workbench.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/transfer/open.h"

namespace winnow {
namespace {

class EngineBench : public Workbench {
 public:
  EngineBench(const Engine& engine, Home& home, const SlimOptions& options, const RunTrial& run)
      : engine_(engine), home_(home), options_(options), run_(run) {}

  [[nodiscard]] const EngineInfo& info() const override { return engine_.info(); }

  Result<std::optional<Digest>> find(const std::string& name) override {
    const auto found = engine_.find_image(name);
    if (!found) return std::unexpected(found.error());
    return *found ? std::optional((*found)->id) : std::nullopt;
  }

  Result<Tried> try_test(const std::string& name, const std::vector<std::string>& as, const std::string& command,
                         const TestBed& bed) override {
    for (const std::string& other : as) TRY_DO(home_.lend(engine_, other, name));
    auto tried = try_named(name, command, bed);
    TRY_DO(home_.give_back(engine_));
    return tried;
  }

  Result<const Index*> read_source(const std::string& name) override {
    if (!source_) {
      TRY(auto opened, open_image(in_engine(name), options_.reading, &engine_));
      source_ = std::move(opened);
    }
    return &source_->index();
  }

  Result<Cut> cut(const KeepSpec& spec, int round) override {
    TRY(auto name, home_.new_image(round));
    TRY_DO(emit_image(*source_, spec, in_engine(name), &engine_, options_.emit));
    TRY(const auto made, open_image(in_engine(name), options_.reading, &engine_));
    return Cut{std::move(name), made.index()};
  }

  Result<void> tag(const std::string& image, const std::string& name) override {
    return engine_.tag_image(image, name);
  }

  Result<PinnedImages> write_dockerfile(const KeepSpec& spec, const std::string& directory) override {
    return winnow::write_dockerfile(*source_, spec, directory, &engine_);
  }

 private:
  static Reference in_engine(const std::string& name) { return {Transport::kEngine, name, {}, {}}; }

  Result<Tried> try_named(const std::string& name, const std::string& command, TestBed bed) {
    TrialSpec spec;
    if (!command.empty()) spec.command = {"sh", "-c", command};
    std::atomic<std::chrono::milliseconds> quiet{};
    if (bed.probe) bed.probe->quiet = [&quiet] { return quiet.load(); };
    spec.on_progress = [&quiet](const TrialProgress& progress) { quiet = progress.recorded.since_new; };
    TestReport report;
    spec.work = [&](const std::stop_token& stop) { return run_test(engine_, home_, bed, name, command, stop, report); };
    auto tried = try_in_engine(engine_, name, std::move(spec), run_);
    if (!tried) return std::unexpected(tried.error().within(printable(name)));
    if (report.ready_after) tried->seen.ready_after = report.ready_after;
    if (report.timed_out) tried->ended_after(report.took);
    tried->report = std::move(report);
    return tried;
  }

  const Engine& engine_;
  Home& home_;
  const SlimOptions& options_;
  const RunTrial& run_;
  std::optional<Image> source_;
};

}  // namespace

Result<SlimEnd> make_slim(const Engine& engine, Home& home, const SlimOptions& options, const RunTrial& run,
                          SlimListener& listener, SlimOutcome& outcome) {
  EngineBench bench(engine, home, options, run);
  return run_slim_loop(bench, options, listener, outcome);
}

}  // namespace winnow
