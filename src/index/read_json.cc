// SPDX-License-Identifier: Apache-2.0
// Reads entries and layers from JSON text, which may be hostile.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "winnow/base/digest.h"
#include "winnow/base/json_text.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/index/index_json.h"

namespace winnow {
namespace {

// Of hex digits as getfattr -e hex prints them, which hex_of() writes.
std::string bytes_from(JsonText& in) {
  const std::string_view hex = in.string();
  if (!hex.starts_with("0x") || hex.size() % 2 != 0) in.refuse("bytes that are not hex digits behind 0x");
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t at = 2; at < hex.size(); at += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
    if (error != std::errc() || end != hex.data() + at + 2) in.refuse("bytes that are not hex digits behind 0x");
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::uint32_t mode_from(JsonText& in) {
  const std::string_view text = in.string();
  std::uint32_t mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (text.size() != 4 || error != std::errc() || end != text.data() + text.size())
    in.refuse("a mode that is not four octal digits");
  return mode;
}

EntryType type_from(JsonText& in) {
  const auto type = entry_type_from_name(in.string());
  if (!type) in.refuse("unknown type of entry");
  return *type;
}

Digest sha256_from(JsonText& in) {
  const auto digest = Digest::parse(fmt::format("sha256:{}", in.string()));
  if (!digest) in.refuse("\"sha256\": " + digest.error().what);
  return *digest;
}

void read_device(JsonText& in, Entry& entry) {
  in.begin_array();
  for (std::uint32_t* const number : {&entry.dev_major, &entry.dev_minor}) {
    if (!in.item()) in.refuse("a device without two numbers");
    *number = in.integer<std::uint32_t>();
  }
  if (in.item()) in.refuse("a device of more than two numbers");
}

void read_xattrs(JsonText& in, Entry& entry) {
  in.begin_object();
  while (const auto field = in.field()) {
    auto name = unescape_path(*field);
    if (!name) in.refuse("\"xattrs\": " + name.error().what);
    entry.xattrs.emplace_back(*std::move(name), bytes_from(in));
  }
  std::ranges::sort(entry.xattrs);
}

}  // namespace

Digest digest_from_json(JsonText& in) {
  const auto digest = Digest::parse(in.string());
  if (!digest) in.refuse(digest.error().what);
  return *digest;
}

Layer layer_from_json(JsonText& in) {
  constexpr std::string_view kNames[] = {"diff_id", "digest", "size", "tar_size", "created_by"};
  Layer layer;
  JsonFields fields(in, "a layer", kNames, std::size(kNames));
  while (const auto field = fields.next()) {
    if (*field == 0) layer.diff_id = digest_from_json(in);
    if (*field == 1) layer.digest = digest_from_json(in);
    if (*field == 2) layer.size = in.number();
    if (*field == 3) layer.tar_size = in.number();
    if (*field == 4) layer.created_by = in.path();
  }
  return layer;
}

Entry entry_from_json(JsonText& in, std::optional<std::size_t> layers,
                      const std::function<bool(std::string_view name)>& read_other) {
  enum Name : std::uint8_t {
    kPath,
    kType,
    kMode,
    kUid,
    kGid,
    kSize,
    kMtime,
    kLayer,
    kNanoseconds,
    kSha256,
    kLinkTarget,
    kLinkGroup,
    kDevice,
    kXattrs,
    kImplied
  };
  constexpr std::string_view kNames[] = {"path",   "type",   "mode",     "uid",    "gid",         "size",
                                         "mtime",  "layer",  "mtime_ns", "sha256", "link_target", "hard_link_group",
                                         "device", "xattrs", "implied"};
  Entry entry;
  JsonFields fields(in, "an entry", kNames, layers ? kLayer + 1 : kLayer, read_other);
  while (const auto field = fields.next()) {
    if (*field == kPath) entry.path = in.path();
    if (*field == kType) entry.type = type_from(in);
    if (*field == kMode) entry.mode = mode_from(in);
    if (*field == kUid) entry.uid = in.integer<std::uint32_t>();
    if (*field == kGid) entry.gid = in.integer<std::uint32_t>();
    if (*field == kSize) entry.size = in.number();
    if (*field == kMtime) entry.mtime = in.integer<std::int64_t>();
    if (*field == kLayer) entry.layer = in.integer<std::uint32_t>();
    if (*field == kNanoseconds) entry.mtime_ns = in.integer<std::uint32_t>();
    if (*field == kSha256) entry.sha256 = sha256_from(in);
    if (*field == kLinkTarget) entry.link_target = in.path();
    if (*field == kLinkGroup) entry.link_group = in.integer<std::uint32_t>();
    if (*field == kDevice) read_device(in, entry);
    if (*field == kXattrs) read_xattrs(in, entry);
    if (*field == kImplied) entry.implied = in.boolean();
  }
  if (entry.path != normal_path(entry.path)) in.refuse("not an image path: " + printable(entry.path));
  if (layers.value_or(0) > 0 && entry.layer >= *layers) in.refuse("\"layer\" names no layer");
  return entry;
}

Addition addition_from_json(JsonText& in) {
  Addition addition;
  addition.entry = entry_from_json(in, std::nullopt, [&](std::string_view name) {
    const bool text = name == "content";
    if (name == "package")
      addition.package = in.path();
    else if (text || name == "content_hex")
      addition.content = text ? in.path() : bytes_from(in);
    else
      return false;
    return true;
  });
  Entry& entry = addition.entry;
  entry.layer = 0;
  const bool file = entry.type == EntryType::kFile;
  constexpr std::uint32_t kSpecialBits = 07000;
  if (entry.uid != 0 || entry.gid != 0 || (entry.mode & kSpecialBits) != 0 || !entry.xattrs.empty() ||
      entry.link_group != 0)
    in.refuse("an addition that is more than a plain file of root: " + printable(entry.path));
  if ((!file && entry.type != EntryType::kDirectory) || addition.content.size() != entry.size ||
      (file && Digest::of(addition.content) != entry.sha256))
    in.refuse("an addition whose content is not what it says: " + printable(entry.path));
  return addition;
}

}  // namespace winnow
