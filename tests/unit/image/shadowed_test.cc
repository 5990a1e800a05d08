// SPDX-License-Identifier: Apache-2.0
// Versions that higher layers hide: each is named with the layer that hid it, and no byte is counted twice or lost.
#include <gtest/gtest.h>

#include <sstream>

#include "describe.h"
#include "support/image_builder.h"

namespace winnow {
namespace {

using test::ImageBuilder;
using test::TarBuilder;

// "PATH SIZE in LAYER by LAYER" a line, with how it went and whether another name keeps the bytes.
std::string shadowed(const Index& index) {
  std::ostringstream text;
  for (const Shadowed& version : index.shadowed)
    text << version.entry.path << ' ' << version.entry.size << " in " << version.entry.layer << " by "
         << version.by_layer << (version.deleted ? " deleted" : " replaced") << (version.linked ? " linked" : "")
         << '\n';
  return text.str();
}

TEST(Shadowed, EveryVersionBelowIsNamed) {
  const Image image = ImageBuilder()
                          .layer(TarBuilder().file("a", "1").file("gone", "22").file("d/x", "333").file("d/y", "4444"))
                          .layer(TarBuilder().file("a", "55555").whiteout("gone").opaque("d").file("d/x", "666666"))
                          .layer(TarBuilder().file("a", "7777777").file("gone", "88888888"))
                          .open();
  EXPECT_EQ(shadowed(image.index()),
            "/a 1 in 0 by 1 replaced\n/a 5 in 1 by 2 replaced\n/d/x 3 in 0 by 1 deleted\n/d/y 4 in 0 by 1 deleted\n"
            "/gone 2 in 0 by 1 deleted\n");
  EXPECT_EQ(image.index().bytes(), 6u + 7u + 8u);
  EXPECT_EQ(image.index().shadowed_bytes(), 1u + 2u + 3u + 4u + 5u);
}

TEST(Shadowed, ADirectoryReplacedByALinkTakesItsChildrenAlong) {
  const Image image = ImageBuilder()
                          .layer(TarBuilder().directory("d").file("d/x", "333"))
                          .layer(TarBuilder().symlink("d", "elsewhere"))
                          .open();
  EXPECT_EQ(shadowed(image.index()), "/d 0 in 0 by 1 replaced\n/d/x 3 in 0 by 1 deleted\n");
}

TEST(Shadowed, ALostNameOfAFileThatLivesOnLosesNoBytes) {
  const Image image = ImageBuilder()
                          .layer(TarBuilder().file("a", "333").hard_link("b", "a").hard_link("c", "a"))
                          .layer(TarBuilder().whiteout("a").whiteout("b"))
                          .open();
  EXPECT_EQ(shadowed(image.index()), "/a 3 in 0 by 1 deleted linked\n/b 3 in 0 by 1 deleted linked\n");
  EXPECT_EQ(image.index().bytes(), 3u);
  EXPECT_EQ(image.index().shadowed_bytes(), 0u);
  EXPECT_EQ(image.index().entries[*image.index().find("/c")].link_group, 0u);
  EXPECT_EQ(test::content_of(image, "/c").value(), "333");
}

TEST(Shadowed, AFileWithAllItsNamesLostCountsOnce) {
  const Image image = ImageBuilder()
                          .layer(TarBuilder().file("d/a", "333").hard_link("d/b", "d/a").file("e", ""))
                          .layer(TarBuilder().whiteout("d"))
                          .open();
  EXPECT_EQ(image.index().shadowed.size(), 2u);
  EXPECT_EQ(image.index().shadowed_bytes(), 3u);
  EXPECT_EQ(image.index().bytes(), 0u);
}

TEST(Shadowed, ALaterMemberOfTheSameTarWins) {
  const Image image = ImageBuilder().layer(TarBuilder().file("a", "1").file("a", "22")).open();
  EXPECT_EQ(shadowed(image.index()), "/a 1 in 0 by 0 replaced\n");
  EXPECT_EQ(test::content_of(image, "/a").value(), "22");
}

TEST(Shadowed, TheSameLayerTwiceIsAllShadowedOnce) {
  const TarBuilder tar = TarBuilder().directory("d").file("d/a", "333");
  const Image image = ImageBuilder().layer(tar).layer(tar).open();
  EXPECT_EQ(shadowed(image.index()), "/d 0 in 0 by 1 replaced\n/d/a 3 in 0 by 1 replaced\n");
  EXPECT_EQ(image.index().bytes(), 3u);
  EXPECT_EQ(image.index().shadowed_bytes(), 3u);
}

}  // namespace
}  // namespace winnow
