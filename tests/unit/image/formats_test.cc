// SPDX-License-Identifier: Apache-2.0
// Every storage format gives the same image; what does not fit its digests is refused.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "describe.h"
#include "image/store/source.h"
#include "support/image_builder.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {
namespace {

using test::ImageBuilder;
using test::TarBuilder;
using test::TemporaryDirectory;

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
  const std::string expected = test::describe(sample().open().index());
  for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    const ImageBuilder image = sample(compression);
    std::filesystem::remove_all(dir / "layout");
    image.write_oci_directory(dir / "layout");
    for (const std::string& reference :
         {"docker-archive:" + dir.write("old.tar", image.docker_archive()),
          "docker-archive:" + dir.write("new.tar", image.docker_oci_archive()),
          "oci-archive:" + dir.write("oci.tar", image.oci_archive()), "oci:" + (dir / "layout") + ":1"})
      EXPECT_EQ(test::describe(open(reference).index()), expected) << reference;
  }
}

TEST(Formats, TheArchiveItselfMayBeCompressed) {
  const std::string expected = test::describe(sample().open().index());
  for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
    auto image = Image::open_archive(test::memory_file(test::compressed(sample().docker_archive(), compression)));
    ASSERT_TRUE(image) << image.error().what;
    EXPECT_EQ(test::describe(image->index()), expected);
    EXPECT_EQ(test::content_of(*image, "/app").value(), "#!/bin/sh -e\n");
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
  const std::string blob = test::compressed(tar.bytes(), Compression::kGzip);
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
    EXPECT_TRUE(Image::open_archive(test::memory_file(archive), name)) << name;
  const auto other = Image::open_archive(test::memory_file(archive), "app:2");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().what.find("no image is named app:2; there is: docker.io/library/app:latest"),
            std::string::npos);
}

TEST(Formats, AFlippedByteInALayerIsNoticedAndTheLayerNamed) {
  for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    std::string archive = sample(compression).docker_archive();
    ASSERT_EQ(test::opening_error(archive), "");
    const std::string blob = test::compressed(
        TarBuilder().file("app", "#!/bin/sh -e\n", {.mode = 0755}).whiteout("etc/none").bytes(), compression);
    const std::size_t at = archive.find(blob);
    ASSERT_NE(at, std::string::npos);
    archive[at + blob.size() / 2] ^= 0x20;
    EXPECT_NE(test::opening_error(archive).find("layer 2 of 2 (sha256:"), std::string::npos)
        << test::opening_error(archive);
  }
}

TEST(Formats, AConfigThatDoesNotFitItsDigestIsRefused) {
  std::string archive = sample().docker_archive();
  archive.replace(archive.find("\"A=1\""), 5, "\"A=9\"");
  EXPECT_NE(test::opening_error(archive).find("the image config"), std::string::npos);
  std::string oci = sample().oci_archive();
  ASSERT_EQ(test::opening_error(oci), "");
  oci.replace(oci.find("\"A=1\""), 5, "\"A=9\"");
  EXPECT_NE(test::opening_error(oci).find("has digest sha256:"), std::string::npos);
}

