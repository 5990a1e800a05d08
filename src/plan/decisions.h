// SPDX-License-Identifier: Apache-2.0
// The state of a plan while its rules run: which entries are kept so far and why, and the table of rules.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "plan/library_dirs.h"
#include "plan/walks.h"
#include "winnow/base/error.h"
#include "winnow/base/glob.h"
#include "winnow/plan/plan.h"

namespace winnow {

struct Rule;
using Reasons = std::vector<Reason>;  // at most kMaxReasons

inline constexpr std::string_view kAccessed = "accessed";  // the rule that asks for what the workload touched
// What that rule says instead:
inline constexpr std::string_view kWalked = "walked";         // of what programs only walked over
inline constexpr std::string_view kSymlink = "symlink";       // of links on the way
inline constexpr std::string_view kMount = "mount";           // of what a mount hid, or was mounted on
inline constexpr std::string_view kCreatedIn = "created-in";  // of the directory that holds a new name
inline constexpr std::string_view kListed = "listed";
// Of no rule:
inline constexpr std::string_view kLink = "link";  // on the way to what any other rule asks for
inline constexpr std::string_view kRoot = "root";
inline constexpr std::string_view kRecords = "records";

// Kept entries grow until no rule adds one. A rule asks for entries through keep(), keep_path() and their like, nothing
// else.
class Decisions {
 public:
  // What is given must outlive it.
  Decisions(const Index& index, std::span<const Attribution> accesses, std::span<const Run> runs,
            const Ownership& owners, const PlanOptions& options);

  [[nodiscard]] const Index& index() const { return index_; }
  [[nodiscard]] const Entry& entry(EntryId id) const { return index_.entries[id]; }
  [[nodiscard]] std::span<const Attribution> accesses() const { return accesses_; }
  [[nodiscard]] std::span<const Run> runs() const { return runs_; }
  [[nodiscard]] const Ownership& owners() const { return owners_; }
  [[nodiscard]] const PlanOptions& options() const { return options_; }
  [[nodiscard]] const LoaderPaths& loader_paths() const { return loader_paths_; }
  [[nodiscard]] const Walks& walks() const { return walks_; }
  // The text of the database at PATH (FileFacts::text), links followed; empty when there is none.
  [[nodiscard]] std::string_view text_at(std::string_view path) const;
  [[nodiscard]] bool kept(EntryId id) const { return !reasons_[id].empty(); }
  [[nodiscard]] auto reasons(EntryId id) const {
    return std::views::transform(reasons_[id], [](const Reason* reason) -> const Reason& { return *reason; });
  }
  // The reasons of each entry that is kept, in the order of the index; null for the others.
  [[nodiscard]] std::vector<std::shared_ptr<const Reasons>> all_reasons() const;
  [[nodiscard]] std::vector<std::string> warnings() const;
  [[nodiscard]] std::vector<DroppedAccess> dropped_accesses() const;

  // Whether only its name is needed, to be there: nothing that it would need to work is kept for it. A policy that
  // wants more than what was seen to be used wants it to work.
  [[nodiscard]] bool listed_only(EntryId id) const;

  // Keeps an entry, unless the user drops it: then a warning says who asked for it.
  void keep(EntryId id, const Reason& reason);
  // Keeps what PATH leads to inside the image, and every link on the way. Returns what it leads to.
  std::optional<EntryId> keep_path(std::string_view path, const Reason& reason);
  // Keeps a program named as execvp(3) takes it: with a slash relative to DIRECTORY, else searched in the config's
  // PATH.
  std::optional<EntryId> keep_program(std::string_view name, std::string_view directory, const Reason& reason);
  // What keep_program would keep.
  std::optional<std::string> find_program(std::string_view name, std::string_view directory);

  // Remembers that the ELF file ASKING needs LIBRARY: search paths of libraries are inherited along these.
  void note_need(EntryId library, EntryId asking) { needed_by_.try_emplace(library, asking); }
  // The first that was found to need LIBRARY.
  [[nodiscard]] std::optional<EntryId> needed_by(EntryId library) const;

