// SPDX-License-Identifier: Apache-2.0
// What `winnow --json explain` prints: an object for each entry, in a line of its own.
#include "plan/explain_json.h"

#include <nlohmann/json.hpp>

#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Risk& risk) {
  return {{"family", risk.family}, {"glob", escape_path(risk.glob)}, {"because", escape_path(risk.because)}};
}

}  // namespace

std::string kept_json(const KeptEntry& kept) {
  Json reasons = Json::array();
  for (const Reason& reason : *kept.reasons)
    reasons.push_back(
        {{"rule", reason.rule}, {"from", escape_path(reason.from)}, {"detail", escape_path(reason.detail)}});
  return Json{{"path", escape_path(kept.entry.path)},
              {"kept", true},
              {"type", to_string(kept.entry.type)},
              {"bytes", kept.entry.size},
              {"layer", kept.entry.layer},
              {"package", kept.package.empty() ? Json() : Json(escape_path(kept.package))},
              {"reasons", std::move(reasons)}}
      .dump();
}

std::string addition_json(const Addition& addition) {
  return Json{{"path", escape_path(addition.entry.path)},
              {"kept", true},
              {"type", to_string(addition.entry.type)},
              {"bytes", addition.entry.size},
              {"layer", nullptr},
              {"package", addition.package.empty() ? Json() : Json(escape_path(addition.package))},
              {"reasons", Json::array()}}
      .dump();
}

std::string dropped_json(const KeepSpec& spec, std::string_view path, const Entry* entry, bool source_known) {
  const std::string_view real = entry != nullptr ? std::string_view(entry->path) : path;
  Json risks = Json::array();
  for (const Risk& risk : spec.risks)
    if (glob_matches(risk.glob, real)) risks.push_back(json_of(risk));
  const std::string* const glob = spec.dropped_by(real);
  return Json{{"path", escape_path(real)},
              {"kept", false},
              {"in_image", source_known ? Json(entry != nullptr) : Json()},
              {"type", entry != nullptr ? Json(to_string(entry->type)) : Json()},
              {"bytes", entry != nullptr ? Json(entry->size) : Json()},
              {"layer", entry != nullptr ? Json(entry->layer) : Json()},
              {"dropped_by", glob != nullptr ? Json(escape_path(*glob)) : Json()},
              {"risks", std::move(risks)}}
      .dump();
}

}  // namespace winnow
