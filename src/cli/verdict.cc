// SPDX-License-Identifier: Apache-2.0
// A verdict on stdout.
#include "cli/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/cli.h"

namespace winnow::cli {
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

std::string lines_of(const std::vector<ShrunkListing>& shrunk) {
  std::string text;
  for (std::size_t at = 0; at < std::min(kMostLines, shrunk.size()); ++at) {
    const ShrunkListing& one = shrunk[at];
    std::string names;
    for (const std::string& name : one.names) names += (names.empty() ? "" : ", ") + printable(name);
    if (one.lacking > one.names.size()) names += ", ...";
    text += fmt::format("  remark: {} was listed by {} and has {} name{} less than in the source image ({}): {}\n",
                        printable(one.directory), printable(one.by), one.lacking, one.lacking == 1 ? "" : "s",
                        human_bytes(one.bytes), names);
  }
  if (shrunk.size() > kMostLines) text += fmt::format("  ... and {} more\n", shrunk.size() - kMostLines);
  return text;
}

std::string text_of(const Verdict& verdict) {
  const Attempt& attempt = verdict.attempt;
  std::string text = fmt::format("verify: {}\n", name_of(verdict.outcome));
  for (const std::string& doubt : verdict.doubts) text += "  inconclusive: " + printable(doubt) + "\n";
  for (const std::string& failure : attempt.start_failures) text += "  did not start: " + printable(failure) + "\n";
  for (const std::string& one : attempt.differences) text += "  differs: " + printable(one) + "\n";
  if (attempt.ended_after || (attempt.status && *attempt.status != attempt.expected_status))
    text += "  status: " + printable(status_words(attempt)) + "\n";
  text += lines_of(verdict.missing) + lines_of(verdict.shrunk);
  for (const std::string& note : verdict.notes) text += "  note: " + printable(note) + "\n";
  if (attempt.ready_after) text += fmt::format("  ready after {} ms\n", attempt.ready_after->count());
  if (attempt.image_bytes > 0 && attempt.source_bytes > 0)
    text +=
        fmt::format("  {} of {} in the image\n", human_bytes(attempt.image_bytes), human_bytes(attempt.source_bytes));
  if (!verdict.missing.empty())
    text += "  keep them with: winnow plan ... --keep PATH, without a --drop of them, or record a run that uses them\n";
  return text;
}

}  // namespace

Result<void> print_verdict(const Verdict& verdict, bool json) {
  return write_output("-", json ? verdict_json(verdict) + "\n" : text_of(verdict));
}

}  // namespace winnow::cli
