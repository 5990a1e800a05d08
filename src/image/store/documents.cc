// SPDX-License-Identifier: Apache-2.0
// Reading and writing image JSON; nlohmann's exceptions end here. Of a repeated key the last one counts, as in Go.
#include "image/store/documents.h"

#include "image/store/json.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {
namespace {

constexpr const char* kRefName = "org.opencontainers.image.ref.name";

Descriptor descriptor_of(const Json& object) {
  Descriptor descriptor;
  descriptor.media_type = string_of(object, "mediaType");
  descriptor.digest = digest_of(string_of(object, "digest"));
  const Json* const size = member(object, "size");
  if (size == nullptr || !size->is_number_unsigned()) throw std::runtime_error("a descriptor without a size");
  descriptor.size = size->get<std::uint64_t>();
  if (const Json* const platform = member(object, "platform")) {
    descriptor.os = string_of(*platform, "os");
    descriptor.architecture = string_of(*platform, "architecture");
    descriptor.variant = string_of(*platform, "variant");
  }
  if (const Json* const annotations = member(object, "annotations")) {
    descriptor.ref_name = string_of(*annotations, kRefName);
    descriptor.image_name = string_of(*annotations, "io.containerd.image.name");
  }
  return descriptor;
}

RuntimeConfig runtime_of(const Json& document) {
  RuntimeConfig runtime;
  runtime.os = string_of(document, "os");
  runtime.architecture = string_of(document, "architecture");
  const Json* const config = member(document, "config");
  if (config == nullptr) return runtime;
  runtime.entrypoint = strings_of(*config, "Entrypoint");
  runtime.cmd = strings_of(*config, "Cmd");
  runtime.env = strings_of(*config, "Env");
  runtime.shell = strings_of(*config, "Shell");
  runtime.user = string_of(*config, "User");
  runtime.working_dir = string_of(*config, "WorkingDir");
  if (const Json* const check = member(*config, "Healthcheck")) runtime.healthcheck = strings_of(*check, "Test");
  if (const Json* const volumes = member(*config, "Volumes"))
    for (const auto& [path, unused] : volumes->get_ref<const Json::object_t&>()) runtime.volumes.push_back(path);
  return runtime;
}

Json json_of(const Descriptor& descriptor) {
  Json object = {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest.str()}, {"size", descriptor.size}};
  if (!descriptor.os.empty()) object["platform"] = {{"architecture", descriptor.architecture}, {"os", descriptor.os}};
  if (!descriptor.variant.empty()) object["platform"]["variant"] = descriptor.variant;
  if (!descriptor.ref_name.empty()) object["annotations"] = {{kRefName, descriptor.ref_name}};
  return object;
}

}  // namespace

Result<std::vector<DockerImage>> read_docker_manifest(std::string_view text) {
  return guarded("manifest.json", [&] {
    std::vector<DockerImage> images;
    for (const Json document = parse_json(text); const Json& image : list_of(document, "it"))
      images.push_back({string_of(image, "Config"), strings_of(image, "RepoTags"), strings_of(image, "Layers")});
    return images;
  });
}

Result<OciDocument> read_oci_document(std::string_view text) {
  return guarded("the index or manifest", [&] {
    const Json document = parse_json(text);
    OciDocument read;
    if (const Json* const manifests = member(document, "manifests")) {
      for (const Json& manifest : list_of(*manifests, "manifests")) read.manifests.push_back(descriptor_of(manifest));
      return read;
    }
    const Json* const config = member(document, "config");
    if (config == nullptr) throw std::runtime_error("neither manifests nor a config");
    read.config = descriptor_of(*config);
    const Json* const layers = member(document, "layers");
    if (layers == nullptr) return read;  // Go writes null for an image without any
    for (const Json& layer : list_of(*layers, "layers")) read.layers.push_back(descriptor_of(layer));
    return read;
  });
}

Result<ConfigDocument> read_config(std::string_view text) {
  return guarded("the image config", [&] {
    const Json document = parse_json(text);
    ConfigDocument config;
    config.runtime = runtime_of(document);
    config.variant = string_of(document, "variant");
    const Json* const rootfs = member(document, "rootfs");
    if (rootfs == nullptr) throw std::runtime_error("rootfs is missing");
    for (const std::string& id : strings_of(*rootfs, "diff_ids")) config.diff_ids.push_back(digest_of(id));
    const Json* const history = member(document, "history");
    if (history == nullptr) return config;
    for (const Json& step : list_of(*history, "history")) {
      const Json* const empty = member(step, "empty_layer");
      if (empty == nullptr || !empty->get<bool>()) config.created_by.push_back(string_of(step, "created_by"));
    }
    return config;
  });
}

Digest next_chain_id(const Digest& below, const Digest& diff_id) {
  return below.valid() ? Digest::of(below.str() + " " + diff_id.str()) : diff_id;
}

Result<std::string> write_docker_manifest(const DockerImage& image) {
  return guarded("manifest.json", [&] {
    return Json::array({{{"Config", image.config}, {"RepoTags", image.repo_tags}, {"Layers", image.layers}}}).dump();
  });
}

Result<std::string> write_manifest(const std::string& media_type, const Descriptor& config,
                                   std::span<const Descriptor> layers,
                                   const std::map<std::string, std::string>& annotations) {
  return guarded("the manifest", [&] {
    Json manifest = {{"schemaVersion", 2}, {"mediaType", media_type}, {"config", json_of(config)}};
    Json& list = manifest["layers"] = Json::array();
    for (const Descriptor& layer : layers) list.push_back(json_of(layer));
    if (!annotations.empty()) manifest["annotations"] = annotations;
    return manifest.dump();
  });
}

Result<std::string> write_oci_index(const std::optional<std::string>& index, const Descriptor& manifest) {
  return guarded("index.json", [&] {
    Json document = index ? parse_json(*index) : Json{{"schemaVersion", 2}};
    Json manifests = Json::array();
    if (const Json* const old = member(document, "manifests"))
      for (const Json& other : list_of(*old, "manifests"))
        if (const Descriptor known = descriptor_of(other);
            known.ref_name != manifest.ref_name || (known.ref_name.empty() && known.digest != manifest.digest))
          manifests.push_back(other);
    manifests.push_back(json_of(manifest));
    document["manifests"] = std::move(manifests);
    return document.dump();
  });
}

}  // namespace winnow
