// SPDX-License-Identifier: Apache-2.0
// The slim image: its layers written one after the other, then put into a file or loaded into the engine.
#include "winnow/transfer/put.h"

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

Result<Digest> load(std::span<const NewLayer> layers, const std::string& config, const std::string& name,
                    const Engine* engine) {
  if (engine == nullptr) return fail("no container engine to load it into");
  TRY(auto archive, open_temporary());
  const auto [repository, tag] = repository_and_tag(name);
  const auto id = write_docker_archive(layers, config, repository + ":" + tag, archive.get());
  if (!id) return id;
  TRY_DO(engine->load_image(archive.get()));
  return id;
}

Result<Digest> build(const Image& source, const KeepSpec& spec, const Reference& destination, const Engine* engine,
                     const EmitOptions& options) {
  const ImageFormat format{options.compression, options.media_types,
                           slim_annotations(spec, source.index(), options.version)};
  TRY_DO(check_writable(destination, format));
  TRY(const auto slim, slim_layers(source.index(), spec, options.layering));
  std::vector<NewLayer> layers;
  std::vector<Digest> diff_ids;
  for (const SlimLayer& one : slim) {
    TRY(auto layer, write_layer(source, one.draft));
    diff_ids.push_back(layer.diff_id);
    layers.push_back(std::move(layer));
  }
  TRY(const auto config, slim_config(spec, slim, diff_ids, options.layering));
  if (destination.transport == Transport::kEngine) return load(layers, config, destination.location, engine);
  return write_image(layers, config, destination, format);
}

}  // namespace

Result<Digest> emit_image(const Image& source, const KeepSpec& spec, const Reference& destination, const Engine* engine,
                          const EmitOptions& options) {
  auto id = build(source, spec, destination, engine, options);
  return id ? id : std::unexpected(id.error().within("writing " + printable(destination.str())));
}

}  // namespace winnow