TEST(Formats, ChangedContentNeverReachesItsReaderWhole) {
  const TemporaryDirectory dir;
  std::string archive = ImageBuilder().layer(TarBuilder().file("a", "pristine")).docker_archive();
  const Image image = open("docker-archive:" + dir.write("a.tar", archive));
  EXPECT_EQ(test::content_of(image, "/a").value(), "pristine");
  archive.replace(archive.find("pristine"), 8, "modified");
  static_cast<void>(dir.write("a.tar", archive));
  const auto content = test::content_of(image, "/a");
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

// Images without layers.

std::string describe_archive(const std::string& archive) {
  auto image = Image::open_archive(test::memory_file(archive));
  return image ? test::describe(image->index()) : "error: " + image.error().what;
}

TEST(Formats, AnImageWithoutLayersIsARootThatNoLayerLists) {
  const TemporaryDirectory dir;
  const ImageBuilder empty = ImageBuilder().config(R"({"Cmd":["/x"]})");
  empty.write_oci_directory(dir / "layout");
  for (const std::string& reference :
       {"docker-archive:" + dir.write("old.tar", empty.docker_archive()),
        "docker-archive:" + dir.write("new.tar", empty.docker_oci_archive()),
        "oci-archive:" + dir.write("oci.tar", empty.oci_archive()), "oci:" + (dir / "layout") + ":1"}) {
    const Image image = open(reference);
    ASSERT_EQ(image.index().entries.size(), 1U) << reference;
    EXPECT_EQ(image.index().entries.front().path, "/");
    EXPECT_TRUE(image.index().entries.front().implied);
    EXPECT_TRUE(image.index().layers.empty());
    EXPECT_EQ(image.index().config.cmd, std::vector<std::string>{"/x"});
  }
}

TEST(Formats, GoWritesAnEmptyListOfLayersAsNull) {
  const std::string config = R"({"rootfs":{"type":"layers","diff_ids":null}})";
  const std::string manifest = R"({"config":{"digest":")" + Digest::of(config).str() + R"(","size":)" +
                               std::to_string(config.size()) + R"(},"layers":null})";
  const std::string index = R"({"manifests":[{"digest":")" + Digest::of(manifest).str() + R"(","size":)" +
                            std::to_string(manifest.size()) + "}]}";
  const auto blob = [](const std::string& data) { return "blobs/sha256/" + Digest::of(data).hex(); };
  const std::string archive =
      TarBuilder().file("index.json", index).file(blob(manifest), manifest).file(blob(config), config).bytes();
  EXPECT_EQ(describe_archive(archive), test::describe(ImageBuilder().config_document(config).open().index()));
}

// Indexes that name an image several times, or several images.

struct Listed {
  std::string name;      // ref.name; empty: none
  std::string file;      // of the image's only layer: the same name is the same image
  std::string platform;  // JSON; empty: none
};

std::string descriptor(const std::string& data, const Listed& listed = {}) {
  std::string text = R"({"digest":")" + Digest::of(data).str() + R"(","size":)" + std::to_string(data.size());
  if (!listed.platform.empty()) text += R"(,"platform":)" + listed.platform;
  if (!listed.name.empty()) text += R"(,"annotations":{"org.opencontainers.image.ref.name":")" + listed.name + "\"}";
  return text + "}";
}

std::string blob_of(const std::string& data) { return "blobs/sha256/" + Digest::of(data).hex(); }

