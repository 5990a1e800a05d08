// SPDX-License-Identifier: Apache-2.0
// Judges by what happened on the slim image whether it still does its job. Pure.
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
  std::optional<int> status;         // of the command, 128 + n for signal n; nullopt: it did not end by itself
  int expected_status = 0;           // that the command should return
  std::optional<std::chrono::milliseconds> ended_after;  // set if the command took too long: it was ended after this
  std::string expected_from;                // "as the recorded command returned"; empty: success is expected
  std::optional<int> source_status;         // of the same command on the source image, if it was run there just before
  std::vector<std::string> differences;     // what answered in another way than on the source image, as sentences
  std::vector<std::string> start_failures;  // containers that could not be started, in the engine's words
  std::string unwatched;                    // why the engine stopped reporting about containers; empty: it did not
  std::vector<std::string> unhealthy;       // containers with a health check that failed in the end, with its words
  std::vector<std::string> unchecked;       // names of containers with a health check that was not run
  bool source_unhealthy = false;            // a health check failed on the source image, too
  std::optional<std::chrono::milliseconds> ready_after;  // from a container's start until it was ready
  std::uint64_t image_bytes = 0, source_bytes = 0;       // content of the merged trees; 0: unknown
  std::vector<OutputComparison> output;                  // of each stream, if the test's output was compared
  bool accepts_listings = false;  // the user says that shorter listings do not matter: they are only remarks
};
// Expects the status of the recorded run's command, if SPEC has one.
void expect_recorded(Attempt& attempt, const KeepSpec& spec);
// Expects STATUS, which the source image returned just now.
void expect_as_on_source(Attempt& attempt, int status);

// How a missing path is needed: it was looked up itself; it is a link on the way to what was looked up; a program that
// was looked up needs it as its interpreter; a program that listed its directory would have found it.
enum class Need : std::uint8_t { kItself, kLink, kInterpreter, kListed };
// Why it is missing.
enum class Cause : std::uint8_t {
  kUnplanned,  // the plan did not keep it, because nothing needed it
  kDropGlob,   // a --drop took it out
  kImage,      // the spec keeps it: the image is not what the spec says, or something removed it there
};
std::string_view to_string(Need need);    // "itself", "link", "interpreter", "listed"
std::string_view to_string(Cause cause);  // "unplanned", "drop", "image"

// A path that is missing: on the source image, a lookup that failed or a listing would have found it.
struct MissingPath {
  std::string requested;          // as the program asked
  std::string path;               // what it would have found; missing links on the way to it come before it
  std::string by;                 // the first program that asked
  std::set<std::string> also_by;  // the other programs that asked
  std::size_t containers = 0;     // in how many the lookup failed; the kernel reports only the first in each
  std::uint64_t size = 0;         // how many bytes it would cost to keep it
  EntryType type = EntryType::kFile;
  Need need = Need::kItself;
  Cause cause = Cause::kUnplanned;
  std::string because;         // kInterpreter: the program that needs it; kListed: the directory that was listed
  std::string glob;            // kDropGlob: the glob of --drop
  std::string keep;            // the glob for `winnow plan --keep` that keeps it
  std::uint64_t first_ms = 0;  // when it was first asked for, in ms since the run began
};

// A directory that was listed and has fewer names than in the source image: a difference that causes no error.
struct ShrunkListing {
  std::string directory, by;
  std::set<std::string> also_by;         // other programs that listed it
  bool modules = false;                  // Python looked for modules there; reported only if the outcome is kDiffers
  std::uint64_t lacking = 0, bytes = 0;  // how many names are missing, and the sum of their sizes
  std::vector<std::string> names;        // the first kMaxShrunkNames of them
  std::string keep;                      // the glob for `winnow plan --keep` that keeps them, ...
  bool dropped = false;                  // ... unless a --drop took out all of them
};
inline constexpr std::size_t kMaxShrunkNames = 8;

// An entry that is not in the image as the spec says.
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

// Judges a run on the slim image. SLIM_RUN is its profile, SOURCE the index of the source image. SLIM, the index of the
// slim image, shows what is missing; without it, SPEC does. SOURCE_RUN is the profile of the same command on the source
// image: what was not found there either is no fault of the slim image; what was found there below a directory that
// SLIM_RUN listed, and is not in the slim image, is missing.
Verdict judge(const AccessProfile& slim_run, const KeepSpec& spec, const Index& source, const Attempt& attempt,
              const Index* slim = nullptr, const AccessProfile* source_run = nullptr);

// Returns only what is missing, for a run that goes on.
std::vector<MissingPath> missing_in(const AccessProfile& slim_run, const KeepSpec& spec, const Index& source);

}  // namespace winnow
