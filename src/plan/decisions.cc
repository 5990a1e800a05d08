// SPDX-License-Identifier: Apache-2.0
// Runs the keep rules to a fixed point and remembers why each entry was kept.
#include "plan/decisions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace winnow {
namespace {

// What engines and execvp(3) search when the config sets no PATH.
constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view search_path(const RuntimeConfig& config) {
  constexpr std::string_view kName = "PATH=";
  for (const std::string& variable : config.env)
    if (variable.starts_with(kName)) return std::string_view(variable).substr(kName.size());
  return kDefaultPath;
}

}  // namespace

Decisions::Decisions(const Index& index, std::span<const Attribution> accesses, const PlanOptions& options)
    : index_(index), accesses_(accesses), options_(options), reasons_(index.entries.size()) {}

const std::string* Decisions::dropped_by(std::string_view path) const {
  for (const std::string& glob : options_.drop)
    for (std::string_view above = path; above != "/"; above = parent_of(above))
      if (glob_matches(glob, above)) return &glob;
  return nullptr;
}

void Decisions::keep(EntryId id, const Reason& reason) {
  auto& reasons = reasons_[id];
  if (reasons.size() >= kMaxReasons || std::ranges::find(reasons, reason) != reasons.end()) return;
  if (reasons.empty()) {
    if (const std::string* glob = dropped_by(entry(id).path)) {
      std::string warning =
          fmt::format("{} is dropped by --drop {}, though it is needed: {}, {} ({})", printable(entry(id).path),
                      printable(*glob), reason.rule, printable(reason.from), printable(reason.detail));
      if (reason.rule != "parent" && std::ranges::find(warnings_, warning) == warnings_.end())
        warnings_.push_back(std::move(warning));
      return;
    }
    queue_.push_back(id);
  }
  reasons.push_back(reason);
}

std::optional<EntryId> Decisions::keep_path(std::string_view path, const Reason& reason) {
  const Resolution found = index_.resolve(path);
  if (!found.entry) return std::nullopt;
  for (const EntryId hop : found.hops) keep(hop, {"symlink", std::string(path), "on the way to " + reason.detail});
  keep(*found.entry, reason);
  return found.entry;
}

std::optional<EntryId> Decisions::keep_program(std::string_view name, std::string_view directory,
                                               const Reason& reason) {
  if (name.empty()) return std::nullopt;
  if (name.starts_with('/')) return keep_path(name, reason);
  if (name.find('/') != std::string_view::npos) return keep_path(fmt::format("{}/{}", directory, name), reason);
  std::string_view rest = search_path(index_.config);
  while (!rest.empty()) {
    const std::string_view dir = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(dir.size() + 1, rest.size()));
    const std::string candidate = fmt::format("{}/{}", dir, name);
    const auto found = index_.resolve(candidate).entry;
    if (found && entry(*found).type == EntryType::kFile && (entry(*found).mode & 0111) != 0)
      return keep_path(candidate, reason);
  }
  return std::nullopt;
}

bool Decisions::spend(std::size_t work) {
  if (work < work_left_) {
    work_left_ -= work;
    return true;
  }
  if (std::exchange(work_left_, 0) != 0)
    warn("programs of the image name libraries and search paths without end: not all were looked up");
  return false;
}

void Decisions::run() {
  keep(0, {"parent", "/", "the root"});
  for (const Rule& rule : kRules)
    if (rule.seed != nullptr) rule.seed(*this, rule.name);
  while (!queue_.empty()) {
    const EntryId id = queue_.back();
    queue_.pop_back();
    for (const Rule& rule : kRules)
      if (rule.each != nullptr) rule.each(*this, id, rule.name);
  }
}

}  // namespace winnow
