// SPDX-License-Identifier: Apache-2.0
// Runs the keep rules to a fixed point and remembers why each entry was kept.
#include "plan/decisions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include "plan/evidence.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

std::string_view search_path(const RuntimeConfig& config) {
  constexpr std::string_view kName = "PATH=";
  for (const std::string& variable : config.env)
    if (variable.starts_with(kName)) return std::string_view(variable).substr(kName.size());
  return kDefaultPath;
}

// PEP 376, setuptools' egg-info, npm's package.json, RubyGems' specifications, conda's lists.
bool is_metadata(std::string_view path) {
  constexpr std::string_view kPython[] = {"METADATA", "RECORD", "PKG-INFO", "top_level.txt", "entry_points.txt"};
  const std::string_view parent = parent_of(path);
  const std::string_view name = base_name(path);
  if (parent.ends_with(".dist-info") || parent.ends_with(".egg-info"))
    return std::ranges::find(kPython, name) != std::end(kPython);
  const bool npm = name == "package.json" && parent.find("/node_modules/") != std::string_view::npos &&
                   (base_name(parent_of(parent)) == "node_modules" || base_name(parent_of(parent)).starts_with('@'));
  return npm || (name.ends_with(".gemspec") && base_name(parent) == "specifications") ||
         (name.ends_with(".json") && base_name(parent) == "conda-meta");
}

// Work of looking PATH up: its bytes, and each component that was walked.
std::size_t cost_of(std::string_view path, const Resolution& walk) { return path.size() + walk.steps * 16; }

}  // namespace

RuleTraits traits_of(std::string_view rule) {
  const auto* const found = std::ranges::find(kRules, rule, &Rule::name);
  return found == std::end(kRules) ? RuleTraits{} : found->traits;
}

Decisions::Decisions(const Index& index, std::span<const Attribution> accesses, std::span<const Run> runs,
                     const Ownership& owners, const PlanOptions& options)
    : index_(index),
      accesses_(accesses),
      runs_(runs),
      owners_(owners),
      options_(options),
      drop_(options.drop.begin(), options.drop.end()),
      loader_paths_(winnow::loader_paths(index)),
      walks_(index, accesses),
      reasons_(index.entries.size()) {
  for (EntryId id = 0; id < index.entries.size(); ++id) {
    const std::string_view path = index.entries[id].path;
    if (const auto directory = spoken_for(path); directory.size() > 1) evidence_[directory].push_back(id);
    if (const Package* const owner = owners.of(id); owner != nullptr && !is_of_system(owner))
      if (is_metadata(path)) metadata_[owners.owner[id]].push_back(id);
  }
}

std::string_view Decisions::text_at(std::string_view path) const {
  const auto found = index_.resolve(path).entry;
  if (!found || !entry(*found).facts || !entry(*found).facts->text) return {};
  return *entry(*found).facts->text;
}

std::span<const EntryId> Decisions::metadata_of(EntryId entry) const {
  const auto found = metadata_.find(owners_.owner[entry]);
  return found == metadata_.end() ? std::span<const EntryId>() : found->second;
}

std::optional<EntryId> Decisions::needed_by(EntryId library) const {
  const auto found = needed_by_.find(library);
  return found == needed_by_.end() ? std::nullopt : std::optional(found->second);
}

std::span<const EntryId> Decisions::evidence_for(std::string_view directory) const {
  const auto found = evidence_.find(directory);
  return found == evidence_.end() ? std::span<const EntryId>() : found->second;
}

// Of a path by that of its directory, which is asked for once.
const std::string* Decisions::dropped_by(std::string_view path) {
  if (path == "/" || drop_.empty()) return nullptr;
  std::vector<std::string_view> unknown;
  const std::string* found = nullptr;
  for (std::string_view above = path; above != "/"; above = parent_of(above)) {
    if (const auto known = dropped_.find(above); known != dropped_.end()) {
      found = known->second;
      break;
    }
    unknown.push_back(above);
  }
  for (const std::string_view directory : std::views::reverse(unknown)) {
    for (const Glob& glob : drop_)
      if (found == nullptr && glob.matches(directory)) found = &glob.text();
    if (const auto id = index_.find(directory); id && entry(*id).type == EntryType::kDirectory)
      dropped_.emplace(entry(*id).path, found);
  }
  return found;
}

void Decisions::keep(EntryId id, const Reason& reason) {
  auto& reasons = reasons_[id];
  const bool was_listed = listed_only(id);
  if (reasons.size() >= kMaxReasons) return;
  const Reason* const shared = &*told_.insert(reason).first;
  if (std::ranges::find(reasons, shared) != reasons.end()) return;
  if (reasons.empty()) {
    if (const std::string* glob = dropped_by(entry(id).path)) {
      if (!traits_of(reason.rule).holds) drop_warnings_[glob].add(entry(id).path, reason);
      if (reason.rule == kAccessed && dropped_accesses_.size() < kMaxDroppedAccesses)
        dropped_accesses_.try_emplace(id, reason.from);
      return;
    }
    queue_.push_back(id);
  }
  reasons.push_back(shared);
  if (was_listed && !listed_only(id)) queue_.push_back(id);  // now it has to work, too
}

bool Decisions::listed_only(EntryId id) const {
  const auto for_its_name = [](const Reason& why) { return traits_of(why.rule).name_only; };
  return options_.policy != Policy::kFamilies && kept(id) && std::ranges::all_of(reasons(id), for_its_name);
}

