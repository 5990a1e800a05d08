// SPDX-License-Identifier: Apache-2.0
// Layers stacked as overlayfs would show them.
#include <gtest/gtest.h>

#include "describe.h"
#include "support/image_builder.h"

namespace winnow {
namespace {

using test::ImageBuilder;
using test::TarBuilder;

// "PATH=LAYER" of every entry but implied ones, which are "PATH?LAYER".
std::string tree_of(const Index& index) {
  std::string text;
  for (const Entry& entry : index.entries)
    text += (text.empty() ? "" : " ") + entry.path + (entry.implied ? "?" : "=") + std::to_string(entry.layer);
  return text;
}

std::string merged(const std::vector<TarBuilder>& layers) {
  ImageBuilder builder;
  for (const TarBuilder& layer : layers) builder.layer(layer);
  return tree_of(builder.open().index());
}

std::string merge_error(const std::vector<TarBuilder>& layers) {
  ImageBuilder builder;
  for (const TarBuilder& layer : layers) builder.layer(layer);
  return test::opening_error(builder.docker_archive());
}

TEST(Layers, MayEndBehindTheContentOfTheirLastFile) {
  const std::string whole = TarBuilder().file("a", "x").file("b", std::string(600, 'b')).bytes();
  const std::size_t content = 3 * 512 + 600;  // "a", its block, the header of "b"
  const auto opened = [&](std::size_t size) {
    return Image::open_archive(test::memory_file(test::archive_of_layer(whole.substr(0, size))));
  };
  for (const std::size_t size : {content, content + 1, content + 400, content + 424, content + 424 + 512}) {
    const auto image = opened(size);
    ASSERT_TRUE(image) << size << ": " << image.error().what;
    EXPECT_EQ(tree_of(image->index()), "/?0 /a=0 /b=0");
    EXPECT_EQ(test::content_of(*image, "/b").value(), std::string(600, 'b'));
  }
  EXPECT_FALSE(opened(content - 1));
  EXPECT_FALSE(opened(content - 600 - 1)) << "a header that is cut";
}

// Engines make the whiteout's directory when they unpack the layer, and overlayfs shows it instead of what was there.
TEST(Layers, AWhiteoutBelowWhatIsNoDirectoryMakesOne) {
  const TarBuilder lower = TarBuilder().file("a", "x").symlink("b", "c").directory("c").file("c/x", "");
  EXPECT_EQ(merged({lower, TarBuilder().whiteout("a/x").opaque("b")}), "/?0 /a?1 /b?1 /c=0 /c/x=0");
  EXPECT_EQ(merged({lower, TarBuilder().whiteout("c/x")}), "/?0 /a=0 /b=0 /c=0") << "a directory stays as it is";
  EXPECT_EQ(merged({lower, TarBuilder().whiteout("c").whiteout("c/x")}), "/?0 /a=0 /b=0") << "it is gone";
  EXPECT_EQ(merged({lower, TarBuilder().whiteout("d/x")}), "/?0 /a=0 /b=0 /c=0 /c/x=0 /d?1");
}

TEST(Layers, LinksThatLeadThroughOthersWithoutEndAreRefused) {
  TarBuilder tar;
  std::string far;
  while (far.size() < 4000) far += "../";
  for (int i = 0; i < 38; ++i) tar.symlink("l" + std::to_string(i), far + "l" + std::to_string(i + 1));
  tar.directory("l38");
  for (int i = 0; i < 1000; ++i) tar.file("l0/" + std::to_string(i), "");
  EXPECT_NE(merge_error({tar}).find("lead through too many others"), std::string::npos);
}

TEST(Layers, ImplyParentsThatNoLayerLists) {
  const Image image = ImageBuilder().layer(TarBuilder().file("a/b/c", "x")).open();
  EXPECT_EQ(tree_of(image.index()), "/?0 /a?0 /a/b?0 /a/b/c=0");
  const Entry& implied = image.index().entries[1];
  EXPECT_EQ(implied.type, EntryType::kDirectory);
  EXPECT_EQ(implied.mode, 0755u);
}

TEST(Layers, WhiteOutFilesAndWholeDirectories) {
  const TarBuilder lower = TarBuilder().file("a", "").file("d/x", "").file("d/y/z", "").file("d-e", "").file("d0", "");
  EXPECT_EQ(merged({lower, TarBuilder().whiteout("a").whiteout("d/y")}), "/?0 /d?0 /d-e=0 /d/x=0 /d0=0");
  EXPECT_EQ(merged({lower, TarBuilder().whiteout("d")}), "/?0 /a=0 /d-e=0 /d0=0");
  EXPECT_EQ(merged({lower, TarBuilder().whiteout("nothing")}), "/?0 /a=0 /d?0 /d-e=0 /d/x=0 /d/y?0 /d/y/z=0 /d0=0");
}

TEST(Layers, WhiteOutLowerLayersOnlyWhateverTheOrder) {
  const TarBuilder lower = TarBuilder().file("d/old", "").file("f", "old");
  for (const bool first : {true, false}) {
    TarBuilder upper;
    if (first) upper.opaque("d").whiteout("f");
    upper.file("d/new", "").file("f", "new");
    if (!first) upper.opaque("d").whiteout("f");
    EXPECT_EQ(merged({lower, upper}), "/?0 /d?0 /d/new=1 /f=1");
  }
  EXPECT_EQ(merged({lower, TarBuilder().file(".wh..wh..opq", "").file("new", "")}), "/?0 /new=1");
}

TEST(Layers, AFileDeletedAndAddedAgainIsTheNewOne) {
  EXPECT_EQ(merged({TarBuilder().file("f", "1"), TarBuilder().whiteout("f"), TarBuilder().file("f", "2")}), "/?0 /f=2");
}

TEST(Layers, AFileHidesADirectoryAndTheOtherWayRound) {
  const TarBuilder directory = TarBuilder().directory("d").file("d/x", "").file("d/y/z", "");
  const TarBuilder file = TarBuilder().file("d", "");
  EXPECT_EQ(merged({directory, file}), "/?0 /d=1");
  EXPECT_EQ(merged({file, directory}), "/?0 /d=1 /d/x=1 /d/y?1 /d/y/z=1");
  EXPECT_EQ(merged({directory, file, TarBuilder().directory("d")}), "/?0 /d=2");
  EXPECT_EQ(merged({directory, TarBuilder().symlink("d", "/")}), "/?0 /d=1");
}

TEST(Layers, ADirectoryListedAgainKeepsItsChildrenAndTakesTheNewMode) {
  const Image image = ImageBuilder()
                          .layer(TarBuilder().directory("d", {.mode = 0755, .uid = 1}).file("d/x", ""))
                          .layer(TarBuilder().directory("d", {.mode = 01777, .uid = 2}))
                          .open();
  EXPECT_EQ(tree_of(image.index()), "/?0 /d=1 /d/x=0");
  EXPECT_EQ(image.index().entries[1].mode, 01777u);
  EXPECT_EQ(image.index().entries[1].uid, 2u);
}

TEST(Layers, ADirectoryThatALayerOnlyImpliesKeepsItsMetadata) {
  const Image image =
      ImageBuilder().layer(TarBuilder().directory("d", {.mode = 0700})).layer(TarBuilder().file("d/x", "")).open();
  EXPECT_EQ(tree_of(image.index()), "/?0 /d=0 /d/x=1");
  EXPECT_EQ(image.index().entries[1].mode, 0700u);
}

TEST(Layers, ALowerLinkOnTheWayIsHiddenByADirectory) {
  const TarBuilder lower = TarBuilder().symlink("bin", "usr/bin").file("usr/bin/sh", "");
  EXPECT_EQ(merged({lower, TarBuilder().file("bin/foo", "")}), "/?0 /bin?1 /bin/foo=1 /usr?0 /usr/bin?0 /usr/bin/sh=0");
  EXPECT_EQ(merged({lower, TarBuilder().directory("bin").file("bin/foo", "")}),
            "/?0 /bin=1 /bin/foo=1 /usr?0 /usr/bin?0 /usr/bin/sh=0");
}

TEST(Layers, ALinkOfTheSameLayerOnTheWayIsFollowedInsideTheImage) {
  EXPECT_EQ(merged({TarBuilder().directory("usr/bin").symlink("bin", "usr/bin").file("bin/foo", "")}),
            "/?0 /bin=0 /usr?0 /usr/bin=0 /usr/bin/foo=0");
  EXPECT_EQ(merged({TarBuilder().symlink("up", "../../../etc").file("up/foo", "")}), "/?0 /etc?0 /etc/foo=0 /up=0");
  EXPECT_NE(merge_error({TarBuilder().symlink("l", "l").file("l/foo", "")}).find("too many links"), std::string::npos);
  EXPECT_NE(merge_error({TarBuilder().file("f", "").file("f/foo", "")}).find("/f/foo: below /f, which is a file"),
            std::string::npos);
}

TEST(Layers, TheSameLayerTwiceWorksInEveryFormat) {
  const TarBuilder twice = TarBuilder().file("a", "1");
  const ImageBuilder builder = ImageBuilder().layer(twice).layer(TarBuilder().whiteout("a")).layer(twice);
  const Image image = builder.open();
  EXPECT_EQ(tree_of(image.index()), "/?0 /a=2");
  EXPECT_EQ(test::content_of(image, "/a").value(), "1");
  EXPECT_EQ(test::opening_error(builder.oci_archive()), "");
}

TEST(Layers, HardLinksAreOneGroupWithOneContent) {
  const Image image = ImageBuilder()
                          .layer(TarBuilder()
                                     .file("b", "content", {.mode = 04755, .uid = 7, .mtime = 99})
                                     .hard_link("a", "b")
                                     .hard_link("sub/c", "./a")
                                     .file("single", "content"))
                          .open();
  const Index& index = image.index();
  const Entry& a = index.entries[*index.find("/a")];
  EXPECT_GT(a.link_group, 0u);
  for (const char* name : {"/b", "/sub/c"}) {
    Entry other = index.entries[*index.find(name)];
    other.path = a.path;
    EXPECT_EQ(test::describe(other), test::describe(a)) << name;
    EXPECT_EQ(test::content_of(image, name).value(), "content");
  }
  EXPECT_EQ(a.mode, 04755u);
  EXPECT_EQ(index.entries[*index.find("/single")].link_group, 0u);
  EXPECT_EQ(index.bytes(), 14u);
}

TEST(Layers, AGroupIsWhatSurvivesOfIt) {
  const TarBuilder lower = TarBuilder().file("a", "old").hard_link("b", "a").hard_link("c", "a");
  const Image two = ImageBuilder().layer(lower).layer(TarBuilder().file("a", "new")).open();
  const auto group = [](const Image& image, const char* path) {
    return image.index().entries[*image.index().find(path)].link_group;
  };
  EXPECT_EQ(group(two, "/a"), 0u);
  EXPECT_GT(group(two, "/b"), 0u);
  EXPECT_EQ(group(two, "/b"), group(two, "/c"));
  const Image one = ImageBuilder().layer(lower).layer(TarBuilder().file("a", "new").whiteout("c")).open();
  EXPECT_EQ(group(one, "/b"), 0u);
  EXPECT_EQ(test::content_of(one, "/b").value(), "old");  // whose bytes stand under the name "a" in the tar
}

TEST(Layers, AHardLinkMayNameAFileOfALowerLayer) {
  const Image image =
      ImageBuilder().layer(TarBuilder().file("a", "low")).layer(TarBuilder().hard_link("b", "a")).open();
  EXPECT_EQ(test::content_of(image, "/b").value(), "low");
  EXPECT_GT(image.index().entries[*image.index().find("/a")].link_group, 0u);
}

TEST(Layers, AHardLinkToNothingOrToADirectoryIsRefused) {
  EXPECT_NE(merge_error({TarBuilder().hard_link("b", "a")}).find("/b: a hard link to /a, which is not there"),
            std::string::npos);
  EXPECT_NE(merge_error({TarBuilder().directory("a").hard_link("b", "a")}).find("a hard link to the directory /a"),
            std::string::npos);
  EXPECT_NE(merge_error({TarBuilder().file("a", ""), TarBuilder().whiteout("a").hard_link("b", "a")}).find("not there"),
            std::string::npos);
}

TEST(Layers, TheRootTakesTheMetadataThatALayerGivesIt) {
  const Image image =
      ImageBuilder().layer(TarBuilder().directory("./", {.mode = 0711, .uid = 3}).file("./a", "")).open();
  EXPECT_EQ(tree_of(image.index()), "/=0 /a=0");
  EXPECT_EQ(image.index().entries[0].mode, 0711u);
  EXPECT_NE(merge_error({TarBuilder().symlink("/", "etc")}).find("the root is not a directory"), std::string::npos);
}

}  // namespace
}  // namespace winnow
