// SPDX-License-Identifier: Apache-2.0
// What a probe found, in words, and what two probes found in different ways.
#include <fmt/format.h>

#include <algorithm>

#include "winnow/trial/probe.h"

namespace winnow {
namespace {

constexpr std::size_t kMostDifferences = 50;

std::string words_for(const Exchange& exchange) {
  if (exchange.status == 0) return "no answer";
  return fmt::format("{} {}", exchange.status, exchange.type.empty() ? "without a content type" : exchange.type);
}

// The last line that it wrote.
std::string_view last_line(std::string_view words) {
  while (words.ends_with('\n')) words.remove_suffix(1);
  return words.substr(words.rfind('\n') + 1);
}

// Nobody can say that this port is opened again under the same number.
bool is_by_chance(const ProbedPort& port) { return port.ephemeral && !port.exposed; }

}  // namespace

std::string_view to_string(Speech speech) {
  switch (speech) {
    case Speech::kHttp:
      return "http";
    case Speech::kHttps:
      return "https";
    case Speech::kOther:
      break;
  }
  return "other";
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::kStart:
      return "start";
    case Origin::kGiven:
      return "given";
    case Origin::kDocument:
      return "document";
    case Origin::kApi:
      return "api";
    case Origin::kLink:
      return "link";
    case Origin::kRedirect:
      break;
  }
  return "redirect";
}

std::vector<std::string> differences(const ProbeReport& source, const ProbeReport& slim) {
  if (slim.ended && !source.ended)
    return {fmt::format(
        "the container ended by itself, with status {}; that of the source image ran until it was stopped{}",
        *slim.ended, slim.last_words.empty() ? "" : fmt::format("; it said last: {}", last_line(slim.last_words)))};
  if (source.ended && !slim.ended)
    return {"the container ran until it was stopped; that of the source image ended by itself"};
  std::vector<std::string> all;
  const auto is_here = [&](std::uint16_t port) {
    return std::ranges::find(slim.ports, port, &ProbedPort::port) != slim.ports.end();
  };
  for (const ProbedPort& port : source.ports)
    if (!is_here(port.port) && !is_by_chance(port))
      all.push_back(fmt::format("nobody listens on TCP port {}, which the source image opens", port.port));
  std::size_t more = 0;
  for (const Exchange& before : source.exchanges) {
    if (!is_here(before.port)) continue;
    const auto now = std::ranges::find_if(
        slim.exchanges, [&](const Exchange& one) { return one.port == before.port && one.target == before.target; });
    const Exchange seen = now == slim.exchanges.end() ? Exchange{} : *now;
    if (seen.status == before.status && seen.type == before.type) continue;
    if (all.size() >= kMostDifferences && ++more > 0) continue;
    all.push_back(fmt::format("GET {} on port {}: {}; on the source image {}", before.target, before.port,
                              words_for(seen), words_for(before)));
  }
  if (more > 0) all.push_back(fmt::format("{} more answers are different", more));
  return all;
}

}  // namespace winnow