  // The files that say what package ENTRY is of, for import systems and scanners: METADATA, package.json, a gemspec.
  [[nodiscard]] std::span<const EntryId> metadata_of(EntryId entry) const;
  // The files that speak for all below DIRECTORY (evidence.h).
  [[nodiscard]] std::span<const EntryId> evidence_for(std::string_view directory) const;
  // Whether this is asked for the first time of the package that owns ENTRY.
  [[nodiscard]] bool first_of(EntryId entry) { return met_.insert(owners_.owner[entry]).second; }

  // Calls SEE with each entry that PATTERN, a glob, matches.
  void each_match(const std::string& pattern, const std::function<void(EntryId)>& see);
  // Whether the image has an entry that PATTERN, a glob, matches.
  [[nodiscard]] bool has_match(const std::string& pattern) const;
  // Calls SEE with the entries of DIRECTORY, not of those below it.
  void each_child(std::string_view directory, const std::function<void(EntryId)>& see);
  // Calls SEE with all entries below the directory that PATH leads to.
  void each_below(std::string_view path, const std::function<void(EntryId)>& see);

  // Work that a hostile file can make without end, in bytes of paths looked up; false once it has all been used.
  bool spend(std::size_t work);
  [[nodiscard]] bool exhausted() const { return work_left_ == 0; }

  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }

  // Whether the user drops PATH.
  [[nodiscard]] bool drops(std::string_view path) { return dropped_by(path) != nullptr; }

  // Asks for the first entries, then runs.
  void start(std::span<const Rule> rules);
  // Shows the rules what is newly kept, until they ask for nothing more.
  void run(std::span<const Rule> rules);

 private:
  // What a glob of --drop took though something asked for it: the first, and how many.
  struct Dropped {
    std::string path;
    Reason why;
    std::size_t entries = 0;
    void add(const std::string& dropped, const Reason& reason) {
      if (entries++ == 0) {
        path = dropped;
        why = reason;
      }
    }
  };
  [[nodiscard]] const std::string* dropped_by(std::string_view path);

  const Index& index_;
  std::span<const Attribution> accesses_;
  std::span<const Run> runs_;
  const Ownership& owners_;
  const PlanOptions& options_;
  const std::vector<Glob> drop_;  // the globs of --drop
  const LoaderPaths loader_paths_;
  const Walks walks_;
  struct HashReason {
    std::size_t operator()(const Reason& reason) const;
  };
  std::unordered_set<Reason, HashReason> told_;                // each once: the members of a family share theirs
  std::vector<std::vector<const Reason*>> reasons_;            // by entry
  std::map<EntryId, EntryId> needed_by_;                       // of libraries: the first file that was found to need it
  std::map<std::uint32_t, std::vector<EntryId>> metadata_;     // of packages of languages, by Ownership::owner
  std::map<std::string_view, std::vector<EntryId>> evidence_;  // by directory
  std::set<std::uint32_t> met_;                                // packages of which an entry is kept
  std::vector<EntryId> queue_;                                 // kept, and not yet shown to the rules
  std::vector<std::string> warnings_;
  std::map<std::string_view, const std::string*> dropped_;  // of directories: the glob that drops them, or null
  std::map<const std::string*, Dropped> drop_warnings_;     // by glob
  std::map<EntryId, std::string> dropped_accesses_;         // with the program
  std::size_t work_left_ = 400'000'000;
};

// SEED runs once and asks for the first entries; EACH sees every entry that is kept. Either may be null; both are null
// for a name that reasons get elsewhere.
struct Rule {
  std::string_view name;
  void (*seed)(Decisions& plan, std::string_view rule);
  void (*each)(Decisions& plan, EntryId kept, std::string_view rule);
  RuleTraits traits = {};
};

