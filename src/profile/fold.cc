// SPDX-License-Identifier: Apache-2.0
// Runs that touched the same paths become one, and runs are taken out of a profile.
#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "profile/run_order.h"
#include "winnow/profile/profile.h"

namespace winnow {
namespace {

// Two sums over the paths of each run, different for different sets but by a chance of 2^-128.
struct Fingerprint {
  std::uint64_t first = 0, second = 0;
  auto operator<=>(const Fingerprint&) const = default;
};

// splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195): neighbouring numbers have unlike results.
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

std::vector<Fingerprint> fingerprints(const AccessProfile& profile) {
  std::vector<Fingerprint> all(profile.runs.size());
  for (std::uint64_t number = 0; const auto& [key, access] : profile.accesses) {
    const Fingerprint one{mixed(2 * number), mixed(2 * number + 1)};
    ++number;
    for (const auto& [first, last] : access.runs.ranges())
      for (std::size_t run = first; run <= last && run < all.size(); ++run) {
        all[run].first += one.first;
        all[run].second += one.second;
      }
  }
  return all;
}

// All that runs have to have in common to become one.
Run circumstances(const Run& run) {
  Run same = run;
  same.container.clear();
  same.name.clear();
  same.workload.pod.clear();
  same.started_ms = same.duration_ms = same.recording_ms = same.recovered = same.last_ms = 0;
  same.times = 1;
  same.lost = {};
  same.syscalls.clear();
  same.runtime_syscalls.clear();
  for (Visit& visit : same.entered) visit.first_ms = 0;
  std::ranges::sort(same.entered);
  return same;
}

std::uint64_t end_of(const Run& run) { return std::max(run.last_ms, run.started_ms + run.duration_ms); }

void unite_calls(std::map<std::string, std::set<std::string>>& known,
                 const std::map<std::string, std::set<std::string>>& more) {
  for (const auto& [architecture, names] : more) known[architecture].insert(names.begin(), names.end());
}

// RUN, a later one, becomes part of KEPT.
void absorb(Run& kept, const Run& run, bool counts) {
  kept.last_ms = std::max(end_of(kept), end_of(run));
  if (counts && __builtin_add_overflow(kept.times, run.times, &kept.times)) kept.times = UINT64_MAX;
  kept.lost += run.lost;
  kept.recovered += run.recovered;
  unite_calls(kept.syscalls, run.syscalls);
  unite_calls(kept.runtime_syscalls, run.runtime_syscalls);
}

// Returns the index at KEY, which is INDEX if there was none, and whether there was none.
template <typename Map>
std::pair<std::uint32_t, bool> place(Map& indexes, typename Map::key_type key, std::uint32_t index) {
  const auto [at, is_new] = indexes.try_emplace(std::move(key), index);
  return {at->second, is_new};
}

}  // namespace

void AccessProfile::fold(std::size_t most) {
  const auto prints = fingerprints(*this);
  std::map<std::pair<Run, Fingerprint>, std::uint32_t> known;  // the index of the run that is kept
  std::map<std::tuple<std::string, std::string, std::string, bool>, std::uint32_t> rest;
  std::vector<Run> kept;
  std::vector<std::uint32_t> to;
  for (std::size_t at = 0; at < runs.size(); ++at) {
    Run& run = runs[at];
    const auto index = static_cast<std::uint32_t>(kept.size());
    const bool full = known.size() >= most;
    const auto alike = known.find({circumstances(run), prints[at]});
    const auto [into, is_new] =
        alike != known.end() ? std::pair(alike->second, false)
        : full ? place(rest, {run.workload.node, run.workload.pod_namespace, run.workload.container, run.from_start},
                       index)
               : place(known, {circumstances(run), prints[at]}, index);
    if (is_new) {
      kept.push_back(std::move(run));
      if (full) kept.back().times = 1;
    } else {
      absorb(kept[into], run, alike != known.end());
    }
    to.push_back(into);
  }
  if (kept.size() < runs.size()) {
    const Moves moves(std::move(to));
    for (auto& [key, access] : accesses) access.runs = moves(std::move(access.runs));
  }
  runs = std::move(kept);
}

void AccessProfile::select(const std::function<bool(const Run&)>& wanted) {
  std::vector<Run> kept;
  std::map<std::uint32_t, std::uint32_t> to;
  for (std::uint32_t at = 0; at < runs.size(); ++at) {
    if (!wanted(runs[at])) continue;
    to[at] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(std::move(runs[at]));
  }
  runs = std::move(kept);
  for (auto one = accesses.begin(); one != accesses.end();) {
    RunSet left;
    for (const auto& [first, last] : one->second.runs.ranges())
      for (auto run = to.lower_bound(first); run != to.end() && run->first <= last; ++run) left.insert(run->second);
    one->second.runs = std::move(left);
    one = one->second.runs.empty() ? accesses.erase(one) : std::next(one);
  }
}

}  // namespace winnow
