// SPDX-License-Identifier: Apache-2.0
// What a guard reports, as lines of JSON, the contract of docs/verify.md.
#include "prove/guard_lines.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "winnow/base/json.h"
#include "winnow/base/text.h"
#include "winnow/base/time.h"
#include "winnow/verify/report.h"
#include "winnow/verify/verify.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLostStep = 2;  // a loss is reported again when it has become so many times as large

// "2026-01-31T12:00:00.123Z"
std::string time_text(std::uint64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_ms % 1000);
}

std::uint64_t sum_of(const AccessProfile& profile) {
  Losses lost;
  for (const Run& run : profile.runs) lost += run.lost;
  return lost.total();
}

}  // namespace

Result<void> GuardLines::write_at(std::string_view event, std::uint64_t unix_ms, const Json& rest) {
  Json json = {{"event", event}, {"ts", time_text(unix_ms)}, {"container", escape_path(container_)}};
  json.update(rest);
  return reader_.take(json.dump());
}

Result<void> GuardLines::write(std::string_view event, const Json& rest) { return write_at(event, unix_ms(), rest); }

Result<void> GuardLines::take(const AccessProfile& profile) {
  const std::uint64_t began = profile.runs.empty() ? unix_ms() : profile.runs.front().started_ms;
  for (const MissingPath& missing : missing_in(profile, spec_, source_)) {
    if (!reported_.insert(missing.path).second) continue;
    auto written = write_at("missing", began + missing.first_ms, parse_json<Json>(missing_json(missing)));
    if (!written) return written;
  }
  lost_ = sum_of(profile);
  if (lost_ == 0 || lost_ < kLostStep * reported_lost_) return {};
  reported_lost_ = lost_;
  Json reasons = Json::array();
  for (const std::string& reason : profile.partial_reasons()) reasons.push_back(escape_path(reason));
  return write("lost", {{"lost", lost_}, {"reasons", reasons}});
}

void GuardLines::begin_anew() {
  lost_before_ += std::exchange(lost_, 0);
  reported_lost_ = 0;
}

}  // namespace winnow