// One file under rules/ for each.
void seed_accessed(Decisions& plan, std::string_view rule);
void seed_listed(Decisions& plan, std::string_view rule);
void seed_config(Decisions& plan, std::string_view rule);
void seed_orchestrator(Decisions& plan, std::string_view rule);
void seed_runtime(Decisions& plan, std::string_view rule);
void seed_user_globs(Decisions& plan, std::string_view rule);
void seed_volumes(Decisions& plan, std::string_view rule);
void seed_families(Decisions& plan, std::string_view rule);
void seed_application(Decisions& plan, std::string_view rule);
void seed_certificates(Decisions& plan, std::string_view rule);
void seed_not_empty(Decisions& plan, std::string_view rule);
void each_parent(Decisions& plan, EntryId kept, std::string_view rule);
void each_elf(Decisions& plan, EntryId kept, std::string_view rule);
void each_dlopen(Decisions& plan, EntryId kept, std::string_view rule);
void each_shebang(Decisions& plan, EntryId kept, std::string_view rule);
void each_commands(Decisions& plan, EntryId kept, std::string_view rule);
void seed_nss(Decisions& plan, std::string_view rule);
void each_imports(Decisions& plan, EntryId kept, std::string_view rule);
void each_pam(Decisions& plan, EntryId kept, std::string_view rule);
void seed_modules(Decisions& plan, std::string_view rule);
void each_python(Decisions& plan, EntryId kept, std::string_view rule);
void each_gem(Decisions& plan, EntryId kept, std::string_view rule);
void each_node(Decisions& plan, EntryId kept, std::string_view rule);
void each_jar(Decisions& plan, EntryId kept, std::string_view rule);
void seed_gstreamer(Decisions& plan, std::string_view rule);
void each_gstreamer(Decisions& plan, EntryId kept, std::string_view rule);
void each_metadata(Decisions& plan, EntryId kept, std::string_view rule);

// All names that reasons carry; docs/plan.md tells people what each one means.
// What was touched, what the config names and what the user wants come first: the rest may use up the work.
inline constexpr Rule kRules[] = {
    {kAccessed, seed_accessed, nullptr, {.by_program = true}},
    {"config", seed_config, nullptr},
    {"runtime", seed_runtime, nullptr},
    {"keep", seed_user_globs, nullptr, {.of_group = true}},
    {"orchestrator", seed_orchestrator, nullptr},
    {"volume", seed_volumes, nullptr},
    {kListed, seed_listed, nullptr, {.by_program = true, .name_only = true}},
    {"family", seed_families, nullptr, {.of_group = true}},
    {"app", seed_application, nullptr, {.of_group = true}},
    {"certificates", seed_certificates, nullptr},
    {"nss", seed_nss, nullptr},
    {"modules", seed_modules, nullptr},
    {"not-empty", seed_not_empty, nullptr, {.by_program = true, .name_only = true}},
    {"parent", nullptr, each_parent, {.holds = true}},
    {"elf", nullptr, each_elf},
    {"dlopen", nullptr, each_dlopen},
    {"shebang", nullptr, each_shebang},
    {"commands", nullptr, each_commands},
    {"imports", nullptr, each_imports},
    {"pam", nullptr, each_pam},
    {"python", nullptr, each_python},
    {"gem", nullptr, each_gem},
    {"node", nullptr, each_node},
    {"jar", nullptr, each_jar},
    {"gstreamer", seed_gstreamer, each_gstreamer},
    {"metadata", nullptr, each_metadata},
    {kWalked, nullptr, nullptr, {.by_program = true, .name_only = true}},
    {kSymlink, nullptr, nullptr, {.by_program = true}},
    {kMount, nullptr, nullptr, {.by_program = true}},
    {kCreatedIn, nullptr, nullptr, {.by_program = true}},
    {kLink, nullptr, nullptr},
    {kRoot, nullptr, nullptr},
    {kRecords, nullptr, nullptr},
};

// make_plan with other rules than all of them.
Result<KeepSpec> make_plan(const Index& index, const AccessProfile& profile, const PlanOptions& options,
                           std::span<const Rule> rules);

}  // namespace winnow
