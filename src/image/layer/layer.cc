// SPDX-License-Identifier: Apache-2.0
// The one pass over a layer: list, hash, take facts.
#include "image/layer/layer.h"

#include "image/facts/facts.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kBefore = "before its first entry";

Result<void> take_content(TarReader& reader, Entry& entry, Budget& budget) {
  Sha256 hash;
  FactsTaker facts(entry.path, entry.size, budget);
  for (;;) {
    const auto piece = reader.read();
    if (!piece) return std::unexpected(piece.error().within(printable(entry.path)));
    if (piece->empty()) break;
    hash.update(*piece);
    facts.add(*piece);
  }
  entry.sha256 = hash.finish();
  entry.facts = facts.finish();
  return {};
}

}  // namespace

std::size_t cost_of(const TarMember& member) {
  const Entry& entry = member.entry;
  std::size_t bytes = entry.path.size() + entry.link_target.size();
  for (const auto& [name, value] : entry.xattrs) bytes += name.size() + value.size();
  return entry.facts ? bytes + bytes_of(*entry.facts) : bytes;
}

Result<LayerContents> read_layer(std::unique_ptr<ByteReader> blob, Budget& budget) {
  auto stream = BlobStream::open(std::move(blob), budget);
  if (!stream) return std::unexpected(stream.error().within(kBefore));
  auto reader = TarReader::open(*stream, budget);
  if (!reader) return std::unexpected(reader.error().within(kBefore));
  LayerContents contents;
  std::string last = "/";  // what a broken header comes after
  for (TarMember member;;) {
    const auto more = reader->next(member);
    if (!more) return std::unexpected(more.error().within("after " + printable(last)));
    if (!*more) break;
    if (member.entry.type == EntryType::kFile && !member.hard_link) TRY_DO(take_content(*reader, member.entry, budget));
    TRY_DO(budget.charge(cost_of(member)));
    last = member.entry.path;
    contents.members.push_back(std::move(member));
  }
  const auto summary = stream->finish();
  if (!summary) return std::unexpected(summary.error().within("after " + printable(last)));
  contents.layer = {summary->uncompressed, summary->stored, summary->stored_size, summary->size, {}};
  return contents;
}

}  // namespace winnow
