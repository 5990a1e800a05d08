// SPDX-License-Identifier: Apache-2.0
// Paths walked through an image as the kernel walks them.
#include <gtest/gtest.h>

#include "support/image_builder.h"

namespace winnow {
namespace {

class Resolve : public ::testing::Test {
 protected:
  Resolve()
      : image_(test::ImageBuilder()
                   .layer(test::TarBuilder()
                              .symlink("bin", "usr/bin")
                              .directory("usr/bin")
                              .file("usr/bin/app-2", "app")
                              .symlink("usr/bin/app", "/etc/alternatives/app")
                              .symlink("etc/alternatives/app", "../../bin/app-2")
                              .symlink("loop", "loop")
                              .symlink("dangling", "nowhere/at/all")
                              .symlink("slash", "usr/bin/")
                              .symlink("fileslash", "usr/bin/app-2/"))
                   .open()) {}

  std::string path(std::optional<EntryId> id) { return id ? image_.index().entries[*id].path : "-"; }
  // "ENTRY | HOP HOP | DEEPEST"
  std::string walk(std::string_view asked, bool follow_last = true) {
    const Resolution found = image_.index().resolve(asked, follow_last);
    std::string text = path(found.entry) + " |";
    for (const EntryId hop : found.hops) text.append(" ").append(path(hop));
    return text + " | " + path(found.deepest);
  }

  Image image_;
};

TEST_F(Resolve, KeepsEveryHopOfALinkChain) {
  EXPECT_EQ(walk("/bin/app"),
            "/usr/bin/app-2 | /bin /usr/bin/app /etc/alternatives/app /etc/alternatives /etc /bin | /usr/bin");
  EXPECT_EQ(walk("bin/app-2"), "/usr/bin/app-2 | /bin | /usr/bin");
}

TEST_F(Resolve, LeavesTheLastLinkAloneWhenAsked) {
  EXPECT_EQ(walk("/bin", false), "/bin | | /");
  EXPECT_EQ(walk("/bin", true), "/usr/bin | /bin | /usr/bin");
  EXPECT_EQ(walk("/bin/", false), "/usr/bin | /bin | /usr/bin");
}

TEST_F(Resolve, TakesDotDotPhysicallyAndStaysInTheRoot) {
  EXPECT_EQ(walk("/bin/../bin/app-2"), "/usr/bin/app-2 | /bin /usr/bin | /usr/bin");
  EXPECT_EQ(walk("/../../usr/./bin"), "/usr/bin | | /usr/bin");
  EXPECT_EQ(walk("/nowhere/.."), "- | | /");
}

TEST_F(Resolve, SaysHowFarItGotWhenSomethingIsMissing) {
  EXPECT_EQ(walk("/usr/bin/none"), "- | | /usr/bin");
  EXPECT_EQ(walk("/dangling"), "- | /dangling | /");
  EXPECT_EQ(walk(""), "- | | /");
  EXPECT_EQ(walk("/"), "/ | | /");
}

TEST_F(Resolve, WalksThroughDirectoriesOnly) {
  EXPECT_EQ(walk("/usr/bin/app-2/x"), "- | | /usr/bin");
  EXPECT_EQ(walk("/usr/bin/app-2/"), "- | | /usr/bin");
  EXPECT_EQ(walk("/usr/bin/app-2/."), "- | | /usr/bin");
  EXPECT_EQ(walk("/fileslash"), "- | /fileslash | /usr/bin");
  EXPECT_EQ(walk("/slash"), "/usr/bin | /slash | /usr/bin");
}

TEST_F(Resolve, GivesUpAfterFortyLinks) {
  const Resolution found = image_.index().resolve("/loop");
  EXPECT_FALSE(found.entry);
  EXPECT_TRUE(found.loops);
  EXPECT_EQ(found.hops.size(), 41u) << "and the one that is too many";
  EXPECT_FALSE(image_.index().resolve("/dangling").loops);
}

}  // namespace
}  // namespace winnow
