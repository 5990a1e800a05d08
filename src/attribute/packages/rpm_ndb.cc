// SPDX-License-Identifier: Apache-2.0
// Packages.db: a header, pages of slots that tell where in the file each package's blob is, and the blobs.
#include "attribute/packages/numbers.h"
#include "attribute/packages/rpm.h"

namespace winnow {
namespace {

constexpr std::uint32_t kFileMagic = 0x506d7052;  // "RpmP"
constexpr std::uint32_t kSlotMagic = 0x746f6c53;  // "Slot"
constexpr std::uint32_t kBlobMagic = 0x53626c42;  // "BlbS"
constexpr std::size_t kSlot = 16, kBlock = 16, kPage = 4096, kHeader = 32, kBlobHeader = 16;

}  // namespace

Damage each_in_ndb(std::string_view file, const SeeHeader& see) {
  if (little_endian<std::uint32_t>(file, 0) != kFileMagic) return "it does not begin as one";
  if (little_endian<std::uint32_t>(file, 4) != 0) return "it is of a newer version";
  const std::size_t pages = little_endian<std::uint32_t>(file, 12).value_or(0);
  if (pages > file.size() / kPage) return "it has been cut off";
  HeaderBudget budget(file.size());
  for (std::size_t at = kHeader; at < pages * kPage; at += kSlot) {
    if (little_endian<std::uint32_t>(file, at) != kSlotMagic) return "a slot is not one";
    const auto package = little_endian<std::uint32_t>(file, at + 4);
    const std::size_t offset = little_endian<std::uint32_t>(file, at + 8).value_or(0) * kBlock;
    if (offset == 0) continue;  // free
    const auto length = little_endian<std::uint32_t>(file, offset + 12);
    if (little_endian<std::uint32_t>(file, offset) != kBlobMagic ||
        little_endian<std::uint32_t>(file, offset + 4) != package || !length ||
        *length > file.size() - offset - kBlobHeader)
      return "a package is not where its slot says";
    if (!budget.take(*length)) return kTooMuch;
    see(file.substr(offset + kBlobHeader, *length));
  }
  return std::nullopt;
}

}  // namespace winnow
