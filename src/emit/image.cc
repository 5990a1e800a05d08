// SPDX-License-Identifier: Apache-2.0
// The slim image: the source's config carried over, one layer, written to a file or loaded into the engine.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "winnow/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

std::string with_tag(const std::string& name) {
  const bool tagged = name.find(':', name.rfind('/') + 1) != std::string::npos;
  return tagged ? name : name + ":latest";
}

}  // namespace

Result<std::string> slim_config(const KeepSpec& spec, const Digest& layer) {
  try {
    Json config = Json::parse(spec.config_json);
    const Json created = config.value("created", Json("1970-01-01T00:00:00Z"));  // the source's: two builds are equal
    config["rootfs"] = {{"type", "layers"}, {"diff_ids", {layer.str()}}};
    config["history"] = Json::array({{
        {"created", created},
        {"created_by", fmt::format("winnow: {} of {} entries of {}", spec.summary.kept_entries,
                                   spec.summary.image_entries, spec.id.str())},
        {"comment", "slimmed from " + printable(spec.reference)},
    }});
    return config.dump();
  } catch (const std::exception& error) {
    return fail(fmt::format("the config of {}: {}", spec.id.str(), printable(error.what())));
  }
}

Result<Digest> emit_image(const Image& source, const KeepSpec& spec, const Reference& destination,
                          const Engine* engine) {
  const auto within = [&](const Error& error) {
    return std::unexpected(error.within("writing " + printable(destination.str())));
  };
  const auto kept = kept_entries(spec, source.index());
  if (!kept) return within(kept.error());
  const auto layer = write_layer(source, *kept);
  if (!layer) return within(layer.error());
  const auto config = slim_config(spec, layer->diff_id);
  if (!config) return within(config.error());
  if (destination.transport != Transport::kEngine) {
    auto written = write_image(*layer, *config, destination);
    return written ? written : within(written.error());
  }
  if (engine == nullptr) return within(Error{"no container engine to load it into"});
  auto archive = open_temporary();
  if (!archive) return within(archive.error());
  const auto id = write_docker_archive(*layer, *config, with_tag(destination.location), archive->get());
  if (!id) return within(id.error());
  if (auto loaded = engine->load_image(archive->get()); !loaded) return within(loaded.error());
  return id;
}

}  // namespace winnow
