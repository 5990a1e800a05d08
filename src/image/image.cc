// SPDX-License-Identifier: Apache-2.0
// Opening images: every layer is read once, checked and merged; content is streamed again on demand.
#include "winnow/image/image.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "image/layer/read_layers.h"
#include "image/layer/tree.h"
#include "image/store/documents.h"
#include "image/store/source.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {

struct Image::Impl {
  std::function<Result<StoredImage>()> locate;
  Limits limits;
  Index index;
  std::vector<MemberPlace> places;  // of the index's entries
  mutable std::mutex mutex;
  mutable std::optional<StoredImage> located;  // once it was needed; guarded by mutex

  // Opens what LOCATE finds. A known ID may spare even that.
  static Result<Image> load(std::function<Result<StoredImage>()> locate, const OpenOptions& options,
                            const Digest& id = {});
  Result<const StoredImage*> stored() const;
  // Config and layers from where they are stored; ID, where it is valid, is what the image has to be.
  Result<std::vector<LayerContents>> read_stored(const Digest& id, const ReadOptions& options);
  Result<void> read_config(std::string text);
  Result<void> merge(std::vector<LayerContents> layers, Budget& budget);
  [[nodiscard]] std::vector<Digest> diff_ids() const;
  // The members of one layer that are wanted, by their place in its tar.
  using Wanted = std::vector<std::pair<std::uint32_t, EntryId>>;
  [[nodiscard]] Result<void> stream(const StoredLayer& layer, const Wanted& wanted, const Sink& sink) const;
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
    TRY_DO(sink(id, *piece));
  }
  if (hash.finish() != entry.sha256)
    return fail(printable(entry.path) + ": its content is not what it was when the layer was read",
                "the image is damaged or was changed: save or copy it again");
  return sink(id, {});
}

}  // namespace

Result<const StoredImage*> Image::Impl::stored() const {
  const std::lock_guard lock(mutex);
  if (!located) {
    TRY(located, locate());
  }
  return &*located;
}

std::vector<Digest> Image::Impl::diff_ids() const {
  std::vector<Digest> ids;
  ids.reserve(index.layers.size());
  for (const Layer& layer : index.layers) ids.push_back(layer.diff_id);
  return ids;
}

Result<void> Image::Impl::read_config(std::string text) {
  TRY(auto config, winnow::read_config(text));
  index.id = Digest::of(text);
  index.config_json = std::move(text);
  index.config = std::move(config.runtime);
  const bool aligned = config.created_by.size() == config.diff_ids.size();
  for (std::size_t i = 0; i < config.diff_ids.size(); ++i) {
    Layer& layer = index.layers.emplace_back();
    layer.diff_id = config.diff_ids[i];
    if (aligned) layer.created_by = std::move(config.created_by[i]);
  }
  return {};
}

Result<void> Image::Impl::merge(std::vector<LayerContents> layers, Budget& budget) {
  TreeMerger merger(budget);
  const std::vector<Digest> ids = diff_ids();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].layer.created_by = std::move(index.layers[i].created_by);
    index.layers[i] = std::move(layers[i].layer);
    if (auto applied = merger.apply(std::move(layers[i].members)); !applied)
      return std::unexpected(applied.error().within(layer_name(i, ids)));
  }
  MergedTree tree = std::move(merger).finish();
  index.entries = std::move(tree.entries);
  index.shadowed = std::move(tree.shadowed);
  places = std::move(tree.places);
  return {};
}

Result<std::vector<LayerContents>> Image::Impl::read_stored(const Digest& id, const ReadOptions& options) {
  TRY(const auto found, stored());
  const StoredImage& image = *found;
  if (id.valid() && Digest::of(image.config_json) != id && image.manifest != id)
    return fail("the engine returned another image than " + id.str());
  index = {};
  index.names = image.names;
  index.manifest = image.manifest;
  TRY_DO(read_config(image.config_json));
  if (index.layers.size() != image.layers.size())
    return fail(fmt::format("{} layers, but the config has {} diff_ids", image.layers.size(), index.layers.size()));
  return read_layers(diff_ids(), image, options);
}

Result<Image> Image::Impl::load(std::function<Result<StoredImage>()> locate, const OpenOptions& options,
                                const Digest& id) {
  auto impl = std::make_unique<Impl>();
  impl->locate = std::move(locate);
  impl->limits = options.limits;
  const LayerCache cache(options.cache);
  const LayerCache::Name name{id, options.platform};
  std::optional<std::string> config = id.valid() ? cache.config(name) : std::nullopt;
  std::optional<std::vector<LayerContents>> layers;
  if (config) {
    Budget budget(options.limits);
    TRY_DO(impl->read_config(*config));
    layers = known_layers(impl->diff_ids(), {cache, budget, options.jobs});
  }
  Budget budget(options.limits);
  if (!layers) {
    TRY(layers, impl->read_stored(id, {cache, budget, options.jobs}));
    cache.keep_config(impl->index.config_json, name);
  }
  if (id.valid() && id != impl->index.id) impl->index.manifest = id;
  TRY_DO(impl->merge(std::move(*layers), budget));
  return Image(std::move(impl));
}

