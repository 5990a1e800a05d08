// SPDX-License-Identifier: Apache-2.0
// Finds images in meta.db (containerd metadata/buckets.go: v1/NAMESPACE/images/NAME/target) and snapshots in the
// snapshotter's metadata.db (storage/bolt.go: v1/snapshots/NAME).
#include "image/store/containerd.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/limits.h"
#include "image/store/bolt.h"
#include "image/store/documents.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kUsualRoot = "/var/lib/containerd";

Result<std::vector<std::string>> buckets_in(const Bolt& bolt, const Bolt::Bucket& bucket) {
  std::vector<std::string> keys;
  TRY_DO(bolt.each(bucket, [&](const Bolt::Item& item) {
    if (item.is_bucket) keys.emplace_back(item.key);
    return true;
  }));
  return keys;
}

}  // namespace

Result<Bolt> open_bolt(const std::string& path) {
  auto bytes = read_regular_file(path, kMaxStoreFile);
  if (!bytes) {
    Error error = bytes.error();
    error.hint =
        "is containerd's root elsewhere? containerd:[DIRECTORY]NAMESPACE/NAME says where; reading it needs root";
    return std::unexpected(error);
  }
  auto bolt = Bolt::open(std::move(*bytes));
  return bolt ? std::move(bolt) : std::unexpected(bolt.error().within(printable(path)));
}

Result<std::optional<Bolt::Bucket>> walk_bolt(const Bolt& bolt, std::initializer_list<std::string_view> path) {
  std::optional<Bolt::Bucket> at = bolt.root();
  for (const std::string_view key : path) {
    auto next = bolt.bucket(*at, key);
    if (!next || !*next) return next;
    at = *next;
  }
  return at;
}

Result<std::optional<Digest>> target_of(const Bolt& bolt, std::string_view space, std::string_view name) {
  TRY(const auto target, walk_bolt(bolt, {"v1", space, "images", name, "target"}));
  if (!target) return std::nullopt;
  TRY(const auto digest, bolt.value(*target, "digest"));
  if (!digest) return std::nullopt;
  TRY(auto parsed, Digest::parse(*digest));
  return parsed;
}

Result<std::vector<NamedImage>> all_images(const Bolt& bolt) {
  std::vector<NamedImage> images;
  TRY(const auto version, walk_bolt(bolt, {"v1"}));
  if (!version) return images;
  TRY(const auto spaces, buckets_in(bolt, *version));
  for (const std::string& space : spaces) {
    TRY(const auto bucket, walk_bolt(bolt, {"v1", space, "images"}));
    if (!bucket) continue;
    TRY(const auto names, buckets_in(bolt, *bucket));
    for (const std::string& name : names) images.push_back({space, name});
  }
  return images;
}

std::string containerd_database(const std::string& root) { return root + "/io.containerd.metadata.v1.bolt/meta.db"; }

namespace {

std::unexpected<Error> unknown(const Bolt& bolt, std::string_view space, std::string_view name) {
  std::string known;
  if (const auto images = all_images(bolt))
    for (const NamedImage& image : *images) known += (known.empty() ? "" : ", ") + image.space + "/" + image.name;
  return fail(fmt::format("containerd has no image {} in the namespace {}; there is: {}", printable(name),
                          printable(space), printable(known)));
}

Result<StoredImage> open_target(const std::string& root, const Digest& target, const Platform& platform) {
  TRY(auto store, open_directory_store(root + "/io.containerd.content.v1.content"));
  auto image = locate_target(std::move(store), target, platform);
  if (image) return image;
  Error error = image.error();
  if (error.hint.empty()) error.hint = "was its content discarded after unpacking (discard_unpacked_layers)?";
  return std::unexpected(error);
}

Digest chain_id(const std::vector<Digest>& diff_ids) {
  Digest chain;
  for (const Digest& diff_id : diff_ids) chain = next_chain_id(chain, diff_id);
  return chain;
}

// Varints as Go's encoding/binary writes unsigned ones.
std::uint64_t uvarint(std::string_view bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; const char c : bytes.substr(0, 10)) {
    value |= std::uint64_t{static_cast<unsigned char>(c) & 0x7fu} << std::min(shift, 63u);
    shift += 7;
    if ((static_cast<unsigned char>(c) & 0x80) == 0) break;
  }
  return value;
}

