// SPDX-License-Identifier: Apache-2.0
// Machine-readable lists: what is kept, and what was removed with its size and layer.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "winnow/attribute/packages.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

// Calls SEE with each entry of SOURCE that SPEC drops, and its owner or null.
template <class See>
Result<void> each_removed(const Index& source, const KeepSpec& spec, const See& see) {
  TRY(const auto kept, kept_entries(spec, source));
  const Ownership owners = find_owners(source);
  auto next = kept.begin();
  for (EntryId id = 0; id < source.entries.size(); ++id) {
    if (next != kept.end() && *next == id)
      ++next;
    else
      see(source.entries[id], owners.of(id));
  }
  return {};
}

// A field of RFC 4180. What a reader may take for a separator is quoted. A field that a spreadsheet would take for a
// formula gets its first byte escaped, as other bytes of names are: unescape_path gives it back.
std::string field(std::string_view text) {
  std::string escaped = escape_path(text);
  if (!text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos)
    escaped.replace(0, 1, fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front())));
  if (escaped.find_first_of("\",;\t\r\n") == std::string::npos) return escaped;
  std::string quoted = "\"";
  for (const char c : escaped) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace

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
  Json entries = Json::array();
  TRY_DO(each_removed(source, spec, [&](const Entry& entry, const Package* owner) {
    Json& removed = entries.emplace_back(Json{{"path", escape_path(entry.path)},
                                              {"type", to_string(entry.type)},
                                              {"size", entry.size},
                                              {"layer", entry.layer}});
    if (owner != nullptr) removed["package"] = escape_path(owner->str());
  }));
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

Result<std::string> removed_csv(const Index& source, const KeepSpec& spec) {
  std::string csv = "path,type,size,layer,package,created_by\r\n";
  TRY_DO(each_removed(source, spec, [&](const Entry& entry, const Package* owner) {
    const std::string_view made_by =
        entry.layer < source.layers.size() ? std::string_view(source.layers[entry.layer].created_by) : "";
    csv += fmt::format("{},{},{},{},{},{}\r\n", field(entry.path), to_string(entry.type), entry.size, entry.layer,
                       owner == nullptr ? "" : field(owner->str()), field(made_by));
  }));
  return csv;
}

}  // namespace winnow
