// SPDX-License-Identifier: Apache-2.0
// The cache's files: made beside their place and renamed, checked by digest when they are read.
#include "image/layer/cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "image/layer/layer_codec.h"
#include "image/write/staged.h"
#include "winnow/base/digest.h"
#include "winnow/base/file.h"

namespace winnow {

namespace fs = std::filesystem;

std::string LayerCache::path_of(const Digest& digest, std::string_view suffix) const {
  return directory_ + "/" + digest.hex() + std::string(suffix);
}

std::optional<LayerContents> LayerCache::layer(const Digest& diff_id, Budget& budget) const {
  if (directory_.empty()) return std::nullopt;
  const auto file = open_file(path_of(diff_id, ".layer"), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return std::nullopt;
  const auto range = FileRange::of(file->get());
  if (!range) return std::nullopt;
  Budget own(budget.limits());
  auto contents = decode_layer(*range->reader(), own);
  if (!contents || contents->layer.diff_id != diff_id) return std::nullopt;
  if (!budget.charge_stream(contents->layer.tar_size)) return std::nullopt;  // reading it again will say so
  for (const TarMember& member : contents->members)
    if (!budget.charge(cost_of(member))) return std::nullopt;
  ::futimens(file->get(), nullptr);  // it was used now
  return std::move(*contents);
}

void LayerCache::keep(const LayerContents& contents) const {
  std::error_code error;
  if (directory_.empty() || (fs::create_directories(directory_, error), error)) return;
  ::chmod(directory_.c_str(), 0700);  // the names in an image can be as private as the image
  const std::string path = path_of(contents.layer.diff_id, ".layer");
  auto staged = StagedFile::create(path);
  if (!staged) return;
  const auto written =
      encode_layer(contents, [&](std::span<const std::byte> piece) { return write_all(staged->fd(), piece); });
  if (written && staged->commit(path)) make_room();
}

std::optional<std::string> LayerCache::config_of(const Digest& digest) const {
  auto text = read_file(path_of(digest, ".config"), kMaxDocument);
  if (!text || Digest::of(*text) != digest) return std::nullopt;
  return std::move(*text);
}

namespace {

// A name that is not the config's digest stands in a file of its own, whose name is KEY and whose text is the digest
// and a checksum of both.
Digest key_of(const LayerCache::Name& name) { return Digest::of(name.id.str() + " " + name.platform); }

std::string alias_text(const Digest& key, const Digest& config) {
  return config.str() + "\n" + Digest::of(key.str() + config.str()).str() + "\n";
}

}  // namespace

std::optional<std::string> LayerCache::config(const Name& name) const {
  if (directory_.empty()) return std::nullopt;
  if (auto text = config_of(name.id)) return text;
  const Digest key = key_of(name);
  const auto alias = read_file(path_of(key, ".alias"), 4096);
  if (!alias) return std::nullopt;
  const auto digest = Digest::parse(std::string_view(*alias).substr(0, alias->find('\n')));
  if (!digest || *alias != alias_text(key, *digest)) return std::nullopt;
  return config_of(*digest);
}

void LayerCache::keep_config(const std::string& config_json, const Name& name) const {
  std::error_code error;
  if (directory_.empty() || (fs::create_directories(directory_, error), error)) return;
  const Digest digest = Digest::of(config_json);
  (void)write_file_atomically(path_of(digest, ".config"), config_json);
  if (!name.id.valid() || name.id == digest) return;
  const Digest key = key_of(name);
  (void)write_file_atomically(path_of(key, ".alias"), alias_text(key, digest));
}

void LayerCache::make_room() const {
  struct File {
    fs::file_time_type used;
    std::uint64_t size;
    fs::path path;
  };
  std::vector<File> files;
  std::uint64_t sum = 0;
  std::error_code error;
  for (fs::directory_iterator at(directory_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // another process makes room too
    const auto size = at->file_size(gone);
    const auto used = at->last_write_time(gone);
    const auto suffix = at->path().extension();
    if (gone || (suffix != ".layer" && suffix != ".config" && suffix != ".alias")) continue;
    files.push_back({used, size, at->path()});
    sum += size;
  }
  std::ranges::sort(files, {}, &File::used);
  for (const File& file : files) {
    if (sum <= kMaxBytes) return;
    fs::remove(file.path, error);
    sum -= file.size;
  }
}

}  // namespace winnow
