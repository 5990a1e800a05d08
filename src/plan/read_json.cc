// SPDX-License-Identifier: Apache-2.0
// Reads keep.json, which may be hostile text.
#include <fmt/format.h>

#include "plan/decisions.h"
#include "plan/read_entries.h"
#include "plan/schema.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/json_text.h"
#include "winnow/base/text.h"
#include "winnow/index/index_json.h"
#include "winnow/plan/plan.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxSpec = std::size_t{2} << 30;

// Of "kept", "dropped" and "image".
struct Sum {
  std::uint64_t kept = 0;
  std::uint64_t dropped = 0;
  std::uint64_t image = 0;
};

Sum sum_from(JsonText& in) {
  constexpr std::string_view kNames[] = {"kept", "dropped", "image"};
  Sum sum;
  JsonFields fields(in, "a sum", kNames, std::size(kNames));
  while (const auto field = fields.next()) {
    if (*field == 0) sum.kept = in.number();
    if (*field == 1) sum.dropped = in.number();
    if (*field == 2) sum.image = in.number();
  }
  if (sum.kept > sum.image || sum.dropped != sum.image - sum.kept)
    in.refuse("\"summary\": kept and dropped do not add up to the image");
  return sum;
}

Summary summary_from(JsonText& in) {
  constexpr std::string_view kNames[] = {"entries", "bytes"};
  Sum entries;
  Sum bytes;
  JsonFields fields(in, "the summary", kNames, std::size(kNames));
  while (const auto field = fields.next()) (*field == 0 ? entries : bytes) = sum_from(in);
  return {entries.kept, entries.dropped, entries.image, bytes.kept, bytes.dropped, bytes.image};
}

std::vector<std::string> strings_from(JsonText& in) {
  std::vector<std::string> strings;
  in.each([&] { strings.push_back(in.path()); });
  return strings;
}

Rebuilt rebuilt_from(JsonText& in) {
  constexpr std::string_view kNames[] = {"recorded", "paths", "missing", "changed", "missing_paths", "changed_paths"};
  Rebuilt rebuilt;
  JsonFields fields(in, "\"rebuilt\"", kNames, std::size(kNames));
  while (const auto field = fields.next()) {
    if (*field == 0) rebuilt.recorded = digest_from_json(in);
    if (*field == 1) rebuilt.paths = in.number();
    if (*field == 2) rebuilt.missing = in.number();
    if (*field == 3) rebuilt.changed = in.number();
    if (*field == 4) rebuilt.missing_paths = strings_from(in);
    if (*field == 5) rebuilt.changed_paths = strings_from(in);
  }
  if (rebuilt.missing_paths.size() > kMaxRebuiltTold || rebuilt.changed_paths.size() > kMaxRebuiltTold)
    in.refuse("\"rebuilt\" names too many paths");
  return rebuilt;
}

DroppedAccess dropped_access_from(JsonText& in) {
  constexpr std::string_view kNames[] = {"path", "by"};
  DroppedAccess dropped;
  JsonFields fields(in, "a dropped access", kNames, std::size(kNames));
  while (const auto field = fields.next()) (*field == 0 ? dropped.path : dropped.by) = in.path();
  return dropped;
}

Policy policy_from(JsonText& in) {
  const auto policy = policy_from_name(in.string());
  if (!policy) in.refuse("\"policy\" is none that this winnow knows");
  return *policy;
}

// What the plan was asked for. Earlier specs have no "dropped_accesses".
void read_plan(JsonText& in, KeepSpec& spec) {
  enum Name : std::uint8_t { kProfile, kPolicy, kKeep, kDrop, kRequired, kRebuilt = kRequired, kDropped };
  constexpr std::string_view kNames[] = {"profile", "policy", "keep", "drop", "rebuilt", "dropped_accesses"};
  JsonFields fields(in, "\"plan\"", kNames, kRequired);
  while (const auto field = fields.next()) {
    if (*field == kProfile && !in.take_null()) spec.profile = digest_from_json(in);
    if (*field == kPolicy) spec.policy = policy_from(in);
    if (*field == kKeep) spec.keep = strings_from(in);
    if (*field == kDrop) spec.drop = strings_from(in);
    if (*field == kRebuilt) spec.rebuilt = rebuilt_from(in);
    if (*field == kDropped)
      in.each([&] {
        if (spec.dropped_accesses.size() == kMaxDroppedAccesses)
          in.refuse("\"dropped_accesses\": more than a plan writes");
        spec.dropped_accesses.push_back(dropped_access_from(in));
      });
  }
}

