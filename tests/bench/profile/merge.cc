// SPDX-License-Identifier: Apache-2.0
// What a union costs, beside reading the profiles that go into it: the ratio is what to look at, since what else the
// machine does falls on both. And whether a profile costs more when many came before it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "winnow/base/digest.h"
#include "winnow/profile/profile.h"

namespace {

using namespace winnow;
using Clock = std::chrono::steady_clock;

constexpr int kPaths = 2000;

// As a replica writes it: most paths are everybody's, one in ten is in half of the profiles.
std::string profile_text(std::uint32_t number) {
  AccessProfile profile;
  profile.image = {"app:1", Digest::of("app")};
  Run& run = profile.runs.emplace_back();
  run.started_ms = number * 2654435761U;  // in no order
  for (std::uint32_t path = 0; path < kPaths; ++path) {
    if (path % 10 == 0 && ((path * 2654435761U) ^ (number * 40503U)) % 2 == 0) continue;
    Access access;
    access.path = "/usr/lib/python3/dist-packages/package/module" + std::to_string(path) + ".py";
    access.resolved = access.path;
    access.kinds = Kind::kOpen;
    access.by = "/usr/bin/python3.11";
    access.runs = {0};
    profile.add(std::move(access));
  }
  return to_json(profile);
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void unite(benchmark::State& state) {
  const auto profiles = static_cast<std::uint32_t>(state.range(0));
  double reading = 0, merging = 0, first_half = 0;
  for (auto _ : state) {
    AccessProfile all;
    all.image = {"app:1", Digest::of("app")};
    for (std::uint32_t number = 0; number < profiles; ++number) {
      state.PauseTiming();
      const std::string text = profile_text(number);
      state.ResumeTiming();
      auto start = Clock::now();
      auto profile = profile_from_json(text);
      reading += seconds_since(start);
      start = Clock::now();
      if (!profile || !all.merge(*std::move(profile))) state.SkipWithError("it does not merge");
      const double took = seconds_since(start);
      merging += took;
      if (number < profiles / 2) first_half += took;
    }
    benchmark::DoNotOptimize(all);
  }
  state.counters["merge/read"] = merging / reading;
  state.counters["second/first half"] = (merging - first_half) / first_half;
}
BENCHMARK(unite)->Arg(10)->Arg(100)->Arg(1000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
