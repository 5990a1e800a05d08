// SPDX-License-Identifier: Apache-2.0
// A probe in a few lines, as a table, and as one object. What the container answered is hostile.
#include "winnow/prove/exercised.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "winnow/base/text.h"
#include "winnow/report/markdown.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostNamed = 4;  // of a kind, in one line

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string seconds_of(std::chrono::milliseconds time) {
  return fmt::format("{:.0f} s", static_cast<double>(time.count()) / 1000);
}

// "9 x 200, 2 x 404"
std::string statuses_of(const ProbeReport& probe, std::uint16_t port) {
  std::map<int, std::size_t> counts;
  for (const Exchange& one : probe.exchanges)
    if (one.port == port) ++counts[one.status];
  std::string text;
  for (const auto& [status, count] : counts)
    text +=
        fmt::format("{}{} x {}", text.empty() ? "" : ", ", count, status == 0 ? "no answer" : std::to_string(status));
  return text;
}

std::size_t requests_to(const ProbeReport& probe, std::uint16_t port) {
  return static_cast<std::size_t>(std::ranges::count(probe.exchanges, port, &Exchange::port));
}

std::string end_of(const ProbeReport& probe) {
  if (probe.ended) return fmt::format("until it ended by itself with status {}", *probe.ended);
  return fmt::format("until nothing new came for {}", seconds_of(probe.quiet));
}

Json json_of(const Exchange& one) {
  return {{"port", one.port},
          {"path", escape_path(one.target)},
          {"why", to_string(one.origin)},
          {"status", one.status == 0 ? Json() : Json(one.status)},
          {"type", escape_path(one.type)}};
}

}  // namespace

std::string exercised_words(const ProbeReport& probe) {
  std::string text = "exercised: its start";
  for (const ProbedPort& port : probe.ports) {
    if (port.speech == Speech::kOther) {
      text += fmt::format(", port {} opened", port.port);
      continue;
    }
    text += fmt::format(", {} on port {} over {} ({})", counted(requests_to(probe, port.port), "request"), port.port,
                        port.speech == Speech::kHttps ? "HTTPS" : "HTTP", statuses_of(probe, port.port));
  }
  return text + ", " + end_of(probe) + "\n";
}

std::vector<std::string> left_alone(const ProbeReport& probe) {
  std::vector<std::string> lines;
  for (const ProbedPort& port : probe.ports)
    if (port.speech == Speech::kOther) lines.push_back(fmt::format("port {} (it does not speak HTTP)", port.port));
  for (const std::uint16_t port : probe.closed) lines.push_back(fmt::format("port {} (exposed, never opened)", port));
  std::vector<std::string> reasons;
  for (const NotAsked& one : probe.not_asked)
    if (std::ranges::find(reasons, one.why) == reasons.end()) reasons.push_back(one.why);
  for (const std::string& why : reasons) {
    std::string line;
    std::size_t count = 0;
    for (const NotAsked& one : probe.not_asked)
      if (one.why == why && ++count <= kMostNamed) line += (line.empty() ? "" : ", ") + printable(one.what);
    if (count > kMostNamed) line += fmt::format(" and {} more", count - kMostNamed);
    lines.push_back(line + " (" + printable(why) + ")");
  }
  return lines;
}

std::string probe_markdown(const ProbeReport& probe) {
  std::string text = markdown_cell(exercised_words(probe), 2000) + "\n";
  if (!probe.exchanges.empty()) {
    text += "\n| port | GET | why | status | content type |\n|---:|---|---|---:|---|\n";
    for (const Exchange& one : probe.exchanges)
      text += fmt::format("| {} | {} | {} | {} | {} |\n", one.port, markdown_cell(one.target), to_string(one.origin),
                          one.status == 0 ? "none" : std::to_string(one.status), markdown_cell(one.type));
  }
  const auto alone = left_alone(probe);
  if (!alone.empty()) text += "\nNot exercised:\n\n";
  for (const std::string& one : alone) text += "- " + markdown_cell(one, 2000) + "\n";
  return text;
}

std::string probe_json(const ProbeReport& probe) {
  Json json = {
      {"ports", Json::array()}, {"closed", probe.closed}, {"requests", Json::array()}, {"not_asked", Json::array()}};
  for (const ProbedPort& one : probe.ports)
    json["ports"].push_back({{"port", one.port}, {"exposed", one.exposed}, {"speaks", to_string(one.speech)}});
  for (const Exchange& one : probe.exchanges) json["requests"].push_back(json_of(one));
  for (const NotAsked& one : probe.not_asked)
    json["not_asked"].push_back({{"what", escape_path(one.what)}, {"why", escape_path(one.why)}});
  json["ended"] = probe.ended ? Json(*probe.ended) : Json();
  json["quiet_ms"] = probe.quiet.count();
  return json.dump();
}

}  // namespace winnow
