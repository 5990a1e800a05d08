// SPDX-License-Identifier: Apache-2.0
// The slim image's config, with a history that lines up with its layers, and the annotations of its manifest.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/text.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

bool makes_no_layer(const Json& step) { return step.is_object() && step.value("empty_layer", false); }

// The source's steps, where they line up with its layers (OCI image-spec config.md); else one for each layer.
Json steps_of(const KeepSpec& spec, const Json& config, const Json& created) {
  Json steps = config.value("history", Json::array());
  const auto layers = std::ranges::count_if(steps, [](const Json& step) { return !makes_no_layer(step); });
  if (static_cast<std::size_t>(layers) == spec.layers.size() && std::ranges::all_of(steps, &Json::is_object))
    return steps;
  Json made = Json::array();
  for (const Layer& layer : spec.layers)
    made.push_back({{"created", created}, {"created_by", printable(layer.created_by)}});
  return made;
}

// Every step of the build stays; one whose layer has nothing kept makes no layer any more.
Json preserved_history(const KeepSpec& spec, std::span<const SlimLayer> layers, const Json& config,
                       const Json& created) {
  Json history = Json::array();
  std::size_t source = 0;  // the next layer of the source
  for (Json step : steps_of(spec, config, created)) {
    if (!makes_no_layer(step)) {
      const bool kept = std::ranges::find(layers, std::optional(source), &SlimLayer::source) != layers.end();
      step["comment"] = fmt::format("winnow: {} layer {} of {}", kept ? "slimmed from" : "nothing is kept of",
                                    source + 1, printable(spec.reference));
      if (!kept) step["empty_layer"] = true;
      ++source;
    }
    history.push_back(std::move(step));
  }
  if (!layers.empty() && !layers.back().source)
    history.push_back({{"created", created},
                       {"created_by", "winnow: package records"},
                       {"comment", "for what is kept of " + printable(spec.reference)}});
  return history;
}

Json squashed_history(const KeepSpec& spec, const Json& created) {
  return Json::array({{
      {"created", created},
      {"created_by", fmt::format("winnow: {} of {} entries of {}", spec.summary.kept_entries,
                                 spec.summary.image_entries, spec.id.str())},
      {"comment", "slimmed from " + printable(spec.reference)},
  }});
}

}  // namespace

Result<std::string> slim_config(const KeepSpec& spec, std::span<const SlimLayer> layers,
                                std::span<const Digest> diff_ids, Layering layering) {
  try {
    Json config = parse_json<Json>(spec.config_json);
    const Json created = config.value("created", Json("1970-01-01T00:00:00Z"));  // the source's: two builds are equal
    Json ids = Json::array();
    for (const Digest& id : diff_ids) ids.push_back(id.str());
    config["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(ids)}};
    config["history"] = layering == Layering::kSquash ? squashed_history(spec, created)
                                                      : preserved_history(spec, layers, config, created);
    return config.dump();
  } catch (const std::exception& error) {
    return fail(fmt::format("the config of {}: {}", spec.id.str(), printable(error.what())));
  }
}

std::map<std::string, std::string> slim_annotations(const KeepSpec& spec, const Index& source,
                                                    const std::string& version) {
  std::map<std::string, std::string> annotations = {
      {"dev.winnow.source.id", spec.id.str()},
      {"dev.winnow.source.name", printable(spec.reference)},
      {"dev.winnow.policy", std::string(to_string(spec.policy))},
  };
  if (spec.profile.valid()) annotations["dev.winnow.profile"] = spec.profile.str();
  if (!version.empty()) annotations["dev.winnow.version"] = version;
  // Not org.opencontainers.image.base.*: those mean an image whose lowest layers this one shares.
  if (source.manifest.valid()) annotations["dev.winnow.source.digest"] = source.manifest.str();
  return annotations;
}

}  // namespace winnow
