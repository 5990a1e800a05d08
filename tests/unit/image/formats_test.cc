// SPDX-License-Identifier: Apache-2.0
// Every storage format gives the same image; what does not fit its digests is refused.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "describe.h"
#include "support/image_builder.h"

namespace winnow {
namespace {

using testing::Compression;
using testing::ImageBuilder;
using testing::TarBuilder;
using testing::TemporaryDirectory;

ImageBuilder sample(Compression compression = Compression::kNone) {
  return ImageBuilder()
      .layer(TarBuilder().directory("etc").file("etc/passwd", "root:x:0:0::/:/bin/sh\n"), compression)
      .layer(TarBuilder().file("app", "#!/bin/sh -e\n", {.mode = 0755}).whiteout("etc/none"), compression)
      .config(
          R"({"Entrypoint":["/app"],"Cmd":null,"Env":["A=1","B=2"],"User":"app","WorkingDir":"/srv","Volumes":{"/data":{}},)"
          R"("Shell":["/bin/ash","-c"],"Healthcheck":{"Test":["CMD","/app","check"]}})");
}

Image open(const std::string& reference) {
  auto image = Image::open(Reference::parse(reference).value());
  if (!image) throw std::runtime_error(image.error().what);
  return std::move(*image);
}

std::string error_of(const std::string& reference) {
  const auto image = Image::open(Reference::parse(reference).value());
  return image ? "" : image.error().what;
}

TEST(Formats, EachTransportGivesTheSameIndex) {
  const TemporaryDirectory dir;
  const std::string expected = testing::describe(sample().open().index());
  for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    const ImageBuilder image = sample(compression);
    std::filesystem::remove_all(dir / "layout");
    image.write_oci_directory(dir / "layout");
    for (const std::string& reference :
         {"docker-archive:" + dir.write("old.tar", image.docker_archive()),
          "docker-archive:" + dir.write("new.tar", image.docker_oci_archive()),
          "oci-archive:" + dir.write("oci.tar", image.oci_archive()), "oci:" + (dir / "layout") + ":1"})
      EXPECT_EQ(testing::describe(open(reference).index()), expected) << reference;
  }
}

TEST(Formats, TheArchiveItselfMayBeCompressed) {
  const std::string expected = testing::describe(sample().open().index());
  for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
    auto image = Image::open_archive(testing::memory_file(testing::compressed(sample().docker_archive(), compression)));
    ASSERT_TRUE(image) << image.error().what;
    EXPECT_EQ(testing::describe(image->index()), expected);
    EXPECT_EQ(testing::content_of(*image, "/app").value(), "#!/bin/sh -e\n");
  }
}

TEST(Formats, TheConfigSaysWhatTheEngineWouldDo) {
  const Image image = sample(Compression::kGzip).open();
  const Index& index = image.index();
  EXPECT_EQ(index.id, sample().id());
  EXPECT_EQ(index.config_json, sample().config_json());
  EXPECT_EQ(index.config.entrypoint, std::vector<std::string>{"/app"});
  EXPECT_TRUE(index.config.cmd.empty());
  EXPECT_EQ(index.config.env, (std::vector<std::string>{"A=1", "B=2"}));
  EXPECT_EQ(index.config.healthcheck, (std::vector<std::string>{"CMD", "/app", "check"}));
  EXPECT_EQ(index.config.shell, (std::vector<std::string>{"/bin/ash", "-c"}));
  EXPECT_EQ(index.config.volumes, std::vector<std::string>{"/data"});
  EXPECT_EQ(index.config.user + index.config.working_dir + index.config.os + index.config.architecture,
            "app/srvlinuxamd64");
  EXPECT_EQ(index.names, std::vector<std::string>{"app:1"});
}

TEST(Formats, ALayerHasBothDigestsBothSizesAndItsHistory) {
  const TarBuilder tar = TarBuilder().file("a", std::string(5000, 'a'));
  const std::string blob = testing::compressed(tar.bytes(), Compression::kGzip);
  const Image image = ImageBuilder().layer(tar, Compression::kGzip).open();
  const Layer& layer = image.index().layers.at(0);
  EXPECT_EQ(layer.diff_id, Digest::of(tar.bytes()));
  EXPECT_EQ(layer.digest, Digest::of(blob));
  EXPECT_EQ(layer.size, blob.size());
  EXPECT_EQ(layer.tar_size, tar.bytes().size());
  EXPECT_EQ(layer.created_by, "step 1");
}

