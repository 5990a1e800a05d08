// SPDX-License-Identifier: Apache-2.0
// A probe in a few lines, as a table, and as one object. What the container answered is hostile.
#include "cli/exercised.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/report/markdown.h"

namespace winnow::cli {
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

std::string exercised(const ProbeReport& probe) {
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

// "POST /orders, POST /login and 3 more (only GET is asked)" for each reason.
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

// A word of a command: quotes only where it needs them, because people read it too.
std::string pasted(const std::string& word) {
  const auto plain = [](char c) {
    return std::string_view("._-/:=,@%+").contains(c) || (c >= '0' && c <= '9') ||
           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  };
  return !word.empty() && std::ranges::all_of(word, plain) ? word : shell_word(word);
}

// The same command with more words, to be pasted.
std::string command_with(const SlimWishes& wishes, const std::string& more, const std::string& run_options) {
  std::string text = "winnow slim";
  if (wishes.bed.compose_files.empty()) text += " " + pasted(wishes.image);
  for (const std::string& file : wishes.bed.compose_files) text += " --compose " + pasted(file);
  for (const std::string& name : wishes.bed.compose_services) text += " --service " + pasted(name);
  text += more;
  const auto add = [&](const std::vector<std::string>& words) {
    for (const std::string& word : words) text += " " + pasted(word);
  };
  if (!wishes.bed.run_options.empty() || !wishes.bed.arguments.empty() || !run_options.empty())
    text += " --" + run_options;
  add(wishes.bed.run_options);
  if (!wishes.bed.arguments.empty()) text += " --";
  add(wishes.bed.arguments);
  return text;
}

const ProbeReport* probe_of(const SlimOutcome& outcome) {
  for (const TestReport& one : outcome.source_reports)
    if (one.probe) return &*one.probe;
  return nullptr;
}

Json json_of(const Exchange& one) {
  return {{"port", one.port},
          {"path", escape_path(one.target)},
          {"why", name_of(one.origin)},
          {"status", one.status == 0 ? Json() : Json(one.status)},
          {"type", escape_path(one.type)}};
}

}  // namespace

std::string shown_test(const SlimWishes& wishes, const SlimTest& test) {
  if (!test.command.empty()) return "`" + printable(test.command) + "`";
  return wishes.bed.probe ? "a probe of the container" : "the container's own end";
}

std::string exercised_text(const SlimWishes& wishes, const SlimOutcome& outcome) {
  const ProbeReport* const probe = probe_of(outcome);
  if (probe == nullptr) return "";
  std::string text = exercised(*probe);
  std::string alone;
  for (const std::string& one : left_alone(*probe)) alone += (alone.empty() ? "" : "; ") + one;
  if (!alone.empty()) text += "not exercised: " + alone + "\n";
  return text + "a test of your own says what matters to you: " + command_with(wishes, " --test ./your-test.sh", "") +
         "\n";
}

std::string source_failure_text(const SlimWishes& wishes, const ProbeReport& probe) {
  std::string text;
  for (std::string_view rest = probe.last_words; !rest.empty();) {
    const auto end = std::min(rest.size(), rest.find('\n'));
    if (end > 0) text += "  " + printable(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  if (!text.empty()) text = "its last words:\n" + text;
  return text + "if it needs options of `docker run`, they follow --: " + command_with(wishes, "", " -e NAME=VALUE");
}

std::string probe_markdown(const ProbeReport& probe) {
  std::string text = markdown_cell(exercised(probe), 2000) + "\n";
  if (!probe.exchanges.empty()) {
    text += "\n| port | GET | why | status | content type |\n|---:|---|---|---:|---|\n";
    for (const Exchange& one : probe.exchanges)
      text += fmt::format("| {} | {} | {} | {} | {} |\n", one.port, markdown_cell(one.target), name_of(one.origin),
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
    json["ports"].push_back({{"port", one.port}, {"exposed", one.exposed}, {"speaks", name_of(one.speech)}});
  for (const Exchange& one : probe.exchanges) json["requests"].push_back(json_of(one));
  for (const NotAsked& one : probe.not_asked)
    json["not_asked"].push_back({{"what", escape_path(one.what)}, {"why", escape_path(one.why)}});
  json["ended"] = probe.ended ? Json(*probe.ended) : Json();
  json["quiet_ms"] = probe.quiet.count();
  return json.dump();
}

}  // namespace winnow::cli
