// SPDX-License-Identifier: Apache-2.0
// Which entry goes into which layer of the slim image.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

bool is_directory(const Entry& entry) { return entry.type == EntryType::kDirectory; }

Entry implied_directory(const std::string& path) {
  Entry directory;
  directory.path = path;
  directory.type = EntryType::kDirectory;
  directory.mode = 0755;
  directory.implied = true;
  return directory;
}

// Kept for its own sake, and not only for what is below it.
bool is_wanted(const KeptEntry& kept) {
  return std::ranges::any_of(*kept.reasons, [](const Reason& reason) { return !traits_of(reason.rule).holds; });
}

// The layers of an image slimmed one by one. A layer depends on itself and on those below it only, so that a common
// base comes out the same whatever stands on it. Directories are the hard part, as upper layers list them again:
// - each version of a kept directory stays in its own layer, where it is the one that something kept stands in,
// - or where the directory is kept for its own sake; and the version that is seen is always there.
// - What stands in a directory that neither its layer nor a lower one lists gets it as engines would make it.
// Nothing that is hidden is written, so there is nothing to hide: no whiteouts.
class LayerPreserver {
 public:
  LayerPreserver(const Index& index, const KeepSpec& spec, std::span<const EntryId> kept)
      : index_(index), layers_(index.layers.size()) {
    std::map<std::uint32_t, std::uint32_t> tops;  // of link groups: engines cannot link across layers
    for (const EntryId id : kept) {
      const Entry& entry = index.entries[id];
      if (auto& top = tops[entry.link_group]; entry.layer > top) top = entry.layer;
    }
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const Entry& entry = index.entries[kept[i]];
      if (is_directory(entry)) {
        add_versions(kept[i], is_wanted(spec.entries[i]));
      } else {
        const std::uint32_t layer = entry.link_group != 0 ? tops[entry.link_group] : entry.layer;
        places_.push_back({layer, false, kept[i], nullptr});
      }
    }
    std::ranges::sort(places_, {}, [](const Place& place) { return std::tuple(place.layer, place.hidden, place.id); });
  }

  std::vector<SlimLayer> run() {
    for (const Place& place : places_) put(place);
    std::vector<SlimLayer> slim;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Layer& layer = layers_[i];
      if (!layer.needed) continue;
      SlimLayer& made = slim.emplace_back(SlimLayer{{std::move(layer.kept), {}, {}, true}, i});
      for (auto& [path, directory] : layer.directories) made.draft.directories.push_back(std::move(directory));
    }
    return slim;
  }

 private:
  // Something that goes into a layer: an entry that is seen, or a version of a directory.
  struct Place {
    std::uint32_t layer = 0;
    bool hidden = false;  // by a layer above: alone, it is no reason for a layer
    EntryId id = 0;
    const Entry* directory = nullptr;
  };
  struct Layer {
    std::vector<EntryId> kept;
    std::map<std::string, Entry> directories;
    bool needed = false;
  };

  // The versions that upper layers hide by listing the directory again, the lowest first.
  [[nodiscard]] std::span<const Shadowed> hidden_versions(const std::string& path) const {
    const auto by_path = [](const Shadowed& version) -> const std::string& { return version.entry.path; };
    return std::ranges::equal_range(index_.shadowed, path, {}, by_path);
  }

  void add_versions(EntryId id, bool wanted) {
    const Entry& seen = index_.entries[id];
    if (seen.path != "/" || !seen.implied) places_.push_back({seen.layer, false, id, &seen});
    if (!wanted) return;
    for (const Shadowed& version : hidden_versions(seen.path))
      if (is_directory(version.entry) && !version.deleted && version.entry.layer < seen.layer)
        places_.push_back({version.entry.layer, true, id, &version.entry});
  }

  // The directory as LAYER and those below it have it; null when none of them lists it.
  [[nodiscard]] const Entry* version_at(const Entry& seen, std::uint32_t layer) const {
    if (seen.layer <= layer) return &seen;
    const Entry* found = nullptr;
    for (const Shadowed& version : hidden_versions(seen.path))
      if (is_directory(version.entry) && !version.deleted && version.entry.layer <= layer) found = &version.entry;
    return found;
  }

  void put(const Place& place) {
    Layer& layer = layers_[place.layer];
    layer.needed |= !place.hidden;
    if (place.directory != nullptr)
      layer.directories.insert_or_assign(place.directory->path, *place.directory);
    else
      layer.kept.push_back(place.id);
    const Entry& entry = index_.entries[place.id];
    const bool moved = place.directory == nullptr && entry.layer != place.layer;
    put_parents(entry.path, place, moved);
  }

  // What a MOVED name stands in is listed again: its new layer may not know it at all.
  void put_parents(std::string_view path, const Place& place, bool moved) {
    while (path != "/") {
      path = parent_of(path);
      const EntryId id = index_.find(path).value_or(0);  // kept entries have their parents among them
      if (!done_.emplace(place.layer, id, moved).second) return;
      const Entry& seen = index_.entries[id];
      const Entry* const version = version_at(seen, place.layer);
      if (path == "/" && (version == nullptr || version->implied)) return;  // engines make it
      if (version != nullptr) {
        layers_[version->layer].directories.insert_or_assign(seen.path, *version);
        layers_[version->layer].needed |= !place.hidden;
      }
      if (moved ? version != nullptr : version == nullptr && made_.insert(id).second)
        layers_[place.layer].directories.try_emplace(seen.path, version ? *version : implied_directory(seen.path));
    }
  }

  const Index& index_;
  std::vector<Place> places_;
  std::vector<Layer> layers_;
  std::set<std::tuple<std::uint32_t, EntryId, bool>> done_;
  std::set<EntryId> made_;  // directories that no layer listed when something in them was put
};

// What is added, on top of everything: the directories around it stay as they are seen.
SlimLayer records_layer(const Index& index, const KeepSpec& spec) {
  SlimLayer layer{{{}, {}, spec.additions, true}, std::nullopt};
  std::set<EntryId> parents;
  for (const Addition& addition : spec.additions)
    for (std::string_view path = addition.entry.path; path != "/";) {
      path = parent_of(path);
      if (spec.find(path) != nullptr) parents.insert(index.find(path).value_or(0));
    }
  layer.draft.kept.assign(parents.begin(), parents.end());
  return layer;
}

}  // namespace

std::optional<Layering> layering_from_name(std::string_view name) {
  if (name == "squash") return Layering::kSquash;
  if (name == "preserve") return Layering::kPreserve;
  return std::nullopt;
}

Result<std::vector<SlimLayer>> slim_layers(const Index& index, const KeepSpec& spec, Layering layering) {
  TRY(auto kept, kept_entries(spec, index));
  std::vector<SlimLayer> layers;
  if (layering == Layering::kSquash) {
    layers.push_back({{std::move(kept), {}, spec.additions, false}, std::nullopt});
    return layers;
  }
  layers = LayerPreserver(index, spec, kept).run();
  if (!spec.additions.empty()) layers.push_back(records_layer(index, spec));
  if (layers.empty()) layers.push_back({{}, 0});  // nothing but a root that no layer lists: images have a layer
  return layers;
}

}  // namespace winnow