Risk risk_from(JsonText& in) {
  constexpr std::string_view kNames[] = {"family", "glob", "because", "entries", "bytes"};
  Risk risk;
  JsonFields fields(in, "a risk", kNames, std::size(kNames));
  while (const auto field = fields.next()) {
    if (*field == 0) risk.family = in.string();
    if (*field == 1) risk.glob = in.path();
    if (*field == 2) risk.because = in.path();
    if (*field == 3) risk.entries = in.number();
    if (*field == 4) risk.bytes = in.number();
  }
  return risk;
}

void read_image(JsonText& in, KeepSpec& spec) {
  constexpr std::string_view kNames[] = {"reference", "id", "layers"};
  JsonFields fields(in, "the image", kNames, std::size(kNames));
  while (const auto field = fields.next()) {
    if (*field == 0) spec.reference = in.path();
    if (*field == 1) spec.id = digest_from_json(in);
    if (*field == 2) in.each([&] { spec.layers.push_back(layer_from_json(in)); });
  }
}

// Fields come in any order, but an entry needs the groups and the layers, and an addition needs the entries: so the
// text is read in three passes, each of which skips what the others read.

// All but entries and additions. Returns the reasons of groups.
Reasons read_head(JsonText in, KeepSpec& spec) {
  enum Name : std::uint8_t {
    kImage,
    kConfig,
    kWarnings,
    kStatus,
    kPlan,
    kRisks,
    kSummary,
    kRequired,
    kGroups = kRequired
  };
  constexpr std::string_view kNames[] = {"image", "config", "warnings", "test_status",
                                         "plan",  "risks",  "summary",  "groups"};
  Reasons groups;
  JsonFields fields(in, "a keep spec", kNames, kRequired);
  while (const auto field = fields.next()) {
    if (*field == kImage) read_image(in, spec);
    if (*field == kConfig) spec.config_json = in.path();
    if (*field == kWarnings) spec.warnings = strings_from(in);
    if (*field == kStatus) in.each([&] { spec.test_status.push_back(in.integer<int>()); });
    if (*field == kPlan) read_plan(in, spec);
    if (*field == kRisks) in.each([&] { spec.risks.push_back(risk_from(in)); });
    if (*field == kSummary) spec.summary = summary_from(in);
    if (*field == kGroups) in.each([&] { groups.push_back(reason_from_json(in).reason); });
  }
  in.end();
  if (Digest::of(spec.config_json) != spec.id) in.refuse("\"config\" is not the config of \"image\"");
  return groups;
}

}  // namespace

Result<KeepSpec> keep_from_json(std::string_view text) {
  constexpr auto kHint = "a keep spec is what `winnow plan` writes";
  if (text.size() > kMaxSpec) return fail("a keep spec of more than 2 GiB", kHint);
  try {
    const std::string schema = JsonText(text).schema();  // first: the rest of a newer one may mean something else
    if (schema != kKeepSchema)
      return fail(fmt::format("schema \"{}\"; this winnow reads {}", printable(schema), kKeepSchema),
                  schema.starts_with("winnow.keep/") ? "use the winnow that wrote it, or a newer one" : kHint);
    KeepSpec spec;
    Reasons groups = read_head(JsonText(text), spec);
    read_entries(JsonText(text), spec, std::move(groups));
    read_additions(JsonText(text), spec);
    return spec;
  } catch (const Refused& refused) {
    return fail("not a valid keep spec: " + refused.what, kHint);
  }
}

}  // namespace winnow
