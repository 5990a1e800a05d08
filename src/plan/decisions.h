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

inline constexpr std::string_view kAccessed = "accessed";  // the rule that keeps what the workload touched
// Names that this rule uses instead:
inline constexpr std::string_view kWalked = "walked";         // for what programs only walked over
inline constexpr std::string_view kSymlink = "symlink";       // for links on the way
inline constexpr std::string_view kMount = "mount";           // for mount points, and for what a mount hides
inline constexpr std::string_view kCreatedIn = "created-in";  // for directories in which the workload made something
inline constexpr std::string_view kListed = "listed";         // the rule that keeps the names in listed directories
// Names that no rule has:
inline constexpr std::string_view kLink = "link";  // for links on the way to what another rule keeps
inline constexpr std::string_view kRoot = "root";
inline constexpr std::string_view kRecords = "records";

// The set of kept entries, which grows until no rule adds one. A rule changes it only through keep(), keep_path() and
// the like.
class Decisions {
 public:
  // All arguments must outlive the object.
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
  // Returns the text of the database at PATH (FileFacts::text); links are followed. Empty: there is none.
  [[nodiscard]] std::string_view text_at(std::string_view path) const;
  [[nodiscard]] bool kept(EntryId id) const { return !reasons_[id].empty(); }
  [[nodiscard]] auto reasons(EntryId id) const {
    return std::views::transform(reasons_[id], [](const Reason* reason) -> const Reason& { return *reason; });
  }
  // Returns the reasons of each entry, by EntryId; null for entries that are not kept.
  [[nodiscard]] std::vector<std::shared_ptr<const Reasons>> all_reasons() const;
  [[nodiscard]] std::vector<std::string> warnings() const;
  [[nodiscard]] std::vector<DroppedAccess> dropped_accesses() const;

  // Whether the entry is kept only for its name (RuleTraits::name_only), so what it needs to work is not kept for it.
  // Always false under Policy::kFamilies, which keeps more than what was used.
  [[nodiscard]] bool listed_only(EntryId id) const;

  // Keeps an entry. If the user drops it, it is not kept, and a warning says which reason it had.
  void keep(EntryId id, const Reason& reason);
  // Keeps the entry that PATH leads to inside the image, and every link on the way. Returns that entry; nullopt: there
  // is none.
  std::optional<EntryId> keep_path(std::string_view path, const Reason& reason);
  // Keeps a program. NAME is as execvp(3) takes it: with a slash it is relative to DIRECTORY, else it is searched in
  // the PATH of the image's config.
  std::optional<EntryId> keep_program(std::string_view name, std::string_view directory, const Reason& reason);
  // Returns the path that keep_program() would keep.
  std::optional<std::string> find_program(std::string_view name, std::string_view directory);

  // Remembers that the ELF file ASKING needs LIBRARY: a library inherits the search paths of files that need it.
  void note_need(EntryId library, EntryId asking) { needed_by_.try_emplace(library, asking); }
  // Returns the first ELF file that was found to need LIBRARY.
  [[nodiscard]] std::optional<EntryId> needed_by(EntryId library) const;

  // Returns the files that describe the package of ENTRY to import systems and scanners: METADATA, package.json, a
  // gemspec.
  [[nodiscard]] std::span<const EntryId> metadata_of(EntryId entry) const;
  // Returns the files that say what is installed below DIRECTORY (spoken_for() in evidence.h).
  [[nodiscard]] std::span<const EntryId> evidence_for(std::string_view directory) const;
  // Returns true the first time that it is called for the package that owns ENTRY, later false.
  [[nodiscard]] bool first_of(EntryId entry) { return met_.insert(owners_.owner[entry]).second; }

  // Calls SEE with each entry that PATTERN, a glob, matches.
  void each_match(const std::string& pattern, const std::function<void(EntryId)>& see);
  // Whether the image has an entry that PATTERN, a glob, matches.
  [[nodiscard]] bool has_match(const std::string& pattern) const;
  // Calls SEE with the entries directly in DIRECTORY.
  void each_child(std::string_view directory, const std::function<void(EntryId)>& see);
  // Calls SEE with all entries below the directory that PATH leads to.
  void each_below(std::string_view path, const std::function<void(EntryId)>& see);

  // Counts WORK that hostile files can cause, in bytes of paths that are looked up. Returns false once it is used up.
  bool spend(std::size_t work);
  [[nodiscard]] bool exhausted() const { return work_left_ == 0; }

  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }

  // Whether the user drops PATH.
  [[nodiscard]] bool drops(std::string_view path) { return dropped_by(path) != nullptr; }

  // Keeps the root, calls the seed of each rule, then run().
  void start(std::span<const Rule> rules);
  // Calls the rules for each newly kept entry, until they keep nothing more.
  void run(std::span<const Rule> rules);

 private:
  // What a glob of --drop took out although it was needed: the first entry with its reason, and how many entries.
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
  std::unordered_set<Reason, HashReason> told_;                // all reasons, each once: members of a family share one
  std::vector<std::vector<const Reason*>> reasons_;            // by entry
  std::map<EntryId, EntryId> needed_by_;                       // by library: the first file that was found to need it
  std::map<std::uint32_t, std::vector<EntryId>> metadata_;     // of packages of languages, by Ownership::owner
  std::map<std::string_view, std::vector<EntryId>> evidence_;  // by directory
  std::set<std::uint32_t> met_;                                // packages for which first_of() was called
  std::vector<EntryId> queue_;                                 // kept, and not yet shown to the rules
  std::vector<std::string> warnings_;
  std::map<std::string_view, const std::string*> dropped_;  // by directory: the glob that drops it, or null
  std::map<const std::string*, Dropped> drop_warnings_;     // by glob
  std::map<EntryId, std::string> dropped_accesses_;         // the program that touched each first
  std::size_t work_left_ = 400'000'000;
};

// A keep rule. SEED is called once, to keep the first entries; EACH is called for every kept entry. Either may be null;
// both are null for a name that is used elsewhere.
struct Rule {
  std::string_view name;
  void (*seed)(Decisions& plan, std::string_view rule);
  void (*each)(Decisions& plan, EntryId kept, std::string_view rule);
  RuleTraits traits = {};
};

// Each rule is one file in rules/.
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

// All names that a reason can have; docs/plan.md explains each one.
// Rules for what was touched, what the config names and what the user wants come first: later ones may use up the work.
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

// make_plan() with only RULES; for tests.
Result<KeepSpec> make_plan(const Index& index, const AccessProfile& profile, const PlanOptions& options,
                           std::span<const Rule> rules);

}  // namespace winnow
