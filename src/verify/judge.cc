// SPDX-License-Identifier: Apache-2.0
// The verdict: what the findings, the exit status and the doubts come to.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "verify/findings.h"
#include "winnow/base/text.h"
#include "winnow/verify/verify.h"

namespace winnow {
namespace {

constexpr std::size_t kMostNamed = 3;  // paths in one sentence

std::string words_for(const Mismatch& one) {
  const std::string path = printable(one.path);
  switch (one.what) {
    case Mismatch::What::kLacks:
      return "has no " + path;
    case Mismatch::What::kType:
      return "has something else at " + path;
    case Mismatch::What::kContent:
      return "has other content in " + path;
    case Mismatch::What::kTarget:
      return "has another link at " + path;
    case Mismatch::What::kMode:
      return "has another mode on " + path;
    case Mismatch::What::kOwner:
      return "has another owner of " + path;
  }
  return "";
}

std::string sentence_of(const std::vector<Mismatch>& mismatched) {
  std::string text = "the image is not what the keep spec says: it ";
  for (std::size_t at = 0; at < std::min(kMostNamed, mismatched.size()); ++at)
    text += (at == 0 ? "" : ", ") + words_for(mismatched[at]);
  if (mismatched.size() > kMostNamed) text += fmt::format(", and {} more", mismatched.size() - kMostNamed);
  return text;
}

std::string sentence_of(const Findings& found) {
  std::string text = fmt::format("{} name{} looked up in directories of the source image that are missing here (",
                                 found.astray, found.astray == 1 ? " was" : "s were");
  std::size_t told = 0;
  for (const std::string& directory : found.absent) {
    if (told == kMostNamed) break;
    text += (told++ == 0 ? "" : ", ") + printable(directory);
  }
  return text + (found.absent.size() > told ? ", ..." : "") +
         "); they are not in the source image either, so that matters only where they were to be made there";
}

// Why a run proves nothing, whatever it found.
std::vector<std::string> doubts_about(const AccessProfile& run, const Verdict& verdict) {
  std::vector<std::string> doubts;
  const Attempt& attempt = verdict.attempt;
  if (run.runs.empty())
    doubts.emplace_back("no container of the slim image was started by the command: does it use $WINNOW_IMAGE?");
  if (!verdict.mismatched.empty()) doubts.push_back(sentence_of(verdict.mismatched));
  if (attempt.expected_status != 0)
    doubts.push_back(fmt::format("the command failed on the source image too (status {}, {}): it proves nothing",
                                 attempt.expected_status, attempt.expected_from));
  if (!attempt.unwatched.empty())
    doubts.push_back("whether every container could be started is not known: " + attempt.unwatched);
  if (!attempt.status && !attempt.ended_after) doubts.emplace_back("the command did not end by itself");
  for (const OutputComparison& one : attempt.output)
    if (one.given_up)
      doubts.push_back(
          fmt::format("{} differs too much between two runs on the source image to be compared", one.stream));
  std::ranges::move(run.partial_reasons(), std::back_inserter(doubts));
  return doubts;
}

// How much of the output was compared.
std::vector<std::string> notes_about(const std::vector<OutputComparison>& output) {
  std::vector<std::string> notes;
  for (const OutputComparison& one : output) {
    if (one.lines == 0 || one.difference || one.given_up) continue;
    std::string text =
        fmt::format("{}: {} line{} as on the source image", one.stream, one.lines, one.lines == 1 ? "" : "s");
    if (one.varying > 0)
      text += fmt::format(", but for what two runs there print differently in {} of them", one.varying);
    if (one.cut) text += fmt::format("; only the first {} were compared", human_bytes(kMaxPrinted));
    notes.push_back(std::move(text));
  }
  return notes;
}

// Whether a program saw fewer names than on the source image, and nobody says that it does not matter.
bool saw_fewer(const Verdict& verdict) {
  return !verdict.attempt.accepts_listings && !std::ranges::all_of(verdict.shrunk, &ShrunkListing::modules);
}

// A cut leaves every Python with fewer modules than it had. Where all went well that is a sentence, else a suspect.
void tell_modules(Verdict& verdict) {
  if (verdict.outcome == Outcome::kDiffers) return;
  const auto count = std::erase_if(verdict.shrunk, [](const ShrunkListing& one) { return one.modules; });
  if (count > 0)
    verdict.notes.push_back(fmt::format(
        "Python read the names in {} director{} with fewer of them than in the source image: a module that it "
        "did not find leaves no other trace",
        count, count == 1 ? "y" : "ies"));
}

Outcome outcome_of(const AccessProfile& run, const Verdict& verdict) {
  const Attempt& attempt = verdict.attempt;
  if (!verdict.missing.empty()) return Outcome::kMissing;
  if (!verdict.mismatched.empty()) return Outcome::kInconclusive;
  if (!attempt.start_failures.empty()) return Outcome::kDiffers;
  if (!attempt.unhealthy.empty() && !attempt.source_unhealthy) return Outcome::kDiffers;
  if (run.runs.empty()) return Outcome::kInconclusive;
  if (!attempt.differences.empty()) return Outcome::kDiffers;
  if (attempt.ended_after || (attempt.status && *attempt.status != attempt.expected_status)) return Outcome::kDiffers;
  if (std::ranges::any_of(attempt.output, [](const OutputComparison& one) { return one.difference.has_value(); }))
    return Outcome::kDiffers;
  if (saw_fewer(verdict)) return Outcome::kListing;
  return verdict.doubts.empty() ? Outcome::kPass : Outcome::kInconclusive;
}

// What the health checks of containers leave open.
void tell_health(Verdict& verdict) {
  const Attempt& attempt = verdict.attempt;
  if (attempt.source_unhealthy && !attempt.unhealthy.empty())
    verdict.notes.emplace_back("the health check failed on the source image as well: the cut is not to blame");
  if (attempt.unchecked.empty()) return;
  std::string names;
  for (std::size_t at = 0; at < std::min(kMostNamed, attempt.unchecked.size()); ++at)
    names += (at == 0 ? "" : ", ") + printable(attempt.unchecked[at]);
  if (attempt.unchecked.size() > kMostNamed)
    names += fmt::format(" and {} more", attempt.unchecked.size() - kMostNamed);
  verdict.notes.push_back("the health check of " + names +
                          " did not run while the command did: nothing shows that it passes");
}

}  // namespace

void expect_recorded(Attempt& attempt, const KeepSpec& spec) {
  if (spec.test_status.empty()) return;
  attempt.expected_status = spec.test_status.front();
  attempt.expected_from = "as the recorded command returned";
}

void expect_as_on_source(Attempt& attempt, int status) {
  attempt.source_status = attempt.expected_status = status;
  attempt.expected_from = "as the source image returned just now";
}

std::vector<MissingPath> missing_in(const AccessProfile& slim_run, const KeepSpec& spec, const Index& source) {
  return look_at(slim_run, spec, source, Present(spec, nullptr), nullptr).missing;
}

Verdict judge(const AccessProfile& slim_run, const KeepSpec& spec, const Index& source, const Attempt& attempt,
              const Index* slim, const AccessProfile* source_run) {
  Verdict verdict;
  verdict.attempt = attempt;
  if (attempt.source_status && *attempt.source_status != 0) {
    verdict.doubts.push_back(
        fmt::format("the test fails on the source image itself (status {}): the cut is not to blame, and nothing was "
                    "tried on the slim image",
                    *attempt.source_status));
    return verdict;
  }
  const Present present(spec, slim);
  Findings found = look_at(slim_run, spec, source, present, source_run);
  verdict.missing = std::move(found.missing);
  verdict.shrunk = shrunk_listings(slim_run, spec, source, present);
  std::ranges::stable_partition(verdict.shrunk, std::logical_not(), &ShrunkListing::modules);
  if (slim != nullptr) verdict.mismatched = mismatches(spec, *slim);
  if (2 * verdict.mismatched.size() > spec.entries.size() + spec.additions.size()) {
    verdict.missing.clear();
    verdict.shrunk.clear();
    verdict.doubts = {
        fmt::format("the image was not made from this keep spec: {} of {} entries are missing or different",
                    verdict.mismatched.size(), spec.entries.size() + spec.additions.size())};
    return verdict;
  }
  verdict.doubts = doubts_about(slim_run, verdict);
  verdict.notes = notes_about(attempt.output);
  if (found.astray > 0) verdict.notes.push_back(sentence_of(found));
  if (found.unplaced > 0)
    verdict.notes.push_back(
        fmt::format("{} lookup{} failed in directories that the kernel could not tell, of a sandbox in the container "
                    "perhaps: whether the source image has what they asked for is not known",
                    found.unplaced, found.unplaced == 1 ? "" : "s"));
  if (found.excused > 0)
    verdict.notes.push_back(
        fmt::format("{} lookups failed on the source image just the same, though its layers hold what they asked for: "
                    "a mount hides it there",
                    found.excused));
  std::ranges::move(emptied_volumes(slim_run, source, present), std::back_inserter(verdict.notes));
  tell_health(verdict);
  verdict.outcome = outcome_of(slim_run, verdict);
  tell_modules(verdict);
  return verdict;
}

}  // namespace winnow
