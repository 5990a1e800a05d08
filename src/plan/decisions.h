// SPDX-License-Identifier: Apache-2.0
// The state of a plan while its rules run: which entries are kept so far and why, and the table of rules.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/plan.h"

namespace winnow {

// Kept entries grow until no rule adds one. A rule asks for entries through keep() and keep_path(), nothing else.
class Decisions {
 public:
  Decisions(const Index& index, std::span<const Attribution> accesses, const PlanOptions& options);

  [[nodiscard]] const Index& index() const { return index_; }
  [[nodiscard]] const Entry& entry(EntryId id) const { return index_.entries[id]; }
  [[nodiscard]] std::span<const Attribution> accesses() const { return accesses_; }
  [[nodiscard]] const PlanOptions& options() const { return options_; }
  [[nodiscard]] bool kept(EntryId id) const { return !reasons_[id].empty(); }
  [[nodiscard]] const std::vector<Reason>& reasons(EntryId id) const { return reasons_[id]; }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  // Keeps an entry, unless the user drops it: then a warning says who asked for it.
  void keep(EntryId id, const Reason& reason);
  // Keeps what PATH leads to inside the image, and every link on the way. Returns what it leads to.
  std::optional<EntryId> keep_path(std::string_view path, const Reason& reason);
  // Keeps a program named as execvp(3) takes it: with a slash relative to DIRECTORY, else searched in the config's
  // PATH.
  std::optional<EntryId> keep_program(std::string_view name, std::string_view directory, const Reason& reason);

  // Work that a hostile file can make without end, in bytes of paths looked up; false once it has all been used.
  bool spend(std::size_t work);
  [[nodiscard]] bool exhausted() const { return work_left_ == 0; }

  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }

  // Runs every rule until nothing changes.
  void run();

 private:
  [[nodiscard]] const std::string* dropped_by(std::string_view path) const;

  const Index& index_;
  std::span<const Attribution> accesses_;
  const PlanOptions& options_;
  std::vector<std::vector<Reason>> reasons_;  // by entry
  std::vector<EntryId> queue_;                // kept, and not yet shown to the rules
  std::vector<std::string> warnings_;
  std::size_t work_left_ = 1'000'000'000;
};

// SEED runs once and asks for the first entries; EACH sees every entry that is kept. Either may be null.
struct Rule {
  std::string_view name;
  void (*seed)(Decisions& plan, std::string_view rule);
  void (*each)(Decisions& plan, EntryId kept, std::string_view rule);
};

// One file under rules/ for each.
void seed_accessed(Decisions& plan, std::string_view rule);
void seed_config(Decisions& plan, std::string_view rule);
void seed_runtime(Decisions& plan, std::string_view rule);
void seed_user_globs(Decisions& plan, std::string_view rule);
void each_parent(Decisions& plan, EntryId kept, std::string_view rule);
void each_elf(Decisions& plan, EntryId kept, std::string_view rule);
void each_shebang(Decisions& plan, EntryId kept, std::string_view rule);

inline constexpr Rule kRules[] = {
    {"accessed", seed_accessed, nullptr}, {"config", seed_config, nullptr}, {"runtime", seed_runtime, nullptr},
    {"keep", seed_user_globs, nullptr},   {"parent", nullptr, each_parent}, {"elf", nullptr, each_elf},
    {"shebang", nullptr, each_shebang},
};

}  // namespace winnow
