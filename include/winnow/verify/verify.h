// SPDX-License-Identifier: Apache-2.0
// Does the slim image still do the job: compares what happened on it with the keep spec and the source image. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/index/index.h"
#include "winnow/plan/plan.h"
#include "winnow/profile/profile.h"
#include "winnow/verify/output.h"

namespace winnow {

// What was seen from outside while the slim image was at work.
struct Attempt {
  std::string image, source;         // as they were named
  std::vector<std::string> command;  // what was run against it
  std::optional<int> status;         // of the command, 128 + n for signal n; none: it did not end by itself
  int expected_status = 0;           // of the same command before
  std::optional<std::chrono::milliseconds> ended_after;  // the command was ended then: it took too long
  std::string expected_from;                             // "as the recorded command gave"; empty: success is expected
  std::optional<int> source_status;      // of the same command on the source image, where it was run there just before
  std::vector<std::string> differences;  // what answered in another way than on the source image, as sentences
  std::vector<std::string> start_failures;  // containers that could not be started, in the engine's words
  std::string unwatched;               // why the engine stopped saying what becomes of containers; empty: it did not
  std::vector<std::string> unhealthy;  // containers whose health check failed in the end, with its words
  std::vector<std::string> unchecked;  // containers, by name, whose health check was not run
  bool source_unhealthy = false;       // a check failed on the source image, too
  std::optional<std::chrono::milliseconds> ready_after;  // from a container's start until it was ready
  std::uint64_t image_bytes = 0, source_bytes = 0;       // content of the merged trees; 0: not known
  std::vector<OutputComparison> output;                  // each stream, where what the test printed was compared
  bool accepts_listings = false;  // shorter listings are remarks: somebody says that they do not matter
};
// Expects the status of the recorded run's command, if SPEC has one.
void expect_recorded(Attempt& attempt, const KeepSpec& spec);
// Expects STATUS, which the source image returned just now.
void expect_as_on_source(Attempt& attempt, int status);

// How a lookup comes to need what the slim image lacks, and why that is not there.
enum class Need : std::uint8_t { kItself, kLink, kInterpreter, kListed };
enum class Cause : std::uint8_t {
  kUnplanned,  // nothing asked for it when the spec was made
  kDropGlob,   // a --drop took it
  kImage,      // the spec keeps it: the image is not what the spec says, or something removed it there
};
std::string_view to_string(Need need);    // "itself", "link", "interpreter", "listed"
std::string_view to_string(Cause cause);  // "unplanned", "drop", "image"

// What is missing: on the source image, a failed lookup or a listing would have found it.
struct MissingPath {
  std::string requested;          // as the program asked
  std::string path;               // what it would have found; missing links on the way to it come before it
  std::string by;                 // the first program that asked
  std::set<std::string> also_by;  // the other ones
  std::size_t containers = 0;     // in how many it was looked up in vain; the kernel tells of each one's first lookup
  std::uint64_t size = 0;         // bytes it would cost to keep
  EntryType type = EntryType::kFile;
  Need need = Need::kItself;
  Cause cause = Cause::kUnplanned;
  std::string because;         // kInterpreter: the program that needs it; kListed: the directory whose names were read
  std::string glob;            // kDropGlob: it
  std::string keep;            // what `winnow plan --keep` takes to keep it
  std::uint64_t first_ms = 0;  // since the run began
};

// A directory whose names were read and that has fewer of them than in the source image: a silent difference.
struct ShrunkListing {
  std::string directory, by;
  std::set<std::string> also_by;         // other programs that listed it
  bool modules = false;                  // Python looked for modules there; reported only if the outcome is kDiffers
  std::uint64_t lacking = 0, bytes = 0;  // names and their own sizes
  std::vector<std::string> names;        // at most kMaxShrunkNames of them
  std::string keep;                      // what `winnow plan --keep` takes to keep them, ...
  bool dropped = false;                  // ... unless --drop took out all of them
};
inline constexpr std::size_t kMaxShrunkNames = 8;

// An entry that the image has otherwise than the spec says.
struct Mismatch {
  enum class What : std::uint8_t { kLacks, kType, kContent, kTarget, kMode, kOwner } what = What::kLacks;
  std::string path;
};
std::string_view to_string(Mismatch::What what);  // "lacks", "type", "content", "target", "mode", "owner"
// Returns what SPEC keeps and is missing or different in SLIM. What else SLIM has does not matter.
std::vector<Mismatch> mismatches(const KeepSpec& spec, const Index& slim);

enum class Outcome {
  kPass,          // the command did what it did on the source image, and nothing was missed
  kMissing,       // lookups failed that would have succeeded on the source image
  kDiffers,       // another exit status, answer or output, or a container could not be started
  kListing,       // a program read the names in a directory, and saw fewer than there are in the source image
  kInconclusive,  // it proves nothing: no container was seen, events were lost, the test fails on the source too, ...
};
std::string_view to_string(Outcome outcome);

struct Verdict {
  Outcome outcome = Outcome::kInconclusive;
  std::vector<MissingPath> missing;
  std::vector<ShrunkListing> shrunk;  // Python's searches for modules come last
  std::vector<Mismatch> mismatched;
  Attempt attempt;
  std::vector<std::string> doubts;  // why it proves nothing; sentences that may be shown
  std::vector<std::string> notes;   // what else a person should know
};

// SLIM_RUN is the profile of the command on the slim image, SOURCE the index of the source image. SLIM, the tree of
// the slim image, shows what is missing; without it, SPEC does. SOURCE_RUN is the profile of the same command on the
// source image: what was not found there either is not the cut's fault; what was found there below a directory that
// SLIM_RUN listed, and is not in the slim image, is missing.
Verdict judge(const AccessProfile& slim_run, const KeepSpec& spec, const Index& source, const Attempt& attempt,
              const Index* slim = nullptr, const AccessProfile* source_run = nullptr);

// The missing ones alone, for a run that goes on.
std::vector<MissingPath> missing_in(const AccessProfile& slim_run, const KeepSpec& spec, const Index& source);

}  // namespace winnow
