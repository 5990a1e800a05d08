// SPDX-License-Identifier: Apache-2.0
// From an index and a profile to a keep spec: checks that they belong together, runs the rules, adds up the bytes.
#include "winnow/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "plan/decisions.h"

namespace winnow {
namespace {

Result<void> check_profile(const Index& index, const AccessProfile& profile, const PlanOptions& options) {
  if (profile.image.id.valid() && profile.image.id != index.id && profile.image.id != index.target)
    return fail(fmt::format("the profile was recorded from {} ({}), but {} is {}", printable(profile.image.reference),
                            profile.image.id.str(), printable(options.reference), index.id.str()),
                "name the recorded image with --image, or record this one (a copy whose config a tool wrote anew has "
                "another id)");
  if (profile.accesses.empty())
    return fail("the profile holds no access at all", "record a container while its workload runs");
  if (const auto reasons = profile.partial_reasons(); !reasons.empty() && !options.allow_partial)
    return fail(fmt::format("the profile is partial: {}", fmt::join(reasons, "; ")),
                "record again, or accept the risk with --allow-partial");
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
  warnings.insert(warnings.end(), plan.warnings().begin(), plan.warnings().end());
  return warnings;
}

}  // namespace

std::string_view name_of(Policy policy) {
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
    if (name_of(policy) == name) return policy;
  return std::nullopt;
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

Result<KeepSpec> make_plan(const Index& index, const AccessProfile& profile, const PlanOptions& options) {
  if (auto checked = check_profile(index, profile, options); !checked) return std::unexpected(checked.error());
  const auto accesses = attribute(profile, index);
  Decisions plan(index, accesses, options);
  plan.run();

  KeepSpec spec;
  spec.reference = options.reference;
  spec.id = index.id;
  spec.config_json = index.config_json;
  spec.layers = index.layers;
  spec.profile = Digest::of(to_json(profile));
  spec.policy = options.policy;
  spec.keep = options.keep;
  spec.drop = options.drop;
  const Ownership owners = find_owners(index);
  std::vector<EntryId> kept;
  for (EntryId id = 0; id < index.entries.size(); ++id) {
    if (!plan.kept(id)) continue;
    kept.push_back(id);
    spec.entries.push_back({index.entries[id], plan.reasons(id)});
    spec.entries.back().entry.facts = nullptr;
    if (const Package* const owner = owners.of(id)) spec.entries.back().package = owner->str();
  }
  spec.warnings = warnings_of(profile, plan);
  spec.warnings.insert(spec.warnings.end(), owners.warnings.begin(), owners.warnings.end());
  for (const Run& run : profile.runs)
    if (run.command_status) spec.test_status.push_back(*run.command_status);
  spec.summary = summarize(index, kept);
  return spec;
}

Result<std::vector<EntryId>> kept_entries(const KeepSpec& spec, const Index& index) {
  if (spec.id != index.id)
    return fail(fmt::format("the keep spec was made for {}, but this image is {}", spec.id.str(), index.id.str()),
                "name the image that was planned with --source, or plan again");
  std::vector<EntryId> kept;
  kept.reserve(spec.entries.size());
  for (const KeptEntry& wanted : spec.entries) {
    const auto found = index.find(wanted.entry.path);
    if (!found || index.entries[*found].type != wanted.entry.type ||
        index.entries[*found].sha256 != wanted.entry.sha256)
      return fail(fmt::format("{} is not in the image as the keep spec says", printable(wanted.entry.path)),
                  "the keep spec was changed by hand or damaged: plan again");
    kept.push_back(*found);
  }
  return kept;
}

}  // namespace winnow
