// SPDX-License-Identifier: Apache-2.0
// From an index and a profile to a keep spec: checks that they belong together, runs the rules, adds up the bytes.
#include "winnow/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "plan/decisions.h"
#include "plan/families.h"
#include "plan/rebuilt.h"
#include "plan/risks.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

Result<void> check_profile(const Index& index, const AccessProfile& profile, const PlanOptions& options) {
  const Digest& recorded = profile.image.id;
  const auto is = [&](const Index& image) {
    return !recorded.valid() || recorded == image.id || recorded == image.manifest;
  };
  if (options.recorded != nullptr ? !is(*options.recorded) : !is(index))
    return options.recorded != nullptr ? fail(fmt::format("the profile was recorded from {}, not from {}",
                                                          recorded.str(), options.recorded->id.str()),
                                              "--rebuilt names the recorded image, or a keep spec that was made of it")
                                       : fail(fmt::format("the profile was recorded from {} ({}), but {} is {}",
                                                          printable(profile.image.reference), recorded.str(),
                                                          printable(options.reference), index.id.str()),
                                              "name the recorded image with --image, or record this one; --rebuilt OLD "
                                              "takes another build of it, "
                                              "OLD being the recorded image or its keep.json");
  if (profile.accesses.empty())
    return fail("the profile holds no access at all", "record a container while its workload runs");
  if (const auto reasons = profile.partial_reasons(); !reasons.empty() && !options.allow_partial)
    return fail(fmt::format("the profile is partial: {}", fmt::join(reasons, "; ")),
                "record again, or accept the risk with --allow-partial");
  for (const std::string& family : options.families)
    if (std::ranges::find(family_names(), family) == family_names().end())
      return std::unexpected(Error::usage(fmt::format("no family is called {}", printable(family)),
                                          fmt::format("there are {}", fmt::join(family_names(), ", "))));
  return {};
}

std::vector<std::string> warnings_of(const AccessProfile& profile, const Decisions& plan) {
  std::vector<std::string> warnings;
  for (const std::string& reason : profile.partial_reasons()) warnings.push_back("the profile is partial: " + reason);
  for (const Run& run : profile.runs)
    if (run.command_status.value_or(0) != 0)
      warnings.push_back(fmt::format("the recorded command failed (status {}): what it did not reach is not kept",
                                     *run.command_status));
  if (!profile.runs.empty() && std::ranges::none_of(profile.runs, &Run::from_start))
    warnings.emplace_back(
        "every run was attached to a container that was already running: what it did before, beyond what it still held "
        "open, was not seen");
  std::ranges::move(plan.warnings(), std::back_inserter(warnings));
  return warnings;
}

}  // namespace

std::string_view to_string(Policy policy) {
  switch (policy) {
    case Policy::kStrict:
      return "strict";
    case Policy::kFamilies:
      return "families";
    case Policy::kApp:
      return "app";
  }
  return "?";
}

std::optional<Policy> policy_from_name(std::string_view name) {
  for (const Policy policy : {Policy::kStrict, Policy::kFamilies, Policy::kApp})
    if (to_string(policy) == name) return policy;
  return std::nullopt;
}

const KeptEntry* KeepSpec::find(std::string_view path) const {
  const auto at = std::ranges::lower_bound(entries, path, {},
                                           [](const KeptEntry& kept) { return std::string_view(kept.entry.path); });
  return at != entries.end() && at->entry.path == path ? &*at : nullptr;
}

const std::string* KeepSpec::dropped_by(std::string_view path) const {
  for (const std::string& pattern : drop) {
    const Glob glob(pattern);
    for (std::string_view above = path; above != "/"; above = parent_of(above))
      if (glob.matches(above)) return &pattern;
  }
  return nullptr;
}

Summary summarize(const Index& index, std::span<const EntryId> kept) {
  Summary sum;
  sum.image_entries = index.entries.size();
  sum.image_bytes = index.bytes();
  sum.kept_entries = kept.size();
  std::set<std::uint32_t> groups;
  for (const EntryId id : kept) {
    const Entry& entry = index.entries[id];
    if (entry.link_group == 0 || groups.insert(entry.link_group).second) sum.kept_bytes += entry.size;
  }
  sum.dropped_entries = sum.image_entries - sum.kept_entries;
  sum.dropped_bytes = sum.image_bytes - sum.kept_bytes;
  return sum;
}

