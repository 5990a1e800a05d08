// SPDX-License-Identifier: Apache-2.0
// What the workload read first, for snapshotters that pull images lazily: eStargz's record, nydus's prefetch lists.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "winnow/base/digest.h"
#include "winnow/base/text.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

// Whether content was wanted: a stat reads none.
bool reads_content(const Reason& reason) {
  return reason.kinds.has(Kind::kOpen) || reason.kinds.has(Kind::kExec) || reason.kinds.has(Kind::kMap);
}

bool is_read(const KeptEntry& kept) {
  return kept.entry.type == EntryType::kFile && kept.first_ms && std::ranges::any_of(*kept.reasons, reads_content);
}

// nydus-image reads lines and trims them, with all that Unicode calls white space.
bool is_one_line(std::string_view path) {
  constexpr std::string_view kBlanks[] = {
      " ",           "\t",           "\v",           "\f",           "\r",           "\xC2\x85",
      "\xC2\xA0",    "\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
      "\xE3\x80\x80"};
  if (path.find('\n') != std::string_view::npos) return false;
  const std::string_view last = path.substr(path.size() - std::min<std::size_t>(3, path.size()));
  if (last >= "\xE2\x80\x80" && last <= "\xE2\x80\x8A") return false;
  return std::ranges::none_of(kBlanks, [&](std::string_view blank) { return path.ends_with(blank); });
}

std::string stargz_line(const Entry& entry, const Digest& manifest) {
  Json line = {{"path", entry.path.substr(1)}};
  if (manifest.valid()) line["manifestDigest"] = manifest.str();
  line["layerIndex"] = entry.layer;
  return line.dump() + "\n";
}

}  // namespace

PrefetchList prefetch_list(const KeepSpec& spec, PrefetchFormat format, const Digest& manifest) {
  std::vector<const KeptEntry*> files;
  for (const KeptEntry& kept : spec.entries)
    if (is_read(kept)) files.push_back(&kept);
  std::ranges::stable_sort(files, {}, [](const KeptEntry* kept) { return *kept->first_ms; });  // they stand by path
  PrefetchList list;
  Json nydus = Json::array();
  for (const KeptEntry* const kept : files) {
    const std::string& path = kept->entry.path;
    // JSON and the tools that read lines want UTF-8: names of other bytes cannot be said to them.
    if (!is_utf8(path) || (format == PrefetchFormat::kLines && !is_one_line(path)))
      list.left_out.push_back(path);
    else if (format == PrefetchFormat::kStargz)
      list.text += stargz_line(kept->entry, manifest);
    else if (format == PrefetchFormat::kNydus)
      nydus.push_back({{"path", path}, {"ranges", nullptr}});
    else
      list.text += path + "\n";
  }
  if (format == PrefetchFormat::kNydus) list.text = Json{{"version", "v1"}, {"files", std::move(nydus)}}.dump(1) + "\n";
  return list;
}

}  // namespace winnow