Result<void> Image::Impl::stream(const StoredLayer& layer, const Wanted& wanted, const Sink& sink) const {
  Budget budget(limits);
  TRY(auto opened, layer.open());
  TRY(auto blob, BlobStream::open(std::move(opened), budget, BlobStream::Hashing::kOff));
  TRY(auto reader, TarReader::open(blob, budget));
  TarMember member;
  std::uint32_t ordinal = 0;
  for (auto next = wanted.begin(); next != wanted.end(); ++ordinal) {
    TRY(const auto more, reader.next(member));
    if (!more) return fail("it has changed since the image was opened");
    if (ordinal != next->first) continue;
    TRY_DO(give(reader, next->second, index.entries[next->second], sink));
    ++next;
  }
  return {};
}

Image::Image(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Image::Image(Image&&) noexcept = default;
Image& Image::operator=(Image&&) noexcept = default;
Image::~Image() = default;
const Index& Image::index() const { return impl_->index; }

namespace {

Result<StoredImage> locate_in_archive(Fd archive, std::string_view tag, bool prefer_docker, const Platform& platform,
                                      const Limits& limits) {
  Budget budget(limits);
  TRY(auto store, open_archive_store(std::move(archive), budget));
  return locate_image(std::move(store), tag, prefer_docker, platform);
}

Result<StoredImage> locate(const Reference& ref, const Platform& platform, const Limits& limits) {
  switch (ref.transport) {
    case Transport::kEngine:
      return std::unexpected(Error::usage("an engine's image has to be saved first"));
    case Transport::kOciDirectory: {
      TRY(auto store, open_directory_store(ref.location));
      return locate_image(std::move(store), ref.tag, false, platform);
    }
    case Transport::kDockerArchive:
    case Transport::kOciArchive: {
      TRY(auto file, open_file(ref.location, O_RDONLY | O_NONBLOCK));
      return locate_in_archive(std::move(file), ref.tag, ref.transport == Transport::kDockerArchive, platform, limits);
    }
    case Transport::kContainersStorage:
      return locate_containers_storage(ref.root, ref.location);
    case Transport::kContainerd:
      return locate_containerd(ref.root, ref.location, platform);
    case Transport::kPid:
      return locate_pid(ref.location);
  }
  return fail("an unknown transport");
}

// IMAGE, if it is for the platform that was asked for.
Result<Image> of_platform(Result<Image> image, const OpenOptions& options, const Platform& wanted) {
  if (!image || options.platform.empty()) return image;
  const RuntimeConfig& config = image->index().config;
  if (config.os == wanted.os && config.architecture == wanted.architecture) return image;
  return fail(fmt::format("the image is for {}/{}, not for {}", printable(config.os), printable(config.architecture),
                          wanted.str()));
}

}  // namespace

Result<Image> Image::open(const Reference& ref, const OpenOptions& options) {
  const auto platform = Platform::parse(options.platform);
  if (!platform) return std::unexpected(platform.error().within(printable(options.platform)));
  const auto find = [ref, platform = *platform, limits = options.limits] { return locate(ref, platform, limits); };
  auto image = of_platform(Impl::load(find, options), options, *platform);
  return image ? std::move(image) : std::unexpected(image.error().within(printable(ref.str())));
}

Result<Image> Image::open_archive(Fd archive, std::string_view tag, const OpenOptions& options) {
  TRY(const auto platform, Platform::parse(options.platform));
  TRY(auto located, locate_in_archive(std::move(archive), tag, true, platform, options.limits));
  const auto found = std::make_shared<StoredImage>(std::move(located));
  return of_platform(Impl::load([found]() -> Result<StoredImage> { return *found; }, options), options, platform);
}

Result<Image> Image::open_saved(const Digest& id, Save save, const OpenOptions& options) {
  const auto platform = Platform::parse(options.platform);
  if (!platform) return std::unexpected(platform.error());
  const auto find = [save = std::move(save), platform = *platform, limits = options.limits]() -> Result<StoredImage> {
    TRY(auto archive, save());
    return locate_in_archive(std::move(archive), {}, true, platform, limits);
  };
  return of_platform(Impl::load(find, options, id), options, *platform);
}

Result<void> Image::read_files(std::span<const EntryId> wanted, const Sink& sink) const {
  std::vector<Impl::Wanted> by_layer(impl_->index.layers.size());
  for (const EntryId id : wanted) {
    if (id >= impl_->index.entries.size() || impl_->index.entries[id].type != EntryType::kFile)
      return fail(fmt::format("entry {} is not a file of the image", id));
    by_layer[impl_->places[id].layer].emplace_back(impl_->places[id].ordinal, id);
  }
  if (wanted.empty()) return {};
  TRY(const auto stored, impl_->stored());
  if (stored->layers.size() != by_layer.size()) return fail("it has changed since the image was opened");
  const std::vector<Digest> ids = impl_->diff_ids();
  for (std::size_t layer = 0; layer < by_layer.size(); ++layer) {
    Impl::Wanted& members = by_layer[layer];
    std::ranges::sort(members);
    const auto repeated = std::ranges::unique(members, {}, &Impl::Wanted::value_type::first);  // names of one file
    members.erase(repeated.begin(), repeated.end());
    if (members.empty()) continue;
    if (auto given = impl_->stream(stored->layers[layer], members, sink); !given)
      return std::unexpected(given.error().within(layer_name(layer, ids)));
  }
  return {};
}

}  // namespace winnow
