// SPDX-License-Identifier: Apache-2.0
// Images made to do harm: each is an error that names the place, none a crash.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "describe.h"
#include "image/limits.h"
#include "support/image_builder.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

using test::ImageBuilder;
using test::opening_error;
using test::TarBuilder;

std::string layer_error(const TarBuilder& tar) { return opening_error(ImageBuilder().layer(tar).docker_archive()); }

void expect_error(const std::string& error, std::string_view part) {
  EXPECT_NE(error.find(part), std::string::npos) << "\"" << error << "\" lacks \"" << part << "\"";
}

TEST(Hostile, PathsThatLeaveTheImageAreRefused) {
  EXPECT_EQ(layer_error(TarBuilder().file("a/..b", "")), "");
  for (const char* name : {"../a", "a/../b", "a/..", "/..", "./../a"})
    expect_error(layer_error(TarBuilder().file(name, "")), "a path with");
  expect_error(layer_error(TarBuilder().file("a", "").hard_link("b", "../a")), "/b: ../a: a path with");
  expect_error(layer_error(TarBuilder().file("d/.wh...", "")), "a whiteout of nothing");
  expect_error(layer_error(TarBuilder().file("d/.wh..", "")), "a whiteout of nothing");
  expect_error(layer_error(TarBuilder().file("d/.wh.", "")), "a whiteout of nothing");
  EXPECT_EQ(layer_error(TarBuilder().symlink("a", "../../../../etc/passwd")), "");  // links may say what they like
}

TEST(Hostile, ACutArchiveGivesAClearErrorAtEveryOffset) {
  for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    const std::string whole = ImageBuilder()
                                  .layer(TarBuilder().file("a", std::string(900, 'a')).directory("d"), compression)
                                  .layer(TarBuilder().file("b", "b"), compression)
                                  .docker_archive();
    ASSERT_EQ(opening_error(whole), "");
    const std::size_t needed = whole.size() - 1024;  // without the end mark
    for (std::size_t cut = 0; cut < needed; cut += cut % 512 == 0 ? 1 : 37) {
      // The padding of the last member, the manifest, is not missed.
      EXPECT_TRUE(cut > whole.rfind("}]") || !opening_error(whole.substr(0, cut)).empty()) << cut;
    }
  }
}

TEST(Hostile, ACutCompressedArchiveGivesAClearErrorAtEveryOffset) {
  for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string whole = test::compressed(
        ImageBuilder().layer(TarBuilder().file("a", std::string(900, 'a'))).docker_archive(), compression);
    ASSERT_EQ(opening_error(whole), "");
    for (std::size_t cut = 0; cut + 16 < whole.size(); cut += 7)
      EXPECT_NE(opening_error(whole.substr(0, cut)), "") << cut;
  }
}

TEST(Hostile, ATruncatedLayerSaysWhichOne) {
  TarBuilder cut = TarBuilder().file("b", std::string(2000, 'b'));
  const std::string tar = cut.bytes().substr(0, 1500);
  const std::string archive = test::archive_of_layer(tar);
  expect_error(opening_error(archive), "layer 1 of 1 (" + Digest::of(tar).str() + "): ");
  expect_error(opening_error(archive), "runcated");
}

TEST(Hostile, AFlippedBitAnywhereIsAnErrorOrHarmless) {
  const std::string whole =
      ImageBuilder().layer(TarBuilder().file("a", "content").hard_link("b", "a").symlink("c", "a")).oci_archive();
  const auto intact = Image::open_archive(test::memory_file(whole));
  ASSERT_TRUE(intact);
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    const auto image = Image::open_archive(test::memory_file(flipped));
    EXPECT_TRUE(!image || test::describe(image->index()) == test::describe(intact->index())) << at;
  }
}

// Of a plain tar's content only the digest of the whole layer tells; a broken header or stream names its entry too.
TEST(Hostile, AFlippedBitAnywhereInALayerNamesTheLayerAndTheEntryWhereItWasRead) {
  std::string content;  // that is not compressed to nothing
  for (std::mt19937 random(1); content.size() < 400'000;) content += static_cast<char>('a' + random() % 16);
  for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    const TarBuilder tar = TarBuilder().file("first", content).file("second", content);
    const std::string blob = test::compressed(tar.bytes(), compression);
    const std::string whole = ImageBuilder().layer(tar, compression).docker_archive();
    const std::string name = "layer 1 of 1 (" + Digest::of(tar.bytes()).str() + "): ";
    const std::size_t known = whole.find(blob.substr(20, 100));  // gzip's header may hold the time
    ASSERT_NE(known, std::string::npos);
    const std::size_t start = known - 20;
    bool named = false;
    for (std::size_t at = 0; at < blob.size(); at += at < 600 ? 7 : blob.size() / 150) {
      std::string flipped = whole;
      flipped[start + at] = static_cast<char>(flipped[start + at] ^ (1 << (at % 8)));
      const std::string error = opening_error(flipped);
      if (error.empty()) continue;  // of gzip's header only: name, time and system mean nothing
      EXPECT_TRUE(error.starts_with(name)) << at << ": " << error;
      const bool digest = error.find("its content has digest ") != std::string::npos;
      const bool entry = error.find("/first") != std::string::npos || error.find("/second") != std::string::npos ||
                         error.find("after /: ") != std::string::npos ||
                         error.find("before its first entry: ") != std::string::npos;
      EXPECT_TRUE(digest || entry) << at << ": " << error;
      named |= error.find("/first") != std::string::npos;
    }
    EXPECT_TRUE(named || compression == Compression::kNone);
  }
}

