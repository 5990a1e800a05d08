// SPDX-License-Identifier: Apache-2.0
// report.md: what slimming did to an image, for people.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "winnow/attribute/attribute.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/emit/emit.h"
#include "winnow/report/markdown.h"

namespace winnow {
namespace {

constexpr std::size_t kLargest = 10;

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::vector<EntryId> largest(const Index& source, const std::vector<bool>& is_kept, bool kept) {
  std::vector<EntryId> files;
  for (EntryId id = 0; id < source.entries.size(); ++id)
    if (is_kept[id] == kept && source.entries[id].type == EntryType::kFile) files.push_back(id);
  const auto end = files.begin() + static_cast<std::ptrdiff_t>(std::min(kLargest, files.size()));
  std::partial_sort(files.begin(), end, files.end(), [&](EntryId a, EntryId b) {
    return std::pair(source.entries[b].size, a) < std::pair(source.entries[a].size, b);
  });
  files.erase(end, files.end());
  return files;
}

std::string packages_table(const Breakdown& split) {
  std::string text = "\n| package | kept | removed |\n|---|---:|---:|\n";
  Share others;
  for (std::size_t at = 0; at < split.packages.size(); ++at) {
    const auto& [name, share] = split.packages[at];
    if (at >= kLargest) {
      others.kept_bytes += share.kept_bytes;
      others.dropped_bytes += share.dropped_bytes;
      continue;
    }
    text += fmt::format("| {} | {} | {} |\n", name.empty() ? "(unowned)" : markdown_cell(name),
                        human_bytes(share.kept_bytes), human_bytes(share.dropped_bytes));
  }
  if (split.packages.size() > kLargest)
    text += fmt::format("| {} others | {} | {} |\n", split.packages.size() - kLargest, human_bytes(others.kept_bytes),
                        human_bytes(others.dropped_bytes));
  return text;
}

std::string risks_table(const KeepSpec& spec) {
  constexpr std::size_t kMostRisks = 40;
  if (spec.risks.empty()) return "";
  std::string text = fmt::format(
      "\n## What the workload may come to need\n\nDropped under `--policy {}`; `--keep GLOB` keeps it.\n\n"
      "| bytes | entries | family | glob | because of |\n|---:|---:|---|---|---|\n",
      to_string(spec.policy));
  for (std::size_t at = 0; at < std::min(kMostRisks, spec.risks.size()); ++at) {
    const Risk& risk = spec.risks[at];
    text += fmt::format("| {} | {} | {} | {} | {} |\n", human_bytes(risk.bytes), risk.entries,
                        markdown_cell(risk.family), markdown_cell(risk.glob, 300), markdown_cell(risk.because));
  }
  if (spec.risks.size() > kMostRisks)
    text += fmt::format("\nAnd {} more in keep.json.\n", spec.risks.size() - kMostRisks);
  return text;
}

std::string reason_text(const Reason& reason) {
  return fmt::format("{}: {} ({})", markdown_cell(reason.rule), markdown_cell(reason.from),
                     markdown_cell(reason.detail));
}

}  // namespace

Result<std::string> report_markdown(const Index& source, const KeepSpec& spec) {
  TRY(const auto kept, kept_entries(spec, source));
  std::vector<bool> is_kept(source.entries.size());
  std::vector<const KeptEntry*> why(source.entries.size());
  for (std::size_t at = 0; at < kept.size(); ++at) {
    is_kept[kept[at]] = true;
    why[kept[at]] = &spec.entries[at];
  }
  const Summary& sum = spec.summary;
  std::string text = fmt::format("# {}, winnowed\n\n", markdown_cell(spec.reference));
  text += fmt::format("Source image `{}`: {} layers. The slim image holds {:.1f} % of its bytes.\n\n", spec.id.str(),
                      source.layers.size(), percent(sum.kept_bytes, sum.image_bytes));
  text += "| | entries | bytes | |\n|---|---:|---:|---:|\n";
  text += fmt::format("| before | {} | {} | {} |\n", sum.image_entries, sum.image_bytes, human_bytes(sum.image_bytes));
  text += fmt::format("| after | {} | {} | {} |\n", sum.kept_entries, sum.kept_bytes, human_bytes(sum.kept_bytes));
  text += fmt::format("| removed | {} | {} | {} |\n", sum.dropped_entries, sum.dropped_bytes,
                      human_bytes(sum.dropped_bytes));

  if (!spec.warnings.empty()) {
    text += "\n## Read this first\n\n";
    for (const std::string& warning : spec.warnings)
      text += fmt::format("- {}\n", markdown_words(printable_words(warning), 1000));
  }

  text += "\n## Where the bytes went\n\n| layer | kept | removed | made by |\n|---:|---:|---:|---|\n";
  const Breakdown split = break_down(source, find_owners(source), kept);
  for (std::size_t at = 0; at < split.layers.size(); ++at)
    text += fmt::format("| {} | {} | {} | {} |\n", at, human_bytes(split.layers[at].kept_bytes),
                        human_bytes(split.layers[at].dropped_bytes), markdown_cell(source.layers[at].created_by));
  text += packages_table(split);

  text += risks_table(spec);

  text += "\n## The largest files kept, and why\n\n| bytes | path | because |\n|---:|---|---|\n";
  for (const EntryId id : largest(source, is_kept, true))
    text += fmt::format("| {} | {} | {} |\n", human_bytes(source.entries[id].size),
                        markdown_cell(source.entries[id].path), reason_text(why[id]->reasons->front()));

  text += "\n## The largest files removed\n\n| bytes | path | layer |\n|---:|---|---:|\n";
  for (const EntryId id : largest(source, is_kept, false))
    text += fmt::format("| {} | {} | {} |\n", human_bytes(source.entries[id].size),
                        markdown_cell(source.entries[id].path), source.entries[id].layer);
  text += "\nEvery removed path is in removed.json; `winnow explain keep.json PATH` tells why one is kept.\n";
  return text;
}

}  // namespace winnow
