// SPDX-License-Identifier: Apache-2.0
// A verdict as lines for a terminal.
#include "winnow/base/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "winnow/base/shell.h"
#include "winnow/verify/report.h"
#include "winnow/verify/verify.h"

namespace winnow {
namespace {

constexpr std::size_t kMostLines = 100;  // of each kind; JSON has all

std::string lines_of(const std::vector<MissingPath>& missing) {
  std::string text;
  for (std::size_t at = 0; at < std::min(kMostLines, missing.size()); ++at) {
    const MissingPath& one = missing[at];
    std::string programs = printable(one.by);
    if (!one.also_by.empty())
      programs += fmt::format(" and {} other program{}", one.also_by.size(), one.also_by.size() == 1 ? "" : "s");
    if (one.containers > 1) programs += fmt::format(" in {} containers", one.containers);
    text += fmt::format("  missing: {} ({}), wanted by {} as {}: {}\n", printable(one.path), human_bytes(one.size),
                        programs, printable(one.requested), printable(why_lacking(one)));
  }
  if (missing.size() > kMostLines) text += fmt::format("  ... and {} more\n", missing.size() - kMostLines);
  return text;
}

std::string words_of(const ShrunkListing& one) {
  std::string programs = printable(one.by);
  for (const std::string& other : one.also_by) programs += " and " + printable(other);
  std::string names;
  for (const std::string& name : one.names) names += (names.empty() ? "" : ", ") + printable(name);
  if (one.lacking > one.names.size()) names += ", ...";
  return fmt::format("{} was listed by {} and has {} fewer name{} than in the source image ({}): {}",
                     printable(one.directory), programs, one.lacking, one.lacking == 1 ? "" : "s",
                     human_bytes(one.bytes), names);
}

// Below the first line, which has the first of those that decide.
std::string lines_of(const Verdict& verdict, std::size_t begin) {
  std::string text;
  for (std::size_t at = begin; at < std::min(kMostLines, verdict.shrunk.size()); ++at) {
    const ShrunkListing& one = verdict.shrunk[at];
    const bool decides = !one.modules && !verdict.attempt.accepts_listings;
    text += fmt::format("  {}: {}\n", decides ? "listing" : "remark", words_of(one));
  }
  if (verdict.shrunk.size() > kMostLines)
    text += fmt::format("  ... and {} more\n", verdict.shrunk.size() - kMostLines);
  return text;
}

}  // namespace

std::string verdict_text(const Verdict& verdict) {
  const Attempt& attempt = verdict.attempt;
  const bool fewer = verdict.outcome == Outcome::kListing;
  std::string text =
      fmt::format("verify: {}{}\n", to_string(verdict.outcome), fewer ? ": " + words_of(verdict.shrunk.front()) : "");
  for (const std::string& doubt : verdict.doubts) text += "  inconclusive: " + printable(doubt) + "\n";
  for (const std::string& failure : attempt.start_failures) text += "  did not start: " + printable(failure) + "\n";
  for (const std::string& one : attempt.differences) text += "  differs: " + printable(one) + "\n";
  for (const std::string& failure : attempt.unhealthy) text += "  not healthy: " + printable(failure) + "\n";
  if (attempt.ended_after || (attempt.status && *attempt.status != attempt.expected_status))
    text += "  status: " + printable(status_words(attempt)) + "\n";
  for (const std::string& difference : output_words(attempt)) text += "  output: " + printable(difference) + "\n";
  text += lines_of(verdict.missing) + lines_of(verdict, fewer ? 1 : 0);
  for (const std::string& note : verdict.notes) text += "  note: " + printable(note) + "\n";
  if (attempt.ready_after) text += fmt::format("  ready after {} ms\n", attempt.ready_after->count());
  if (attempt.image_bytes > 0 && attempt.source_bytes > 0)
    text +=
        fmt::format("  {} of {} in the image\n", human_bytes(attempt.image_bytes), human_bytes(attempt.source_bytes));
  if (!verdict.missing.empty())
    text += "  keep them with: winnow plan ... --keep PATH, without a --drop of them, or record a run that uses them\n";
  if (fewer)
    text += fmt::format("  keep them with: winnow plan ... {}; or say that they do not matter: --accept-listings\n",
                        verdict.shrunk.front().dropped ? "without the --drop of them"
                                                       : "--keep " + shell_word(verdict.shrunk.front().keep));
  return text;
}

}  // namespace winnow
