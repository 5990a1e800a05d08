// SPDX-License-Identifier: Apache-2.0
// Volumes that an engine fills from the image: what is gone is missed by whoever else has them, in no trace of ours.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "verify/findings.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMostVolumesNamed = 3;

std::string sentence_of(const std::string& destination, const Index& source, const Present& present) {
  const auto top = source.resolve(destination).entry;
  if (!top) return "";
  std::uint64_t gone = 0, bytes = 0;
  std::string names;
  for (const EntryId id : source.below(source.entries[*top].path)) {
    const Entry& entry = source.entries[id];
    if (present.has(entry.path)) continue;
    if (gone++ < kMostVolumesNamed) names += (names.empty() ? "" : ", ") + printable(entry.path);
    bytes += entry.size;
  }
  if (gone == 0) return "";
  return fmt::format(
      "the volume at {} is filled from the image, which has {} fewer entr{} there ({}): {}{}; others who have the "
      "volume "
      "do not find them",
      printable(destination), gone, gone == 1 ? "y" : "ies", human_bytes(bytes), names,
      gone > kMostVolumesNamed ? ", ..." : "");
}

}  // namespace

std::vector<std::string> emptied_volumes(const AccessProfile& run, const Index& source, const Present& present) {
  std::set<std::string> seen;
  std::vector<std::string> sentences;
  for (const Run& one : run.runs)
    for (const MountedVolume& volume : one.volumes)
      if (volume.shared && seen.insert(volume.destination).second)
        if (std::string sentence = sentence_of(volume.destination, source, present); !sentence.empty())
          sentences.push_back(std::move(sentence));
  return sentences;
}

}  // namespace winnow
