// SPDX-License-Identifier: Apache-2.0
// Little records of varints (LEB128) and strings; of each path only what differs from the one before.
#include "image/layer/layer_codec.h"

#include <algorithm>
#include <array>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

constexpr std::uint8_t kHardLink = 0x80;
constexpr std::uint8_t kHasFacts = 0x40;
constexpr std::uint8_t kTypeMask = 0x0f;
constexpr std::uint8_t kElf = 0x01;  // of facts
constexpr std::uint8_t kOnlyZeros = 0x02;
constexpr std::size_t kMaxString = std::size_t{1} << 30;

class Encoder {
 public:
  explicit Encoder(const EncodeSink& sink) : sink_(sink) { buffer_.reserve(kBuffer + 4096); }

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void byte(std::uint8_t value) { buffer_.push_back(static_cast<std::byte>(value)); }
  void bytes(std::string_view text) {
    const auto raw = std::as_bytes(std::span(text));
    buffer_.insert(buffer_.end(), raw.begin(), raw.end());
  }
  void text(std::string_view value) {
    number(value.size());
    bytes(value);
  }
  void digest(const Digest& value) {
    byte(value.valid() ? 1 : 0);
    if (value.valid()) bytes(value.bytes());
  }
  void texts(const std::vector<std::string>& list) {
    number(list.size());
    for (const std::string& one : list) text(one);
  }
  Result<void> flush(bool all) {
    if (!all && buffer_.size() < kBuffer) return {};
    hash_.update(buffer_);
    auto taken = sink_(buffer_);
    buffer_.clear();
    return taken;
  }
  Result<void> finish() {
    TRY_DO(flush(true));
    const Digest sum = hash_.finish();
    return sink_(std::as_bytes(std::span(sum.bytes())));
  }

 private:
  static constexpr std::size_t kBuffer = std::size_t{256} << 10;
  const EncodeSink& sink_;
  std::vector<std::byte> buffer_;
  Sha256 hash_;
};

void encode(const FileFacts& facts, Encoder& out) {
  out.byte(static_cast<std::uint8_t>((facts.elf ? kElf : 0) | (facts.zeros ? kOnlyZeros : 0)));
  if (facts.elf) {
    out.number(facts.elf->machine);
    out.byte(facts.elf->is_64 ? 1 : 0);
    out.text(facts.elf->interpreter);
    out.text(facts.elf->go_module);
    for (const auto* list : {&facts.elf->needed, &facts.elf->rpath, &facts.elf->runpath}) out.texts(*list);
  }
  out.text(facts.shebang);
  out.text(facts.owner);
  out.texts(facts.mentions);
  out.byte(facts.text ? 1 : 0);
  if (facts.text) out.text(*facts.text);
}

void encode(const TarMember& member, std::string_view previous, Encoder& out) {
  const Entry& entry = member.entry;
  const auto differs = std::ranges::mismatch(entry.path, previous).in1;
  const auto shared = static_cast<std::size_t>(differs - entry.path.begin());
  out.byte(static_cast<std::uint8_t>(static_cast<std::uint8_t>(entry.type) | (member.hard_link ? kHardLink : 0) |
                                     (entry.facts ? kHasFacts : 0)));
  out.number(shared);
  out.text(std::string_view(entry.path).substr(shared));
  out.text(entry.link_target);
  for (const std::uint64_t number : {std::uint64_t{entry.mode}, std::uint64_t{entry.uid}, std::uint64_t{entry.gid},
                                     entry.size, static_cast<std::uint64_t>(entry.mtime), std::uint64_t{entry.mtime_ns},
                                     std::uint64_t{entry.dev_major}, std::uint64_t{entry.dev_minor}})
    out.number(number);
  out.digest(entry.sha256);
  out.number(entry.xattrs.size());
  for (const auto& [name, value] : entry.xattrs) {
    out.text(name);
    out.text(value);
  }
  if (entry.facts) encode(*entry.facts, out);
}

// Reads what Encoder wrote; after the first thing that cannot be, everything is zero or empty and ok() is false.
class Decoder {
 public:
  explicit Decoder(ByteReader& bytes) : source_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  void refuse() { ok_ = false; }
  std::uint8_t byte() {
    char one = 0;
    take(std::span(&one, 1));
    return static_cast<std::uint8_t>(one);
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fu} << shift;
      if ((next & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }
  std::uint32_t small() {
    const std::uint64_t value = number();
    if (value > 0xffffffff) ok_ = false;
    return static_cast<std::uint32_t>(value);
  }
  std::string bytes(std::size_t size) {
    std::string value;
    while (ok_ && value.size() < size) {  // grows with what is there, not with what is claimed
      const std::size_t old = value.size();
      value.resize(std::min(size, old + (std::size_t{64} << 10)));
      take(std::span(value).subspan(old));
    }
    return ok_ ? value : std::string();
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > kMaxString) ok_ = false;
    return ok_ ? bytes(static_cast<std::size_t>(size)) : std::string();
  }
  Digest digest() {
    if (byte() == 0) return {};
    std::array<std::uint8_t, 32> raw{};
    take(std::span(reinterpret_cast<char*>(raw.data()), raw.size()));
    return Digest::from_bytes(raw);
  }
  std::vector<std::string> texts() {
    std::vector<std::string> list;
    for (std::uint64_t left = number(); left > 0 && ok_; --left) list.push_back(text());
    return list;
  }
  // Whether the checksum of all so far comes next, and nothing behind it.
  bool ends_well() {
    hash_.update(std::span(buffer_).subspan(hashed_, at_ - hashed_));
    hashed_ = at_;
    const Digest sum = hash_.finish();
    std::array<std::uint8_t, 32> raw{};
    hashing_ = false;
    take(std::span(reinterpret_cast<char*>(raw.data()), raw.size()));
    return ok_ && Digest::from_bytes(raw) == sum && !refill();
  }

