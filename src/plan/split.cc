// SPDX-License-Identifier: Apache-2.0
// The tables under a plan's summary, and the same as JSON.
#include "winnow/plan/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plan/instruction.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargest = 8;  // packages that people are told of
constexpr Label kLabels[] = {Label::kEntry, Label::kCreated, Label::kOtherMount, Label::kMiss, Label::kUnplaced};

// For people; of image entries more is said.
std::string_view words_for(Label label) {
  switch (label) {
    case Label::kEntry:
      break;
    case Label::kCreated:
      return "created at run time";
    case Label::kOtherMount:
      return "on other mounts";
    case Label::kMiss:
      return "not there";
    case Label::kUnplaced:
      return "of an unknown directory";
  }
  return "of image entries";
}

std::string row(const Share& share, std::string_view rest) {
  return fmt::format("  {:>9} {:>9}  {}\n", human_bytes(share.kept_bytes), human_bytes(share.dropped_bytes), rest);
}

Json json_of(const Share& share) {
  return {{"entries", {{"kept", share.kept_entries}, {"dropped", share.dropped_entries}}},
          {"bytes", {{"kept", share.kept_bytes}, {"dropped", share.dropped_bytes}}}};
}

}  // namespace

PlanSplit::PlanSplit(const Index& index, std::vector<Attribution> accesses, Ownership owners, Breakdown bytes)
    : index_(index), accesses_(std::move(accesses)), owners_(std::move(owners)), bytes_(std::move(bytes)) {}

Result<PlanSplit> PlanSplit::of(const Index& index, const AccessProfile& profile, const KeepSpec& spec) {
  TRY(const auto kept, kept_entries(spec, index));
  Ownership owners = find_owners(index);
  Breakdown bytes = break_down(index, owners, kept);
  return PlanSplit(index, attribute(profile, index), std::move(owners), std::move(bytes));
}

std::size_t PlanSplit::count(Label label) const {
  return static_cast<std::size_t>(std::ranges::count(accesses_, label, &Attribution::label));
}

std::string PlanSplit::text() const {
  const auto owned = std::ranges::count_if(accesses_, [&](const Attribution& one) {
    return one.label == Label::kEntry && owners_.of(*one.entry) != nullptr;
  });
  std::string text = fmt::format("  {} accesses: {} of image entries ({} of packages, {} unowned)", accesses_.size(),
                                 count(Label::kEntry), owned, count(Label::kEntry) - static_cast<std::size_t>(owned));
  for (const Label label : kLabels)
    if (label != Label::kEntry && count(label) > 0) text += fmt::format(", {} {}", count(label), words_for(label));
  text += "\n       kept   dropped  layer\n";
  for (std::size_t at = 0; at < bytes_.layers.size(); ++at) {
    std::string rest = fmt::format("{} {}", at, shown_instruction(index_.layers[at].created_by));
    if (bytes_.hidden[at] > 0) rest += fmt::format(" (and {} hidden by later layers)", human_bytes(bytes_.hidden[at]));
    text += row(bytes_.layers[at], rest);
  }

  text += "       kept   dropped  package\n";
  Share others;
  std::size_t told = 0;
  for (const auto& [name, share] : bytes_.packages) {
    if (name.empty() || told < kLargest) {
      text += row(share, name.empty() ? "(unowned)" : printable(name));
      told += name.empty() ? 0 : 1;
      continue;
    }
    others.kept_bytes += share.kept_bytes;
    others.dropped_bytes += share.dropped_bytes;
  }
  if (const std::size_t more = bytes_.packages.size() - 1 - told; more > 0)
    text += row(others, fmt::format("({} others)", more));
  return text;
}

void PlanSplit::add_to(Json& json) const {
  Json accesses = {{"all", accesses_.size()}};
  for (const Label label : kLabels) accesses[std::string(to_string(label))] = count(label);
  Json layers = Json::array();
  for (std::size_t at = 0; at < bytes_.layers.size(); ++at) {
    Json layer = json_of(bytes_.layers[at]);
    layer["bytes"]["hidden"] = bytes_.hidden[at];
    layer["diff_id"] = index_.layers[at].diff_id.str();
    layer["created_by"] = escape_path(index_.layers[at].created_by);
    layers.push_back(std::move(layer));
  }
  Json packages = Json::array();
  for (const auto& [name, share] : bytes_.packages) {
    Json package = json_of(share);
    package["package"] = name.empty() ? Json() : Json(escape_path(name));
    packages.push_back(std::move(package));
  }
  json["accesses"] = std::move(accesses);
  json["layers"] = std::move(layers);
  json["packages"] = std::move(packages);
}

}  // namespace winnow
