// SPDX-License-Identifier: Apache-2.0
// Machine-readable lists: what is kept, and what was removed with its size and layer.
#include <nlohmann/json.hpp>

#include "winnow/emit.h"
#include "winnow/packages.h"

namespace winnow {

using Json = nlohmann::ordered_json;

std::string keep_list(const KeepSpec& spec, bool zero) {
  std::string list;
  for (const KeptEntry& kept : spec.entries) {
    if (kept.entry.path == "/") continue;
    list += "." + kept.entry.path;
    list += zero ? '\0' : '\n';
  }
  return list;
}

Result<std::string> removed_json(const Index& source, const KeepSpec& spec) {
  const auto kept = kept_entries(spec, source);
  if (!kept) return std::unexpected(kept.error());
  const Ownership owners = find_owners(source);
  Json entries = Json::array();
  auto next = kept->begin();
  for (EntryId id = 0; id < source.entries.size(); ++id) {
    if (next != kept->end() && *next == id) {
      ++next;
      continue;
    }
    const Entry& entry = source.entries[id];
    Json& removed = entries.emplace_back(Json{{"path", escape_path(entry.path)},
                                              {"type", name_of(entry.type)},
                                              {"size", entry.size},
                                              {"layer", entry.layer}});
    if (const Package* const owner = owners.of(id)) removed["package"] = escape_path(owner->str());
  }
  Json layers = Json::array();
  for (const Layer& layer : source.layers)
    layers.push_back({{"diff_id", layer.diff_id.str()}, {"created_by", escape_path(layer.created_by)}});
  const Json json = {{"schema", "winnow.removed/1"},
                     {"image", {{"reference", escape_path(spec.reference)}, {"id", spec.id.str()}}},
                     {"counts", {{"entries", spec.summary.dropped_entries}, {"bytes", spec.summary.dropped_bytes}}},
                     {"layers", std::move(layers)},
                     {"entries", std::move(entries)}};
  return json.dump(1) + "\n";
}

}  // namespace winnow