 private:
  bool refill() {
    if (at_ < end_) return true;
    if (hashing_) hash_.update(std::span(buffer_).subspan(hashed_, at_ - hashed_));
    hashed_ = at_ = end_ = 0;
    const auto n = source_.read(buffer_);
    if (n) end_ = *n;
    return end_ > 0;
  }
  void take(std::span<char> target) {
    while (ok_ && !target.empty()) {
      if (!refill()) ok_ = false;
      const std::size_t n = std::min(target.size(), end_ - at_);
      std::ranges::copy(std::span(reinterpret_cast<const char*>(buffer_.data()) + at_, n), target.begin());
      at_ += n;
      target = target.subspan(n);
    }
  }

  ByteReader& source_;
  bool ok_ = true;
  bool hashing_ = true;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{256} << 10);
  std::size_t at_ = 0, end_ = 0, hashed_ = 0;
  Sha256 hash_;
};

std::shared_ptr<const FileFacts> decode_facts(Decoder& in) {
  auto facts = std::make_shared<FileFacts>();
  const std::uint8_t kinds = in.byte();
  facts->zeros = (kinds & kOnlyZeros) != 0;
  if ((kinds & kElf) != 0) {
    ElfFacts& elf = facts->elf.emplace();
    elf.machine = static_cast<std::uint16_t>(in.number());
    elf.is_64 = in.byte() != 0;
    elf.interpreter = in.text();
    elf.go_module = in.text();
    for (auto* list : {&elf.needed, &elf.rpath, &elf.runpath}) *list = in.texts();
  }
  facts->shebang = in.text();
  facts->owner = in.text();
  facts->mentions = in.texts();
  if (in.byte() != 0) facts->text = in.text();
  return facts;
}

TarMember decode_member(Decoder& in, std::string_view previous) {
  TarMember member;
  Entry& entry = member.entry;
  const std::uint8_t flags = in.byte();
  member.hard_link = (flags & kHardLink) != 0;
  entry.type = static_cast<EntryType>(flags & kTypeMask);
  if (entry.type > EntryType::kFifo) in.refuse();
  const std::uint64_t shared = in.number();
  if (shared > previous.size()) in.refuse();
  entry.path = std::string(previous.substr(0, std::min<std::uint64_t>(shared, previous.size()))) + in.text();
  if (entry.path.size() > kMaxPath || normal_path(entry.path) != entry.path) in.refuse();
  entry.link_target = in.text();
  entry.mode = in.small();
  entry.uid = in.small();
  entry.gid = in.small();
  entry.size = in.number();
  entry.mtime = static_cast<std::int64_t>(in.number());
  for (std::uint32_t* number : {&entry.mtime_ns, &entry.dev_major, &entry.dev_minor}) *number = in.small();
  entry.sha256 = in.digest();
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) {
    std::string name = in.text();
    entry.xattrs.emplace_back(std::move(name), in.text());
  }
  if ((flags & kHasFacts) != 0) entry.facts = decode_facts(in);
  return member;
}

}  // namespace

Result<void> encode_layer(const LayerContents& contents, const EncodeSink& sink) {
  Encoder out(sink);
  out.bytes(kLayerFormat);
  out.digest(contents.layer.diff_id);
  out.digest(contents.layer.digest);
  out.number(contents.layer.size);
  out.number(contents.layer.tar_size);
  out.number(contents.members.size());
  std::string_view previous;
  for (const TarMember& member : contents.members) {
    encode(member, previous, out);
    previous = member.entry.path;
    TRY_DO(out.flush(false));
  }
  return out.finish();
}

Result<LayerContents> decode_layer(ByteReader& bytes, Budget& budget) {
  Decoder in(bytes);
  LayerContents contents;
  if (in.bytes(kLayerFormat.size()) != kLayerFormat) return fail("not of this format");
  contents.layer.diff_id = in.digest();
  contents.layer.digest = in.digest();
  contents.layer.size = in.number();
  contents.layer.tar_size = in.number();
  std::string_view previous;
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) {
    contents.members.push_back(decode_member(in, previous));
    previous = contents.members.back().entry.path;
    TRY_DO(budget.charge(cost_of(contents.members.back())));
  }
  if (!in.ends_well()) return fail("damaged");
  return contents;
}

}  // namespace winnow