TEST(Hostile, ContentThatWasSpoiltAfterTheImageWasReadIsNamed) {
  const test::TemporaryDirectory directory;
  const TarBuilder tar = TarBuilder().file("first", "one").file("second", "the content");
  std::string whole = ImageBuilder().layer(tar).docker_archive();
  const std::string file = directory.write("image.tar", whole);
  const OpenOptions options{.cache = directory / "cache"};
  const Reference reference{Transport::kDockerArchive, file, {}, {}};
  ASSERT_TRUE(Image::open(reference, options));
  whole[whole.find("the content") + 2] = 'X';
  (void)directory.write("image.tar", whole);
  const auto image = Image::open(reference, options);
  ASSERT_TRUE(image) << "its layers are known by their diff IDs";
  EXPECT_EQ(test::content_of(*image, "/first").value(), "one");
  const auto content = test::content_of(*image, "/second");
  ASSERT_FALSE(content);
  expect_error(content.error().what, "layer 1 of 1 (" + Digest::of(tar.bytes()).str() + "): /second: ");
}

TEST(Hostile, SparseFilesAreReadWithTheirHolesAndBounded) {
  const Image image = ImageBuilder().layer(TarBuilder().sparse("s", "data", 200'000)).open();
  EXPECT_EQ(test::content_of(image, "/s").value(), "data" + std::string(199'996, '\0'));
  const Limits limits;
  expect_error(layer_error(TarBuilder().sparse("s", "data", limits.bytes + 1)), "/s: the file claims more than");
  expect_error(layer_error(TarBuilder().sparse("s", "data", std::uint64_t{1} << 62)), "/s: the file claims more than");
  expect_error(layer_error(TarBuilder().sparse("s", "data", limits.holes + 65536)), "/s: sparse files with holes");
}

TEST(Hostile, EveryLimitIsKeptAndItsErrorNamesTheFlag) {
  const std::string archive = ImageBuilder()
                                  .layer(TarBuilder().file("a", std::string(100'000, 'a')), Compression::kGzip)
                                  .layer(TarBuilder().sparse("s", "data", 200'000))
                                  .docker_archive();
  const auto error = [&](const Limits& limits) {
    const auto image = Image::open_archive(test::memory_file(archive), {}, {.limits = limits});
    return image ? "" : image.error().what + "; " + image.error().hint;
  };
  EXPECT_EQ(error({}), "");
  EXPECT_EQ(error({.entries = 2}), "");
  expect_error(error({.entries = 1}),
               "the layers hold more than 1 entries; if you trust the image, raise the limit with --max-entries");
  expect_error(error({.metadata = 3}), "--max-metadata");
  expect_error(error({.bytes = 100'000}), "--max-bytes");
  expect_error(error({.holes = 100'000}), "--max-holes");
}

TEST(Hostile, ContentAndNumbersOutOfRangeAreRefused) {
  EXPECT_EQ(layer_error(TarBuilder().file("a", "", {.uid = 4294967295})), "");
  const std::string big = "22 uid=99999999999999\n";
  std::string pax = TarBuilder().file("PaxHeader", big).bytes().substr(0, 1024);
  pax[156] = 'x';
  // The type flag is part of the checksum: '0' became 'x'.
  const unsigned long sum = std::stoul(pax.substr(148, 6), nullptr, 8) + ('x' - '0');
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%06lo", sum);
  pax.replace(148, 6, digits.data());
  expect_error(layer_error(TarBuilder().raw(pax).file("a", "")), "/a: the user id 99999999999999 is out of range");
  expect_error(layer_error(TarBuilder().file("a", "", {.xattrs = {{"user.x", std::string(kMaxXattrs, 'x')}}})),
               "extended attributes");
}

TEST(Hostile, ConfigsThatLieAboutLayersAreRefused) {
  const TarBuilder tar = TarBuilder().file("a", "");
  const auto error = [&](const std::string& config) {
    return opening_error(ImageBuilder().layer(tar).config_document(config).docker_archive());
  };
  std::string id = R"(")";
  id.append(Digest::of(tar.bytes()).str()).append(R"(")");
  EXPECT_EQ(error(R"({"rootfs":{"diff_ids":[)" + id + "]}}"), "");
  expect_error(error(R"({"rootfs":{"diff_ids":[)" + id + "," + id + "]}}"), "1 layers, but the config has 2 diff_ids");
  expect_error(error(R"({"rootfs":{"diff_ids":[")" + Digest::of("other").str() + "\"]}}"), "its content has digest");
  expect_error(error(R"({"rootfs":{"diff_ids":["md5:00"]}})"), "the image config");
  expect_error(error(R"({})"), "rootfs is missing");
  expect_error(error(R"({"rootfs":{"diff_ids":[]}})"), "1 layers, but the config has 0 diff_ids");
}

TEST(Hostile, BrokenJsonIsAnErrorWhateverIsWrongWithIt) {
  const TarBuilder tar = TarBuilder().file("a", "");
  const std::string rootfs = R"("rootfs":{"diff_ids":[")" + Digest::of(tar.bytes()).str() + "\"]}";
  const auto error = [&](const std::string& config) {
    return opening_error(ImageBuilder().layer(tar).config_document(config).docker_archive());
  };
  EXPECT_EQ(error("{" + rootfs + R"(,"config":{"Env":1},"config":{"Env":[]}})"),
            "");  // of a repeated key the last counts
  for (const char* part :
       {R"("config":{"Env":"A=1"})", R"("config":{"Env":[1]})", R"("config":[])", R"("config":{"Volumes":[]})",
        R"("config":{"User":{}})", R"("history":{})", R"("history":[7])", R"("history":[{"empty_layer":"yes"}])",
        R"("os":1)", R"("config":{"Healthcheck":"x"})"})
    expect_error(error("{" + rootfs + "," + part + "}"), "the image config: ");
  expect_error(error("{" + rootfs + ",\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
               "nested too deeply");
  for (const char* config : {"[", "7", "\xff", "{\"a\":\"\xff\"}", "nul", "[]"})
    expect_error(error(config), "the image config: ");
  for (const char* manifest :
       {"{}", "7", "[7]", "[]", R"([{"Config":"c.json"}])", R"([{"Layers":"l"}])", R"([{"Config":1}])"})
    EXPECT_NE(opening_error(TarBuilder().file("manifest.json", manifest).bytes()), "") << manifest;
  for (const char* index : {"{}", "7", R"({"manifests":7})", R"({"manifests":[]})", R"({"manifests":[{"digest":"x"}]})",
                            R"({"manifests":[{"digest":"sha256:00","size":-1}]})"})
    EXPECT_NE(opening_error(TarBuilder().file("index.json", index).bytes()), "") << index;
}

TEST(Hostile, DocumentsAreBoundedBeforeTheyAreRead) {
  const std::string huge(kMaxDocument + 1, ' ');
  expect_error(opening_error(TarBuilder().file("manifest.json", huge).bytes()),
               "manifest.json has 16777217 bytes, 16777216 are allowed");
}

TEST(Hostile, AnArchiveOfOtherThingsIsNoImage) {
  expect_error(opening_error(""), "neither manifest.json nor index.json");
  expect_error(opening_error(TarBuilder().file("hello", "").bytes()), "neither manifest.json nor index.json");
  expect_error(opening_error(std::string(2000, 'x')), "not a readable tar");
  expect_error(opening_error(TarBuilder().symlink("manifest.json", "manifest.json").bytes()), "too many links");
  EXPECT_FALSE(Image::open({Transport::kDockerArchive, "/dev/null", {}}));
  EXPECT_FALSE(Image::open({Transport::kOciDirectory, "/nonexistent", {}}));
}

TEST(Hostile, ForeignLayersOfAnOciImageAreRefusedByName) {
  const std::string type = "application/vnd.oci.image.layer.v1.tar";
  const std::string manifest = R"({"config":{"digest":")" + Digest::of("{}").str() +
                               R"(","size":2},"layers":[{"mediaType":")" + type + R"(+encrypted","digest":")" +
                               Digest::of("x").str() + R"(","size":1}]})";
  const std::string top = R"({"manifests":[{"digest":")" + Digest::of(manifest).str() + R"(","size":)" +
                          std::to_string(manifest.size()) + "}]}";
  const auto blob = [](const std::string& data) { return "blobs/sha256/" + Digest::of(data).hex(); };
  const TarBuilder tar =
      TarBuilder().file(blob("{}"), "{}").file(blob("x"), "x").file(blob(manifest), manifest).file("index.json", top);
  expect_error(opening_error(tar.bytes()), "has the unknown media type " + type + "+encrypted");
}

}  // namespace
}  // namespace winnow