// An OCI archive whose index.json lists LISTED; NESTED: an index does, which the index.json names "all".
std::string listing(const std::vector<Listed>& listed, bool nested = false) {
  TarBuilder tar;
  std::string list;
  for (const Listed& one : listed) {
    const std::string layer = TarBuilder().file(one.file, "").bytes();
    const std::string config =
        R"({"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[")" + Digest::of(layer).str() + "\"]}}";
    const std::string layers = descriptor(layer).insert(1, R"("mediaType":"application/vnd.oci.image.layer.v1.tar",)");
    const std::string manifest = R"({"config":)" + descriptor(config) + R"(,"layers":[)" + layers + "]}";
    tar.file(blob_of(layer), layer).file(blob_of(config), config).file(blob_of(manifest), manifest);
    list += (list.empty() ? "" : ",") + descriptor(manifest, one);
  }
  std::string index = R"({"manifests":[)" + list + "]}";
  if (nested) {
    tar.file(blob_of(index), index);
    index = R"({"manifests":[)" + descriptor(index, {"all", "", ""}) + "]}";
  }
  return tar.file("index.json", index).bytes();
}

// The file and the names of the image that is chosen, "FILE: NAME, NAME"; or the error.
std::string chosen(const std::string& archive, const std::string& platform = "linux/amd64",
                   const std::string& tag = "") {
  OpenOptions options;
  options.platform = platform;
  auto image = Image::open_archive(test::memory_file(archive), tag, options);
  if (!image) return "error: " + image.error().what;
  std::string text = image->index().entries.back().path + ":";
  for (const std::string& name : image->index().names) text += " " + name;
  return text;
}

constexpr const char* kAmd64 = R"({"os":"linux","architecture":"amd64"})";
constexpr const char* kAmd64v2 = R"({"os":"linux","architecture":"amd64","variant":"v2"})";
constexpr const char* kAmd64v3 = R"({"os":"linux","architecture":"amd64","variant":"v3"})";
constexpr const char* kUnknown = R"({"os":"unknown","architecture":"unknown"})";

TEST(Formats, OneDigestUnderTwoNamesIsOneImageWithBoth) {
  EXPECT_EQ(chosen(listing({{"1", "a", kAmd64}, {"latest", "a", ""}})), "/a: 1 latest");
  EXPECT_EQ(chosen(listing({{"1", "a", ""}, {"1", "a", kAmd64}})), "/a: 1");
  EXPECT_EQ(chosen(listing({{"1", "a", kAmd64}, {"latest", "a", ""}}), "linux/amd64", "latest"), "/a: 1 latest");
  EXPECT_EQ(chosen(listing({{"", "a", kAmd64}, {"1", "a", ""}, {"", "x", kUnknown}})), "/a: 1");
  EXPECT_NE(chosen(listing({{"1", "a", ""}, {"2", "b", ""}})).find("it holds 2 images: 1, 2"), std::string::npos);
}

TEST(Formats, TheVariantThatWasAskedForIsChosenAndTheFirstWhereNoneWas) {
  const std::string both = listing({{"", "v1", kAmd64}, {"", "v3", kAmd64v3}});
  EXPECT_EQ(chosen(both), "/v1:");
  EXPECT_EQ(chosen(both, "linux/amd64/v3"), "/v3:");
  EXPECT_EQ(chosen(both, "linux/amd64/v2"), "/v1:");  // a v2 processor cannot run what is for v3
  const std::string higher = listing({{"", "v2", kAmd64v2}, {"", "v3", kAmd64v3}, {"", "x", kUnknown}});
  EXPECT_EQ(chosen(higher, "linux/amd64/v4"), "/v3:");
  EXPECT_EQ(chosen(higher, "linux/amd64/v2"), "/v2:");
  EXPECT_NE(chosen(higher).find("2 images are for linux/amd64; there is: linux/amd64/v2, linux/amd64/v3"),
            std::string::npos);
}

TEST(Formats, NestedIndexesAndAttestationsLeadToTheOneImage) {
  EXPECT_EQ(chosen(listing({{"", "a", kAmd64}, {"", "x", kUnknown}}, true)), "/a: all");
  EXPECT_EQ(chosen(listing({{"", "v1", kAmd64}, {"", "v3", kAmd64v3}, {"", "x", kUnknown}}, true), "linux/amd64/v3"),
            "/v3: all");
  EXPECT_EQ(chosen(listing({{"", "a", ""}, {"", "x", kUnknown}})), "/a:");
}

TEST(Platforms, TakeTheNearestVariantThatServes) {
  using Places = std::vector<std::size_t>;
  const auto best = [](std::vector<Platform> offered, const char* wanted) {
    return best_platforms(offered, Platform::parse(wanted).value());
  };
  const std::vector<Platform> arm = {{"linux", "arm", "v6"}, {"linux", "arm", "v7"}, {"linux", "arm64", "v8"}};
  EXPECT_EQ(best(arm, "linux/arm/v7"), (Places{1}));
  EXPECT_EQ(best(arm, "linux/arm/v6"), (Places{0}));
  EXPECT_EQ(best(arm, "linux/arm"), (Places{1}));
  EXPECT_EQ(best(arm, "linux/arm/v5"), Places{});
  EXPECT_EQ(best(arm, "linux/arm64"), (Places{2}));
  EXPECT_EQ(best(arm, "linux/arm/odd"), Places{});
  EXPECT_EQ(best({{"linux", "amd64", "odd"}}, "linux/amd64"), (Places{0}));
  EXPECT_EQ(best({{"linux", "amd64", ""}, {"linux", "amd64", "v1"}}, "linux/amd64"), (Places{0}));
}

// Compressed layers.

using namespace std::string_literals;

// A frame of zstd without data: one of the sixteen magic numbers, the length, the content (RFC 8878 3.1.2).
std::string skippable(const std::string& content, char kind = '\x50') {
  std::string frame = {kind, '\x2a', '\x4d', '\x18'};
  for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(content.size() >> shift);
  return frame + content;
}

// The index of an image whose only layer is TAR stored as BLOB, described as of MEDIA_TYPE; or the error.
std::string with_blob(const std::string& tar, const std::string& blob, const std::string& media_type = "tar+zstd") {
  const std::string config = R"({"rootfs":{"diff_ids":[")" + Digest::of(tar).str() + "\"]}}";
  const std::string layers =
      descriptor(blob).insert(1, R"("mediaType":"application/vnd.oci.image.layer.v1.)" + media_type + "\",");
  const std::string manifest = R"({"config":)" + descriptor(config) + R"(,"layers":[)" + layers + "]}";
  auto image =
      Image::open_archive(test::memory_file(TarBuilder()
                                                .file(blob_of(blob), blob)
                                                .file(blob_of(config), config)
                                                .file(blob_of(manifest), manifest)
                                                .file("index.json", R"({"manifests":[)" + descriptor(manifest) + "]}")
                                                .bytes()));
  if (!image) return "error: " + image.error().what;
  const auto content = test::content_of(*image, "/a");
  return content ? *content : "error: " + content.error().what;
}

