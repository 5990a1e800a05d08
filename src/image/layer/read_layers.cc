// SPDX-License-Identifier: Apache-2.0
// Threads that take one layer after the other; the first layer that fails is the one that is reported.
#include "image/layer/read_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kDamaged = "the image is damaged: save or copy it again";

// Whether what the cache knows of a layer also holds for the blob at hand: the same tar can be compressed in many ways.
bool fits(const Layer& known, const StoredLayer& stored) {
  return stored.digest ? true : stored.size == 0 || stored.size == known.size;
}

Result<LayerContents> read_stored(const StoredLayer& stored, const Digest& diff_id, Budget& budget) {
  TRY(auto blob, stored.open());
  auto contents = read_layer(std::move(blob), budget);
  const auto within = [&](const Error& error) { return std::unexpected(error.within(printable(stored.name))); };
  if (!contents) return within(contents.error());
  if (stored.digest && contents->layer.digest != *stored.digest)
    return within(Error{"the blob has digest " + contents->layer.digest.str(), std::string(kDamaged)});
  if (contents->layer.diff_id != diff_id)
    return within(Error{"its content has digest " + contents->layer.diff_id.str(), std::string(kDamaged)});
  return contents;
}

class Pool {
 public:
  Pool(std::span<const Digest> diff_ids, const StoredImage& stored, const ReadOptions& options)
      : diff_ids_(diff_ids), stored_(stored), options_(options), layers_(diff_ids.size()) {}

  void run() {
    const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
    const unsigned jobs = options_.jobs != 0 ? options_.jobs : processors;
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min<std::size_t>(jobs, layers_.size()); ++i)
      threads.emplace_back([this] { work(); });
    work();
  }

  [[nodiscard]] std::vector<std::optional<Result<LayerContents>>> take() && { return std::move(layers_); }

 private:
  void work() {
    while (!failed_) {  // asked before a layer is taken: every layer below one that failed has been read
      const std::size_t layer = next_++;
      if (layer >= layers_.size()) return;
      try {
        layers_[layer] = read(layer);
      } catch (const std::exception& error) {  // out of memory
        layers_[layer] = fail(printable(error.what()));
      }
      if (!*layers_[layer]) failed_ = true;
    }
  }

  Result<LayerContents> read(std::size_t layer) {
    const StoredLayer& stored = stored_.layers[layer];
    if (auto known = options_.cache.layer(diff_ids_[layer], options_.budget); known && fits(known->layer, stored)) {
      if (stored.digest) known->layer.digest = *stored.digest;
      if (stored.size != 0) known->layer.size = stored.size;
      return std::move(*known);
    }
    auto contents = read_stored(stored, diff_ids_[layer], options_.budget);
    if (contents) options_.cache.keep(*contents);
    return contents;
  }

  std::span<const Digest> diff_ids_;
  const StoredImage& stored_;
  const ReadOptions& options_;
  std::vector<std::optional<Result<LayerContents>>> layers_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
};

}  // namespace

std::string layer_name(std::size_t layer, std::span<const Digest> diff_ids) {
  return fmt::format("layer {} of {} ({})", layer + 1, diff_ids.size(), diff_ids[layer].str());
}

std::optional<std::vector<LayerContents>> known_layers(std::span<const Digest> diff_ids, const ReadOptions& options) {
  std::vector<LayerContents> layers;
  for (const Digest& diff_id : diff_ids) {
    auto known = options.cache.layer(diff_id, options.budget);
    if (!known) return std::nullopt;
    layers.push_back(std::move(*known));
  }
  return layers;
}

Result<std::vector<LayerContents>> read_layers(std::span<const Digest> diff_ids, const StoredImage& stored,
                                               const ReadOptions& options) {
  Pool pool(diff_ids, stored, options);
  pool.run();
  std::vector<LayerContents> contents;
  std::size_t at = 0;
  for (auto& layer : std::move(pool).take()) {
    if (!layer) return fail(layer_name(at, diff_ids) + " was not read");
    if (!*layer) return std::unexpected(layer->error().within(layer_name(at, diff_ids)));
    contents.push_back(std::move(**layer));
    ++at;
  }
  return contents;
}

}  // namespace winnow
