// SPDX-License-Identifier: Apache-2.0
// Every field of an entry on one line.
#include "describe.h"

#include <sstream>

#include "support/image_builder.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::test {

std::string describe(const Entry& entry) {
  std::ostringstream line;
  line << escape_path(entry.path) << ' ' << to_string(entry.type) << ' ' << std::oct << entry.mode << std::dec << ' '
       << entry.uid << ':' << entry.gid << ' ' << entry.size << ' ' << entry.mtime << '.' << entry.mtime_ns << " ->"
       << escape_path(entry.link_target) << " group " << entry.link_group << " dev " << entry.dev_major << ','
       << entry.dev_minor << (entry.implied ? " implied " : " ") << entry.sha256.str();
  for (const auto& [name, value] : entry.xattrs) line << ' ' << escape_path(name) << '=' << escape_path(value);
  if (!entry.facts) return line.str();
  if (entry.facts->elf) line << " elf " << entry.facts->elf->interpreter;
  return line.str() + " #!" + entry.facts->shebang + " text " + escape_path(entry.facts->text.value_or("none"));
}

std::string describe(const Index& index) {
  std::string text = index.id.str() + "\n" + index.config_json + "\n";
  for (const Layer& layer : index.layers) text += layer.diff_id.str() + " " + layer.created_by + "\n";
  for (const Entry& entry : index.entries) text += describe(entry) + " in " + std::to_string(entry.layer) + "\n";
  return text;
}

Result<std::string> content_of(const Image& image, std::string_view path) {
  const auto id = image.index().find(path);
  if (!id) return fail(std::string(path) + " is not there");
  std::string content;
  const EntryId wanted[] = {*id};
  auto read = image.read_files(wanted, [&](EntryId, std::span<const std::byte> piece) -> Result<void> {
    content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return content;
}

std::string opening_error(std::string_view data) {
  const auto image = Image::open_archive(memory_file(data));
  return image ? "" : image.error().what;
}

std::string archive_of_layer(const std::string& layer) {
  return TarBuilder()
      .file("c.json", R"({"rootfs":{"diff_ids":[")" + Digest::of(layer).str() + R"("]}})")
      .file("l", layer)
      .file("manifest.json", R"([{"Config":"c.json","Layers":["l"]}])")
      .bytes();
}

}  // namespace winnow::test