TEST(Formats, ZstdLayersMayHoldSkippableFramesAndSeveralOthers) {
  const std::string content(700'000, 'a');
  const std::string tar = TarBuilder().file("a", content).bytes();
  const auto frame = [](std::string_view data) { return test::compressed(data, Compression::kZstd); };
  const std::string whole = frame(tar);
  EXPECT_EQ(with_blob(tar, skippable("12345678") + whole), content);
  EXPECT_EQ(with_blob(tar, skippable("", '\x5f') + skippable(std::string(600'000, 'x')) + whole), content);
  const std::string parts =
      skippable("1") + frame(tar.substr(0, 1000)) + skippable("2") + frame(tar.substr(1000)) + skippable("3");
  EXPECT_EQ(with_blob(tar, parts), content);
  EXPECT_EQ(with_blob(tar, frame(tar.substr(0, 1000)) + frame(tar.substr(1000))), content);
}

TEST(Formats, GzipLayersMayHaveSeveralMembers) {
  const std::string content(700'000, 'a');
  const std::string tar = TarBuilder().file("a", content).bytes();
  const auto member = [](std::string_view data) { return test::compressed(data, Compression::kGzip); };
  EXPECT_EQ(with_blob(tar, member(tar.substr(0, 1000)) + member("") + member(tar.substr(1000)), "tar+gzip"), content);
}

TEST(Formats, TheBytesOfALayerCountWhateverItsMediaTypeSays) {
  const std::string tar = TarBuilder().file("a", "x").bytes();
  for (const char* type : {"tar", "tar+gzip", "tar+zstd"})
    for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd})
      EXPECT_EQ(with_blob(tar, test::compressed(tar, compression), type), "x") << type;
}

TEST(Formats, ATarWhoseFirstNameLooksLikeASkippableFrameIsATar) {
  const std::string tar = TarBuilder().file("P*M\x18", "").file("a", "x").bytes();
  EXPECT_EQ(with_blob(tar, tar, "tar"), "x");
}

TEST(Formats, SkippableFramesThatLieAreRefused) {
  const std::string tar = TarBuilder().file("a", "x").bytes();
  const std::string frame = skippable("12345678");
  for (const std::string& blob : {frame.substr(0, 5), frame.substr(0, 10), frame, frame + "not zstd",
                                  frame + test::compressed(tar, Compression::kGzip),
                                  "\x50\x2a\x4d\x18\xff\xff\xff\xff"s + test::compressed(tar, Compression::kZstd)})
    EXPECT_TRUE(with_blob(tar, blob).starts_with("error: ")) << blob.size();
}

TEST(Formats, APlaceThatIsAFileIsToldFromALayout) {
  const TemporaryDirectory dir;
  const auto image = Image::open(Reference::parse("oci:" + dir.write("file.tar", "x")).value());
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().hint, "a layout in a tar is oci-archive:FILE");
}

}  // namespace
}  // namespace winnow
