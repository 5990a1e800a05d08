// SPDX-License-Identifier: Apache-2.0
// How images are stored: several layers, compression, media types and annotations, the same bytes each time.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "describe.h"
#include "support/image_builder.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/image/write.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;
using test::ImageBuilder;
using test::TarBuilder;
using test::TemporaryDirectory;

// Two layers, the first of them twice.
struct Stack {
  Image source = ImageBuilder()
                     .layer(TarBuilder().directory("a").file("a/x", std::string(300'000, 'x')))
                     .layer(TarBuilder().file("b", "b"))
                     .open();
  std::vector<NewLayer> layers;
  std::string config;

  Stack() {
    const Index& index = source.index();
    const std::vector<EntryId> large = {0, *index.find("/a"), *index.find("/a/x")};
    const std::vector<EntryId> small = {0, *index.find("/b")};
    for (const auto& kept : {large, small, large}) layers.push_back(write_layer(source, {.kept = kept}).value());
    Json document = {{"architecture", "arm"}, {"variant", "v7"}, {"os", "linux"}, {"rootfs", {{"type", "layers"}}}};
    for (const NewLayer& layer : layers) document["rootfs"]["diff_ids"].push_back(layer.diff_id.str());
    config = document.dump();
  }
};

Json document(const std::string& path) { return Json::parse(read_file(path).value()); }
std::string blob(const std::string& layout, const Json& descriptor) {
  return layout + "/blobs/sha256/" + descriptor.at("digest").get<std::string>().substr(7);
}
Json manifest_of(const std::string& layout) {
  return document(blob(layout, document(layout + "/index.json").at("manifests").at(0)));
}

TEST(ImageFormat, SeveralLayersReadBackInOrderAndASecondCopyIsStoredOnce) {
  const TemporaryDirectory dir;
  const Stack stack;
  for (const char* transport : {"docker-archive:", "oci-archive:", "oci:"}) {
    const auto reference =
        Reference::parse(transport + (dir / std::to_string(std::string_view(transport).size())) + ":slim:1").value();
    ASSERT_TRUE(write_image(stack.layers, stack.config, reference, {.compression = Compression::kNone}));
    const auto image = Image::open(reference, {.platform = "linux/arm"});
    ASSERT_TRUE(image) << image.error().what;
    ASSERT_EQ(image->index().layers.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(image->index().layers[i].diff_id, stack.layers[i].diff_id);
    EXPECT_EQ(image->index().entries[*image->index().find("/b")].layer, 1u);
    EXPECT_EQ(test::content_of(*image, "/a/x").value(), std::string(300'000, 'x'));
    std::error_code not_a_file;
    const auto size = std::filesystem::file_size(reference.location, not_a_file);
    EXPECT_TRUE(not_a_file || size < 400'000u) << size;
  }
}

TEST(ImageFormat, LayersAreCompressedAsAskedAndSayIt) {
  const Stack stack;
  const std::pair<std::optional<Compression>, std::pair<const char*, const char*>> cases[] = {
      {std::nullopt, {"application/vnd.oci.image.layer.v1.tar+gzip", "\x1f\x8b\x08"}},
      {Compression::kGzip, {"application/vnd.oci.image.layer.v1.tar+gzip", "\x1f\x8b\x08"}},
      {Compression::kZstd, {"application/vnd.oci.image.layer.v1.tar+zstd", "\x28\xb5\x2f\xfd"}},
      {Compression::kNone, {"application/vnd.oci.image.layer.v1.tar", ""}}};
  for (const auto& [compression, expected] : cases) {
    const TemporaryDirectory dir;
    const std::string layout = dir / "layout";
    ASSERT_TRUE(write_image(stack.layers, stack.config, Reference{Transport::kOciDirectory, layout, "x", {}},
                            {.compression = compression}));
    const Json manifest = manifest_of(layout);
    for (const Json& layer : manifest.at("layers")) {
      EXPECT_EQ(layer.at("mediaType"), expected.first);
      const std::string bytes = read_file(blob(layout, layer)).value();
      EXPECT_EQ(bytes.size(), layer.at("size").get<std::size_t>());
      EXPECT_EQ(Digest::of(bytes).str(), layer.at("digest").get<std::string>());
    }
    const std::string bytes = read_file(blob(layout, manifest.at("layers").at(0))).value();
    EXPECT_TRUE(bytes.starts_with(expected.second)) << expected.first;
    if (bytes.starts_with("\x1f\x8b")) {
      EXPECT_EQ(bytes.substr(3, 5), std::string(5, '\0'));  // no name, no time
    }
    EXPECT_EQ(bytes.size() > 300'000, compression == Compression::kNone);
    EXPECT_EQ(Digest::of(bytes) == stack.layers[0].diff_id, compression == Compression::kNone);
  }
}

TEST(ImageFormat, TheSameLayersGiveTheSameBytesHoweverTheyAreCompressed) {
  const Stack one;
  const Stack two;
  const TemporaryDirectory dir;
  for (const Compression compression : {Compression::kGzip, Compression::kZstd, Compression::kNone}) {
    std::string bytes[2];
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string path = dir / "archive";
      ASSERT_TRUE(write_image((i == 0 ? one : two).layers, one.config, Reference{Transport::kOciArchive, path, "x", {}},
                              {.compression = compression}));
      bytes[i] = read_file(path).value();
    }
    EXPECT_TRUE(bytes[0] == bytes[1]);
  }
}

TEST(ImageFormat, DockersMediaTypesAreThoseOfItsSchema2) {
  const TemporaryDirectory dir;
  const Stack stack;
  const std::string layout = dir / "layout";
  const auto write = [&](Compression compression) {
    return write_image(stack.layers, stack.config, Reference{Transport::kOciDirectory, layout, "x", {}},
                       {compression, MediaTypes::kDocker, {{"dev.winnow.policy", "strict"}}});
  };
  ASSERT_TRUE(write(Compression::kGzip));
  const Json manifest = manifest_of(layout);
  const char* const type = "application/vnd.docker.distribution.manifest.v2+json";
  EXPECT_EQ(manifest.at("mediaType"), type);
  EXPECT_EQ(document(layout + "/index.json").at("manifests").at(0).at("mediaType"), type);
  EXPECT_EQ(manifest.at("config").at("mediaType"), "application/vnd.docker.container.image.v1+json");
  EXPECT_EQ(manifest.at("layers").at(0).at("mediaType"), "application/vnd.docker.image.rootfs.diff.tar.gzip");
  EXPECT_FALSE(manifest.contains("annotations"));
  ASSERT_TRUE(write(Compression::kNone));
  EXPECT_EQ(manifest_of(layout).at("layers").at(0).at("mediaType"), "application/vnd.docker.image.rootfs.diff.tar");
  const auto zstd = write(Compression::kZstd);
  ASSERT_FALSE(zstd);
  EXPECT_EQ(zstd.error().fault, Fault::kUsage);
  EXPECT_NE(zstd.error().what.find("no media type for zstd"), std::string::npos);
}

TEST(ImageFormat, ADockerArchiveIsNeitherCompressedNorHasItMediaTypes) {
  const Reference archive{Transport::kDockerArchive, "/nowhere", {}, {}};
  EXPECT_TRUE(check_writable(archive, {}));
  EXPECT_TRUE(check_writable(archive, {.compression = Compression::kNone}));
  EXPECT_FALSE(check_writable(archive, {.compression = Compression::kZstd}));
  EXPECT_FALSE(check_writable(archive, {.media_types = MediaTypes::kOci}));
  EXPECT_FALSE(check_writable({Transport::kPid, "1", {}, {}}, {}));
}

TEST(ImageFormat, TheManifestHasTheAnnotationsAndTheIndexThePlatformWithItsVariant) {
  const TemporaryDirectory dir;
  const Stack stack;
  ASSERT_TRUE(write_image(stack.layers, stack.config, Reference{Transport::kOciDirectory, dir / "layout", "x", {}},
                          {.annotations = {{"b", "2"}, {"a", "1"}}}));
  EXPECT_EQ(manifest_of(dir / "layout").at("annotations").dump(), R"({"a":"1","b":"2"})");
  EXPECT_EQ(document(dir / "layout/index.json").at("manifests").at(0).at("platform").dump(),
            R"({"architecture":"arm","os":"linux","variant":"v7"})");
}

TEST(WriteLayer, KeepsTheContentOfSparseFiles) {
  const Image source = ImageBuilder().layer(TarBuilder().sparse("s", "data", 200'000)).open();
  const EntryId sparse = *source.index().find("/s");
  const auto layer = write_layer(source, {.kept = {0, sparse}});
  ASSERT_TRUE(layer) << layer.error().what;
  const std::string tar = read_file("/proc/self/fd/" + std::to_string(layer->tar.get())).value();
  const Image copy = Image::open_archive(test::memory_file(test::archive_of_layer(tar))).value();
  const Entry& entry = copy.index().entries[*copy.index().find("/s")];
  EXPECT_EQ(entry.size, 200'000u);
  EXPECT_EQ(entry.sha256, source.index().entries[sparse].sha256);
}

TEST(WriteLayer, WritesAdditionsBesideWhatIsKeptInTheirPlace) {
  const Image source = ImageBuilder().layer(TarBuilder().directory("var").file("var/db", "everything")).open();
  Addition directory;
  directory.entry.path = "/var/lib";
  directory.entry.type = EntryType::kDirectory;
  directory.entry.mode = 0711;
  Addition file;
  file.entry.path = "/var/lib/db";
  file.entry.mode = 0640;
  file.entry.mtime = 7;
  file.content = "less";
  file.entry.size = 4;
  const std::vector<Addition> additions = {directory, file};
  const LayerDraft draft{.kept = {0, *source.index().find("/var")}, .additions = additions};
  const NewLayer layer = write_layer(source, draft).value();
  const std::string tar = read_file("/proc/self/fd/" + std::to_string(layer.tar.get())).value();
  const Image copy = Image::open_archive(test::memory_file(test::archive_of_layer(tar))).value();
  ASSERT_EQ(copy.index().entries.size(), 4u);
  EXPECT_EQ(copy.index().entries[2].mode, 0711u);
  EXPECT_EQ(copy.index().entries[3].mode, 0640u);
  EXPECT_EQ(copy.index().entries[3].mtime, 7);
  EXPECT_EQ(test::content_of(copy, "/var/lib/db").value(), "less");
}

TEST(WriteLayer, RefusesAdditionsThatWouldHideOrRepeatOrStandInNothing) {
  const Image source = ImageBuilder().layer(TarBuilder().directory("etc").file("etc/a", "a")).open();
  const auto error_of = [&](const std::string& path, bool on_top) {
    Addition file;
    file.entry.path = path;
    const std::vector<Addition> additions = {file};
    const auto layer = write_layer(source, {.kept = {0, 1, 2}, .additions = additions, .on_top = on_top});
    return layer ? "" : layer.error().what;
  };
  EXPECT_EQ(error_of("/etc/b", false), "");
  EXPECT_EQ(error_of("/etc/a", false), "/etc/a: it is to be written twice");
  EXPECT_EQ(error_of("/etc/.wh.a", false), "/etc/.wh.a: engines would take it for a whiteout");
  EXPECT_EQ(error_of("/etc/.wh..wh..opq", true), "/etc/.wh..wh..opq: engines would take it for a whiteout");
  EXPECT_EQ(error_of("/usr/b", false), "/usr/b: its parent directory is not kept");
  EXPECT_EQ(error_of("/usr/b", true), "");  // a lower layer has it
  EXPECT_EQ(error_of("/etc/a/b", true), "/etc/a/b: its parent directory is not kept");
}

TEST(WriteLayer, WritesADirectoryThatIsNamedLikeAWhiteoutAsTheSourceDoes) {
  const Image source = ImageBuilder().layer(TarBuilder().file(".wh.a/b", "b").file("a", "a")).open();
  std::vector<EntryId> all(source.index().entries.size());
  std::iota(all.begin(), all.end(), EntryId{0});
  const NewLayer layer = write_layer(source, {.kept = all}).value();
  const std::string tar = read_file("/proc/self/fd/" + std::to_string(layer.tar.get())).value();
  const Image copy = Image::open_archive(test::memory_file(test::archive_of_layer(tar))).value();
  EXPECT_EQ(test::describe(copy.index().entries.back()), test::describe(source.index().entries.back()));
  EXPECT_EQ(test::content_of(copy, "/.wh.a/b").value_or("missing"), "b");
  EXPECT_EQ(tar.find(std::string(".wh.a/\0", 7)), std::string::npos);
}

}  // namespace
}  // namespace winnow