std::size_t Decisions::HashReason::operator()(const Reason& reason) const {
  const std::hash<std::string> hash;
  return hash(reason.rule) ^ hash(reason.from) * 3 ^ hash(reason.detail) * 5;
}

std::vector<std::shared_ptr<const Reasons>> Decisions::all_reasons() const {
  std::map<std::vector<const Reason*>, std::shared_ptr<const Reasons>> lists;
  std::vector<std::shared_ptr<const Reasons>> all(reasons_.size());
  for (EntryId id = 0; id < reasons_.size(); ++id) {
    if (!kept(id)) continue;
    auto& list = lists[reasons_[id]];
    if (!list) {
      Reasons own;
      for (const bool of_group : {false, true})
        std::ranges::copy_if(reasons(id), std::back_inserter(own),
                             [&](const Reason& why) { return traits_of(why.rule).of_group == of_group; });
      list = std::make_shared<const Reasons>(std::move(own));
    }
    all[id] = list;
  }
  return all;
}

std::optional<EntryId> Decisions::keep_path(std::string_view path, const Reason& reason) {
  if (exhausted()) return std::nullopt;
  const Resolution found = index_.resolve(path);
  if (!spend(cost_of(path, found) + found.hops.size() * reason.detail.size()) || !found.entry) return std::nullopt;
  for (const EntryId hop : found.hops)
    keep(hop, {std::string(kLink), reason.from, fmt::format("on the way to {}: {}", path, reason.detail)});
  keep(*found.entry, reason);
  return found.entry;
}

std::optional<std::string> Decisions::find_program(std::string_view name, std::string_view directory) {
  const auto find = [&](const std::string& path) {
    const Resolution walk = index_.resolve(path);
    return spend(cost_of(path, walk)) ? walk.entry : std::nullopt;
  };
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    std::string path = name.starts_with('/') ? std::string(name) : fmt::format("{}/{}", directory, name);
    return find(path) ? std::optional(std::move(path)) : std::nullopt;
  }
  for (const std::string_view dir : split(search_path(index_.config), ':')) {
    if (exhausted()) break;
    std::string candidate = fmt::format("{}/{}", dir, name);
    const auto found = find(candidate);
    if (found && entry(*found).type == EntryType::kFile && (entry(*found).mode & 0111) != 0) return candidate;
  }
  return std::nullopt;
}

std::optional<EntryId> Decisions::keep_program(std::string_view name, std::string_view directory,
                                               const Reason& reason) {
  const auto path = find_program(name, directory);
  return path ? keep_path(*path, reason) : std::nullopt;
}

void Decisions::each_match(const std::string& pattern, const std::function<void(EntryId)>& see) {
  const Glob glob(pattern);
  const std::size_t plain = pattern.find_first_of("*?[\\");
  for (const EntryId id : index_.starting_with(std::string_view(pattern).substr(0, plain))) {
    if (!spend(entry(id).path.size())) return;
    if (glob.matches(entry(id).path)) see(id);
  }
}

bool Decisions::has_match(const std::string& pattern) const {
  const Glob glob(pattern);
  return std::ranges::any_of(index_.entries, [&](const Entry& one) { return glob.matches(one.path); });
}

void Decisions::each_below(std::string_view path, const std::function<void(EntryId)>& see) {
  const Resolution found = index_.resolve(path);
  if (!spend(cost_of(path, found)) || !found.entry) return;
  for (const EntryId id : index_.below(entry(*found.entry).path)) {
    if (!spend(entry(id).path.size())) return;
    see(id);
  }
}

void Decisions::each_child(std::string_view directory, const std::function<void(EntryId)>& see) {
  for (const EntryId id : index_.children(directory)) {
    if (!spend(entry(id).path.size())) return;
    see(id);
  }
}

bool Decisions::spend(std::size_t work) {
  if (work < work_left_) {
    work_left_ -= work;
    return true;
  }
  if (std::exchange(work_left_, 0) != 0)
    warn(
        "files of the image name others without end: not all of them were looked up, and some may be missing in the "
        "plan");
  return false;
}

std::vector<std::string> Decisions::warnings() const {
  std::vector<std::string> all = warnings_;
  for (const auto& [glob, dropped] : drop_warnings_) {
    std::string warning = fmt::format("{} is dropped by --drop {}, though it is needed: {}, {} ({})", dropped.path,
                                      *glob, dropped.why.rule, dropped.why.from, dropped.why.detail);
    if (dropped.entries > 1) warning += fmt::format("; so are {} others", dropped.entries - 1);
    all.push_back(std::move(warning));
  }
  return all;
}

std::vector<DroppedAccess> Decisions::dropped_accesses() const {
  std::vector<DroppedAccess> all;
  all.reserve(dropped_accesses_.size());
  for (const auto& [id, by] : dropped_accesses_) all.push_back({entry(id).path, by});
  return all;
}

void Decisions::start(std::span<const Rule> rules) {
  keep(0, {std::string(kRoot), "/", "every image has one"});
  for (const Rule& rule : rules)
    if (rule.seed != nullptr) rule.seed(*this, rule.name);
  run(rules);
}

void Decisions::run(std::span<const Rule> rules) {
  while (!queue_.empty()) {
    const EntryId id = queue_.back();
    queue_.pop_back();
    for (const Rule& rule : rules)
      if (rule.each != nullptr && (rule.traits.holds || !(listed_only(id) || exhausted())))
        rule.each(*this, id, rule.name);
  }
}

}  // namespace winnow
