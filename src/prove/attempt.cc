// SPDX-License-Identifier: Apache-2.0
// Runs a test under the recorder while the engine's events are watched, and fills in what the verdict is asked about.
#include "winnow/prove/attempt.h"

#include <fmt/format.h>

#include "prove/start_watch.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {

void Tried::ended_after(std::chrono::milliseconds time) {
  seen.ended_after = time;
  seen.status.reset();
}

Result<Tried> try_in_engine(const Engine& engine, const std::string& image, TrialSpec spec, const RunTrial& run) {
  TRY(const auto found, engine.find_image(image));
  if (!found) return fail(fmt::format("no image {} in {}", printable(image), engine.info().endpoint));
  TRY(auto watch, StartWatch::begin(engine, found->id));
  spec.selector = ImageSelector{image};
  auto outcome = run(std::move(spec), &engine);
  Tried tried;
  watch.finish(tried.seen);
  if (!outcome) return std::unexpected(outcome.error());
  tried.trial = *std::move(outcome);
  tried.seen.status = tried.trial.status;
  return tried;
}

namespace {

Attempt attempt_of(const Standard& standard, const Tried& tried) {
  Attempt attempt = tried.seen;
  attempt.image = standard.image;
  attempt.source = standard.source_image;
  attempt.command = standard.command;
  attempt.accepts_listings = standard.accepts_listings;
  attempt.image_bytes = standard.slim.bytes();
  attempt.source_bytes = standard.source.bytes();
  if (tried.trial.failure) attempt.start_failures.push_back(tried.trial.failure->what);
  return attempt;
}

}  // namespace

std::optional<Verdict> judge_source(const Standard& standard, const Tried& tried) {
  const AccessProfile& profile = tried.trial.profile;
  const auto& ended = tried.seen.ended_after;
  if (tried.trial.status == 0 && !ended && !profile.runs.empty()) return std::nullopt;
  Attempt attempt = attempt_of(standard, tried);
  expect_as_on_source(attempt, tried.trial.status.value_or(0));
  if (!profile.runs.empty() && tried.trial.status != 0) return judge(profile, standard.spec, standard.source, attempt);
  Verdict verdict;
  verdict.attempt = std::move(attempt);
  if (profile.runs.empty())
    verdict.doubts = {"no container of the source image was started by the command: does it use $WINNOW_IMAGE?"};
  else
    verdict.doubts = {
        fmt::format("the test takes longer than {} s on the source image itself: nothing was tried on the "
                    "slim image",
                    ended->count() / 1000)};
  return verdict;
}

Verdict judge_tried(const Standard& standard, const Tried& tried, const Tried* on_source) {
  Attempt attempt = attempt_of(standard, tried);
  const AccessProfile* control = nullptr;
  if (on_source == nullptr) {
    expect_recorded(attempt, standard.spec);
  } else {
    expect_as_on_source(attempt, on_source->trial.status.value_or(0));
    attempt.source_unhealthy = !on_source->seen.unhealthy.empty();
    if (on_source->trial.profile.partial_reasons().empty()) control = &on_source->trial.profile;
  }
  return judge(tried.trial.profile, standard.spec, standard.source, attempt, &standard.slim, control);
}

}  // namespace winnow