// The name of the snapshot whose directory has NUMBER, below BUCKET.
Result<std::string> name_of_snapshot(const Bolt& bolt, const Bolt::Bucket& snapshots, std::uint64_t number) {
  TRY(const auto names, buckets_in(bolt, snapshots));
  for (const std::string& name : names) {
    TRY(const auto bucket, bolt.bucket(snapshots, name));
    TRY(const auto id, bolt.value(*bucket, "id"));
    if (id && uvarint(*id) == number) return name;
  }
  return fail(fmt::format("containerd knows no snapshot {}", number));
}

// The chain ID that snapshot NUMBER was made for: the last part of its name "NAMESPACE/SEQUENCE/CHAIN". Between the
// image and a container of its Docker has a snapshot "CONTAINER-init" for mount points: what counts is below it.
Result<std::string> chain_of_snapshot(const std::string& root, std::uint64_t number) {
  TRY(const auto bolt, open_bolt(root + "/io.containerd.snapshotter.v1.overlayfs/metadata.db"));
  TRY(const auto snapshots, walk_bolt(bolt, {"v1", "snapshots"}));
  if (!snapshots) return fail("containerd has no snapshots");
  auto name = name_of_snapshot(bolt, *snapshots, number);
  for (std::size_t depth = 0; name && depth < kMaxLayers; ++depth) {
    std::string last = name->substr(name->rfind('/') + 1);
    if (Digest::parse(last)) return last;
    TRY(const auto bucket, bolt.bucket(*snapshots, *name));
    TRY(const auto parent, bucket ? bolt.value(*bucket, "parent") : std::optional<std::string_view>());
    if (!parent) break;
    name = std::string(*parent);
  }
  return name ? fail("containerd's snapshot " + printable(*name) + " is of no image") : std::unexpected(name.error());
}

}  // namespace

Result<StoredImage> locate_containerd(const std::string& given_root, std::string_view name, const Platform& platform) {
  const std::string root(given_root.empty() ? kUsualRoot : given_root);
  const std::string_view space = name.substr(0, name.find('/'));
  if (space.size() >= name.size())
    return std::unexpected(Error::usage("containerd's images are named by namespace and name",
                                        "write containerd:k8s.io/docker.io/library/app:1, for example"));
  name.remove_prefix(space.size() + 1);
  TRY(const auto bolt, open_bolt(containerd_database(root)));
  TRY(const auto target, target_of(bolt, space, name));
  if (!target) return unknown(bolt, space, name);
  auto image = open_target(root, *target, platform);
  if (image) image->names = {std::string(name)};
  return image;
}

Result<StoredImage> locate_containerd_snapshot(const std::string& root, std::uint64_t number) {
  TRY(const auto chain, chain_of_snapshot(root, number));
  TRY(const auto bolt, open_bolt(containerd_database(root)));
  TRY(const auto images, all_images(bolt));
  const auto platform = Platform::parse({});
  for (const NamedImage& named : images) {
    const auto target = target_of(bolt, named.space, named.name);
    if (!target || !*target) continue;
    auto image = open_target(root, **target, *platform);
    if (!image) continue;  // of another platform, or half deleted
    const auto config = read_config(image->config_json);
    if (!config || chain_id(config->diff_ids).str() != chain) continue;
    image->names = {named.name};
    return image;
  }
  return fail("no image that containerd still has consists of these layers (chain " + printable(chain) + ")");
}

}  // namespace winnow