TEST(Formats, ATagChoosesOneOfSeveralImages) {
  const TemporaryDirectory dir;
  ImageBuilder().layer(TarBuilder().file("one", "")).write_oci_directory(dir / "layout", "one");
  std::ifstream file(dir / "layout/index.json");
  std::string first((std::istreambuf_iterator<char>(file)), {});
  ImageBuilder().layer(TarBuilder().file("two", "")).write_oci_directory(dir / "layout", "two");
  std::ifstream second_file(dir / "layout/index.json");
  const std::string second((std::istreambuf_iterator<char>(second_file)), {});
  first.resize(first.size() - 2);
  std::ofstream(dir / "layout/index.json") << first << "," << second.substr(second.find('[') + 1);
  EXPECT_TRUE(open("oci:" + (dir / "layout") + ":one").index().find("/one"));
  EXPECT_TRUE(open("oci:" + (dir / "layout") + ":two").index().find("/two"));
  EXPECT_NE(error_of("oci:" + (dir / "layout")).find("it holds 2 images: one, two"), std::string::npos);
  EXPECT_NE(error_of("oci:" + (dir / "layout") + ":three").find("no image is tagged three"), std::string::npos);
}

TEST(Formats, ADockerArchiveAnswersToItsNamesOnly) {
  const std::string archive = sample().docker_archive("docker.io/library/app:latest");
  for (const char* name : {"", "app", "app:latest", "docker.io/library/app:latest"})
    EXPECT_TRUE(Image::open_archive(testing::memory_file(archive), name)) << name;
  const auto other = Image::open_archive(testing::memory_file(archive), "app:2");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().what.find("no image is named app:2; there is: docker.io/library/app:latest"),
            std::string::npos);
}

TEST(Formats, AFlippedByteInALayerIsNoticedAndTheLayerNamed) {
  for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    std::string archive = sample(compression).docker_archive();
    ASSERT_EQ(testing::opening_error(archive), "");
    const std::string blob = testing::compressed(
        TarBuilder().file("app", "#!/bin/sh -e\n", {.mode = 0755}).whiteout("etc/none").bytes(), compression);
    const std::size_t at = archive.find(blob);
    ASSERT_NE(at, std::string::npos);
    archive[at + blob.size() / 2] ^= 0x20;
    EXPECT_NE(testing::opening_error(archive).find("layer 2 of 2 (sha256:"), std::string::npos)
        << testing::opening_error(archive);
  }
}

TEST(Formats, AConfigThatDoesNotFitItsDigestIsRefused) {
  std::string archive = sample().docker_archive();
  archive.replace(archive.find("\"A=1\""), 5, "\"A=9\"");
  EXPECT_NE(testing::opening_error(archive).find("the image config"), std::string::npos);
  std::string oci = sample().oci_archive();
  ASSERT_EQ(testing::opening_error(oci), "");
  oci.replace(oci.find("\"A=1\""), 5, "\"A=9\"");
  EXPECT_NE(testing::opening_error(oci).find("has digest sha256:"), std::string::npos);
}

TEST(Formats, ChangedContentNeverReachesItsReaderWhole) {
  const TemporaryDirectory dir;
  std::string archive = ImageBuilder().layer(TarBuilder().file("a", "pristine")).docker_archive();
  const Image image = open("docker-archive:" + dir.write("a.tar", archive));
  EXPECT_EQ(testing::content_of(image, "/a").value(), "pristine");
  archive.replace(archive.find("pristine"), 8, "modified");
  static_cast<void>(dir.write("a.tar", archive));
  const auto content = testing::content_of(image, "/a");
  ASSERT_FALSE(content);
  EXPECT_NE(content.error().what.find("/a: its content is not what it was"), std::string::npos);
}

TEST(Formats, ContentComesInTheOrderOfTheLayers) {
  const Image image =
      ImageBuilder()
          .layer(TarBuilder().file("z", "1").file("a", std::string(300'000, 'x')).hard_link("b", "a").file("e", ""))
          .layer(TarBuilder().file("m", "2"))
          .open();
  std::vector<EntryId> wanted;
  for (const char* name : {"/m", "/b", "/a", "/z", "/e"}) wanted.push_back(*image.index().find(name));
  std::string order;
  std::size_t bytes = 0;
  const auto read = image.read_files(wanted, [&](EntryId id, std::span<const std::byte> piece) -> Result<void> {
    bytes += piece.size();
    if (piece.empty()) order += image.index().entries[id].path;
    return {};
  });
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(order, "/z/a/e/m");
  EXPECT_EQ(bytes, 300'002u);
  const EntryId root[] = {0};
  EXPECT_FALSE(image.read_files(root, [](EntryId, std::span<const std::byte>) -> Result<void> { return {}; }));
}

}  // namespace
}  // namespace winnow