namespace {

std::vector<bool> kept_of(const Decisions& plan) {
  std::vector<bool> kept(plan.index().entries.size());
  for (EntryId id = 0; id < kept.size(); ++id) kept[id] = plan.kept(id);
  return kept;
}

// Evidence of the packages of which something is kept; what the user drops stays dropped.
std::vector<Addition> add_records(Decisions& plan, std::span<const Rule> rules) {
  PackageRecords records = package_records(plan.index(), plan.owners(), kept_of(plan));
  for (std::string& warning : records.warnings) plan.warn(std::move(warning));
  for (const EntryId directory : records.parents)
    plan.keep(directory, {std::string(kRecords), "/", "it holds package records"});
  plan.run(rules);
  std::set<std::string> made;  // directories; sorted before what is in them
  std::vector<Addition> additions;
  for (Addition& one : records.additions) {
    const std::string& path = one.entry.path;
    const auto replaced = plan.index().find(path);
    const auto parent = plan.index().find(parent_of(path));
    const bool has_parent = made.contains(std::string(parent_of(path))) || (parent && plan.kept(*parent));
    if (!has_parent || plan.drops(path) || (replaced && plan.kept(*replaced))) continue;
    if (one.entry.type == EntryType::kDirectory) made.insert(path);
    additions.push_back(std::move(one));
  }
  return additions;
}

// When the workload first touched each entry.
std::vector<std::optional<std::uint64_t>> first_touches(const Decisions& plan) {
  std::vector<std::optional<std::uint64_t>> first(plan.index().entries.size());
  for (const Attribution& found : plan.accesses()) {
    if (found.label != Label::kEntry || found.access->runs.empty()) continue;
    auto& known = first[*found.entry];
    known = std::min(known.value_or(found.access->first_ms), found.access->first_ms);
  }
  return first;
}

// What is kept only because programs walked over it, and how to do without.
void warn_of_walks(Decisions& plan) {
  struct Sum {
    std::uint64_t files = 0, bytes = 0;
  };
  std::map<std::string, Sum> by_program;
  for (EntryId id = 0; id < plan.index().entries.size(); ++id) {
    const auto walked = [&](const Reason& why) {
      return why.rule == kWalked || (why.rule == kListed && plan.walks().over(id, why.from));
    };
    if (!plan.kept(id) || plan.entry(id).type == EntryType::kDirectory) continue;
    if (!std::ranges::all_of(plan.reasons(id), walked)) continue;
    Sum& sum = by_program[plan.reasons(id).front().from];
    ++sum.files;
    sum.bytes += plan.entry(id).size;
  }
  for (const auto& [program, sum] : by_program)
    plan.warn(fmt::format("{} file{} ({}) {} kept only because {} walked over them; --no-walked leaves them out",
                          sum.files, sum.files == 1 ? "" : "s", human_bytes(sum.bytes), sum.files == 1 ? "is" : "are",
                          program));
}

// Takes out what programs only walked over.
void leave_out_walked(std::vector<Attribution>& accesses, const Index& index) {
  const Walks walks(index, accesses);
  std::erase_if(accesses, [&](const Attribution& found) { return walks.only_walked(found); });
}

}  // namespace

Result<KeepSpec> make_plan(const Index& index, const AccessProfile& profile, const PlanOptions& options,
                           std::span<const Rule> rules) {
  TRY_DO(check_profile(index, profile, options));
  auto accesses = attribute(profile, index);
  TRY(const auto rebuilt, compare_builds(profile, accesses, index, options));
  if (!options.walked) leave_out_walked(accesses, index);
  const Ownership owners = find_owners(index);
  Decisions plan(index, accesses, profile.runs, owners, options);
  plan.start(rules);
  warn_of_zeros(plan);
  if (rebuilt) plan.warn(in_words(*rebuilt));

  KeepSpec spec;
  spec.reference = options.reference;
  spec.id = index.id;
  spec.config_json = index.config_json;
  spec.layers = index.layers;
  spec.profile = Digest::of(to_json(profile));
  spec.policy = options.policy;
  spec.rebuilt = rebuilt;
  spec.keep = options.keep;
  spec.drop = options.drop;
  spec.dropped_accesses = plan.dropped_accesses();
  spec.additions = add_records(plan, rules);
  spec.risks = risks_of(plan);
  warn_of_walks(plan);
  const auto first = first_touches(plan);
  const auto reasons = plan.all_reasons();
  std::vector<EntryId> kept;
  for (EntryId id = 0; id < index.entries.size(); ++id) {
    if (!plan.kept(id)) continue;
    kept.push_back(id);
    KeptEntry& entry = spec.entries.emplace_back(index.entries[id], reasons[id]);
    entry.entry.facts = nullptr;
    entry.first_ms = first[id];
    if (const Package* const owner = owners.of(id)) entry.package = owner->str();
  }
  for (const std::string& glob : options.drop)
    if (!plan.has_match(glob)) plan.warn("--drop " + glob + " matches nothing in the image");
  spec.warnings = warnings_of(profile, plan);
  spec.warnings.insert(spec.warnings.end(), owners.warnings.begin(), owners.warnings.end());
  for (const Run& run : profile.runs)
    if (run.command_status) spec.test_status.push_back(*run.command_status);
  spec.summary = summarize(index, kept);
  return spec;
}

Result<KeepSpec> make_plan(const Index& index, const AccessProfile& profile, const PlanOptions& options) {
  return make_plan(index, profile, options, kRules);
}

namespace {

bool same(const Entry& a, const Entry& b) {
  const auto told = [](const Entry& one) {
    return std::tie(one.type, one.mode, one.uid, one.gid, one.size, one.mtime, one.mtime_ns, one.link_target,
                    one.link_group, one.dev_major, one.dev_minor, one.sha256, one.xattrs, one.layer, one.implied);
  };
  return told(a) == told(b);
}

}  // namespace

Index index_of_kept(const KeepSpec& spec) {
  Index index;
  index.id = spec.id;
  for (const KeptEntry& kept : spec.entries) index.entries.push_back(kept.entry);
  return index;
}

Result<std::vector<EntryId>> kept_entries(const KeepSpec& spec, const Index& index) {
  if (spec.id != index.id)
    return fail(fmt::format("the keep spec was made for {}, but this image is {}", spec.id.str(), index.id.str()),
                "name the image that was planned with --source, or plan again");
  std::vector<EntryId> kept;
  kept.reserve(spec.entries.size());
  for (const KeptEntry& wanted : spec.entries) {
    const auto found = index.find(wanted.entry.path);
    if (!found || !same(index.entries[*found], wanted.entry))
      return fail(fmt::format("{} is not in the image as the keep spec says", printable(wanted.entry.path)),
                  "the keep spec was changed by hand or damaged: plan again");
    kept.push_back(*found);
  }
  return kept;
}

}  // namespace winnow
