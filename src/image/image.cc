// SPDX-License-Identifier: Apache-2.0
// Opening images: every layer is read once, checked and merged; content is streamed again on demand.
#include "winnow/image.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "image/documents.h"
#include "image/layer.h"
#include "image/locate.h"
#include "image/tree.h"

namespace winnow {
namespace {

std::string layer_name(const Index& index, std::size_t layer) {
  return fmt::format("layer {} of {} ({})", layer + 1, index.layers.size(), index.layers[layer].diff_id.str());
}

// Reads the layer with the expected digests already in INDEX, and fills in the rest.
Result<std::vector<TarMember>> read_checked(const BlobStore& store, const StoredBlob& blob, Layer& layer,
                                            Budget& budget) {
  const auto range = store.open(blob.name);
  if (!range) return std::unexpected(range.error());
  auto contents = read_layer(*range, budget);
  if (!contents) return std::unexpected(contents.error());
  const Layer& found = contents->layer;
  if (blob.digest && found.digest != *blob.digest)
    return fail(fmt::format("the blob {} has digest {}", printable(blob.name), found.digest.str()));
  if (found.diff_id != layer.diff_id) return fail("its content has digest " + found.diff_id.str());
  contents->layer.created_by = std::move(layer.created_by);
  layer = std::move(contents->layer);
  return std::move(contents->members);
}

}  // namespace

struct Image::Impl {
  std::unique_ptr<BlobStore> store;
  std::vector<StoredBlob> blobs;  // of the layers
  Index index;
  std::vector<Origin> origins;  // of the index's entries

  static Result<Image> load(std::unique_ptr<BlobStore> store, std::string_view tag, bool prefer_docker);
  Result<void> read_config(std::string text);
  Result<void> read_layers();
  // The members of one layer that are wanted, by their place in its tar.
  using Wanted = std::vector<std::pair<std::uint32_t, EntryId>>;
  [[nodiscard]] Result<void> stream(std::size_t layer, const Wanted& wanted, const Sink& sink) const;
};

namespace {

// Hands the current member of READER to SINK and checks it.
Result<void> give(TarReader& reader, EntryId id, const Entry& entry, const Image::Sink& sink) {
  Sha256 hash;
  for (;;) {
    const auto piece = reader.read();
    if (!piece) return std::unexpected(piece.error().within(printable(entry.path)));
    if (piece->empty()) break;
    hash.update(*piece);
    if (auto taken = sink(id, *piece); !taken) return taken;
  }
  if (hash.finish() != entry.sha256)
    return fail(printable(entry.path) + ": its content has changed since the image was opened");
  return sink(id, {});
}

}  // namespace

Result<void> Image::Impl::read_config(std::string text) {
  auto config = winnow::read_config(text);
  if (!config) return std::unexpected(config.error());
  if (blobs.empty()) return fail("it has no layers");
  if (config->diff_ids.size() != blobs.size())
    return fail(fmt::format("{} layers, but the config has {} diff_ids", blobs.size(), config->diff_ids.size()));
  index.id = Digest::of(text);
  index.config_json = std::move(text);
  index.config = std::move(config->runtime);
  const bool aligned = config->created_by.size() == blobs.size();
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    Layer& layer = index.layers.emplace_back();
    layer.diff_id = config->diff_ids[i];
    if (aligned) layer.created_by = std::move(config->created_by[i]);
  }
  return {};
}

Result<void> Image::Impl::read_layers() {
  Budget budget;
  TreeMerger merger(budget);
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const std::string name = layer_name(index, i);
    auto members = read_checked(*store, blobs[i], index.layers[i], budget);
    if (!members) return std::unexpected(members.error().within(name));
    if (auto applied = merger.apply(std::move(*members)); !applied)
      return std::unexpected(applied.error().within(name));
  }
  MergedTree tree = std::move(merger).finish();
  index.entries = std::move(tree.entries);
  origins = std::move(tree.origins);
  return {};
}

Result<Image> Image::Impl::load(std::unique_ptr<BlobStore> store, std::string_view tag, bool prefer_docker) {
  auto located = locate_image(*store, tag, prefer_docker);
  if (!located) return std::unexpected(located.error());
  auto impl = std::make_unique<Impl>();
  impl->store = std::move(store);
  impl->blobs = std::move(located->layers);
  impl->index.names = std::move(located->names);
  if (auto read = impl->read_config(std::move(located->config_json)); !read) return std::unexpected(read.error());
  if (auto read = impl->read_layers(); !read) return std::unexpected(read.error());
  return Image(std::move(impl));
}

Result<void> Image::Impl::stream(std::size_t layer, const Wanted& wanted, const Sink& sink) const {
  const auto range = store->open(blobs[layer].name);
  if (!range) return std::unexpected(range.error());
  auto blob = BlobStream::open(*range);
  if (!blob) return std::unexpected(blob.error());
  auto reader = TarReader::open(*blob);
  if (!reader) return std::unexpected(reader.error());
  TarMember member;
  for (auto next = wanted.begin(); next != wanted.end();) {
    const auto more = reader->next(member);
    if (!more) return std::unexpected(more.error());
    if (!*more) return fail("it has changed since the image was opened");
    if (member.ordinal != next->first) continue;
    if (auto given = give(*reader, next->second, index.entries[next->second], sink); !given) return given;
    ++next;
  }
  return {};
}

Image::Image(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Image::Image(Image&&) noexcept = default;
Image& Image::operator=(Image&&) noexcept = default;
Image::~Image() = default;
const Index& Image::index() const { return impl_->index; }

Result<Image> Image::open(const Reference& ref) {
  const auto opened = [&]() -> Result<Image> {
    if (ref.transport == Transport::kEngine)
      return std::unexpected(Error::usage("an engine's image has to be saved first"));
    if (ref.transport == Transport::kOciDirectory) {
      auto store = open_directory_store(ref.location);
      return store ? Impl::load(std::move(*store), ref.tag, false) : std::unexpected(store.error());
    }
    auto file = open_file(ref.location, O_RDONLY | O_NONBLOCK);
    if (!file) return std::unexpected(file.error());
    auto store = open_archive_store(std::move(*file));
    if (!store) return std::unexpected(store.error());
    return Impl::load(std::move(*store), ref.tag, ref.transport == Transport::kDockerArchive);
  };
  auto image = opened();
  return image ? std::move(image) : std::unexpected(image.error().within(printable(ref.str())));
}

Result<Image> Image::open_archive(Fd archive, std::string_view tag) {
  auto store = open_archive_store(std::move(archive));
  return store ? Impl::load(std::move(*store), tag, true) : std::unexpected(store.error());
}

Result<void> Image::read_files(std::span<const EntryId> wanted, const Sink& sink) const {
  std::vector<Impl::Wanted> by_layer(impl_->blobs.size());
  for (const EntryId id : wanted) {
    if (id >= impl_->index.entries.size() || impl_->index.entries[id].type != EntryType::kFile)
      return fail(fmt::format("entry {} is not a file of the image", id));
    by_layer[impl_->origins[id].layer].emplace_back(impl_->origins[id].ordinal, id);
  }
  for (std::size_t layer = 0; layer < by_layer.size(); ++layer) {
    Impl::Wanted& members = by_layer[layer];
    std::ranges::sort(members);
    const auto repeated = std::ranges::unique(members, {}, &Impl::Wanted::value_type::first);  // names of one file
    members.erase(repeated.begin(), repeated.end());
    if (members.empty()) continue;
    if (auto given = impl_->stream(layer, members, sink); !given)
      return std::unexpected(given.error().within(layer_name(impl_->index, layer)));
  }
  return {};
}

}  // namespace winnow
