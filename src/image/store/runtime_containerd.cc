// SPDX-License-Identifier: Apache-2.0
// Containers in containerd's meta.db (metadata/buckets.go: v1/NAMESPACE/containers/ID), with what its CRI plugin adds
// as extensions (pkg/cri/store: container and sandbox metadata).
#include <fmt/format.h>

#include "image/store/containerd.h"
#include "image/store/documents.h"
#include "image/store/json.h"
#include "image/store/runtime_stores.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

constexpr std::string_view kCri = "k8s.io";  // the namespace of the CRI plugin

// A field of length-delimited bytes in a protobuf message; empty: it is not there, or the message is damaged.
std::string_view field_of(std::string_view message, std::uint64_t wanted) {
  const auto varint = [&]() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !message.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(message.front());
      message.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  };
  while (!message.empty()) {
    const auto key = varint();
    if (!key || (*key & 7) != 2) return {};
    const auto size = varint();
    if (!size || *size > message.size()) return {};
    if (*key >> 3 == wanted) return message.substr(0, *size);
    message.remove_prefix(*size);
  }
  return {};
}

// What the CRI plugin keeps with a container, as JSON: the value of a protobuf Any.
Result<Json> extension(const Bolt& bolt, const Bolt::Bucket& container, std::string_view name) {
  TRY(const auto extensions, bolt.bucket(container, "extensions"));
  if (!extensions) return Json::object();
  TRY(const auto any, bolt.value(*extensions, name));
  const std::string_view text = any ? field_of(*any, 2) : std::string_view();
  if (text.empty()) return Json::object();
  return guarded(name, [&] {
    const Json document = parse_json(text);
    const Json* const metadata = member(document, "Metadata");
    return metadata == nullptr ? Json::object() : *metadata;
  });
}

std::map<std::string, std::string> words_of(const Json& object, const char* key) {
  std::map<std::string, std::string> words;
  const Json* const found = member(object, key);
  if (found == nullptr || !found->is_object()) return words;
  for (const auto& [name, value] : found->items())
    if (value.is_string()) words[name] = value.get<std::string>();
  return words;
}

Result<std::map<std::string, std::string>> labels_of(const Bolt& bolt, const Bolt::Bucket& container) {
  std::map<std::string, std::string> labels;
  TRY(const auto bucket, bolt.bucket(container, "labels"));
  if (bucket)
    TRY_DO(bolt.each(*bucket, [&](const Bolt::Item& item) {
      labels[std::string(item.key)] = std::string(item.value);
      return true;
    }));
  return labels;
}

// The pod's labels and annotations are those of its sandbox.
Result<void> add_pod(const Bolt& bolt, const Bolt::Bucket& containers, const std::string& sandbox,
                     StoredContainer& container) {
  TRY(const auto bucket, bolt.bucket(containers, sandbox));
  if (!bucket) return {};
  TRY(const auto metadata, extension(bolt, *bucket, "io.cri-containerd.sandbox.metadata"));
  return guarded("a sandbox", [&] {
    if (const Json* const config = member(metadata, "Config")) {
      container.pod_labels = words_of(*config, "labels");
      container.pod_annotations = words_of(*config, "annotations");
    }
    std::erase_if(container.pod_labels, [](const auto& one) { return one.first.starts_with("io.kubernetes."); });
  });
}

Result<StoredContainer> read_container(const Bolt& bolt, const Bolt::Bucket& containers, const Bolt::Bucket& bucket) {
  StoredContainer container;
  TRY(const auto labels, labels_of(bolt, bucket));
  set_pod(container, labels);
  const auto kind = labels.find("io.cri-containerd.kind");
  container.sandbox = kind != labels.end() && kind->second == "sandbox";
  if (container.sandbox) return container;
  TRY(const auto metadata, extension(bolt, bucket, "io.cri-containerd.container.metadata"));
  std::string sandbox;
  TRY_DO(guarded("a container", [&] {
    if (const std::string image = string_of(metadata, "ImageRef"); !image.empty()) container.image = digest_of(image);
    sandbox = string_of(metadata, "SandboxID");
  }));
  if (!sandbox.empty()) TRY_DO(add_pod(bolt, containers, sandbox, container));
  return container;
}

// The digests of the documents that lead from DIGEST, an index or manifest, to the config IMAGE; empty: none does, or
// one of them is not in the store.
std::set<Digest> way_to(const std::string& root, const Digest& digest, const Digest& image, int depth) {
  constexpr int kMostDocuments = 4;
  const auto text = read_regular_file(
      fmt::format("{}/io.containerd.content.v1.content/blobs/sha256/{}", root, digest.hex()), kMaxDocument);
  const auto document = text ? read_oci_document(*text) : std::unexpected(text.error());
  if (!document || depth > kMostDocuments) return {};
  if (document->config && document->config->digest == image) return {digest};
  for (const Descriptor& one : document->manifests)
    if (auto way = way_to(root, one.digest, image, depth + 1); !way.empty()) {
      way.insert(digest);
      return way;
    }
  return {};
}

}  // namespace

Result<StoredContainers> containers_of_containerd(const std::string& root, const std::set<std::string>& ids) {
  TRY(const auto bolt, open_bolt(containerd_database(root)));
  TRY(const auto containers, walk_bolt(bolt, {"v1", kCri, "containers"}));
  if (!containers) return StoredContainers{};
  return each_container(ids, [&](const std::string& id) -> Result<std::optional<StoredContainer>> {
    TRY(const auto bucket, bolt.bucket(*containers, id));
    if (!bucket) return std::nullopt;
    return read_container(bolt, *containers, *bucket);
  });
}

Result<StoredNames> names_of_containerd(const std::string& root, const Digest& image) {
  StoredNames known;
  TRY(const auto bolt, open_bolt(containerd_database(root)));
  TRY(const auto images, all_images(bolt));
  std::map<Digest, std::set<Digest>> ways;  // by target
  // The CRI plugin's own name for the image says what it stands for, even if the documents are gone.
  TRY(const auto own, target_of(bolt, kCri, image.str()));
  if (own) {
    ways[*own] = way_to(root, *own, image, 0);
    ways[*own].insert(*own);
  }
  for (const NamedImage& one : images) {
    if (one.space != kCri) continue;
    TRY(const auto target, target_of(bolt, kCri, one.name));
    if (!target) continue;
    const auto [way, is_new] = ways.try_emplace(*target);
    if (is_new) way->second = way_to(root, *target, image, 0);
    known.manifests.insert(way->second.begin(), way->second.end());
    if (!way->second.empty() && !Digest::parse(one.name)) known.names.insert(one.name);
  }
  return known;
}

}  // namespace winnow
