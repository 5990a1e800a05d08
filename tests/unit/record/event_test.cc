// SPDX-License-Identifier: Apache-2.0
// Events as bytes: what they decode to.
#include "record/event.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "events.h"
#include "support/event_bytes.h"

namespace winnow::record {
namespace {

using namespace std::string_literals;
using test::encode;
using test::kAll;

TEST(EventDecode, TurnsComponentsFromTheLeafIntoAPath) {
  const auto event = decode(encode(
      {.time_ns = 7, .target = 3, .root_dev = 5, .process = 9, .kind = WN_OPEN, .flags = kAll, .file = {.dev = 6}},
      {.name = "../x", .base = {"lib\0usr\0"s}, .file = {"x\0usr\0"s}, .exe = {"sh\0"s}, .argv0 = "-sh"}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time_ns, 7U);
  EXPECT_EQ(event->target, 3U);
  EXPECT_EQ(event->process, 9U);
  EXPECT_EQ(event->name, "../x");
  EXPECT_EQ(event->base->path, "/usr/lib");
  EXPECT_EQ(event->file->path, "/usr/x");
  EXPECT_EQ(event->file->device, 6U);
  EXPECT_EQ(event->exe->path, "/sh");
  EXPECT_EQ(event->argv0, "-sh");
  EXPECT_EQ(event->root.path, "/");
}

TEST(EventDecode, TellsAPlaceInTheNamespaceFromThatInTheFileSystem) {
  const auto event = decode(encode({.kind = WN_OPEN, .flags = WN_HAS_FILE | WN_HAS_EXE | WN_STRAY_EXE},
                                   {.name = "x",
                                    .file = {"x\0lib\0"s, "current\0app\0"s, "v2\0releases\0app\0"s},
                                    .exe = {"", "mnt\0"s, "tool\0"s},
                                    .root = "image\0srv\0"s}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->file->path, "/app/current/lib/x");
  EXPECT_EQ(event->file->in_filesystem, "/app/releases/v2/lib/x");
  EXPECT_EQ(event->file->mount_point, "/app/current");
  EXPECT_EQ(event->file->mounted, "/app/releases/v2");
  EXPECT_FALSE(event->file->stray);
  EXPECT_EQ(event->exe->path, "/mnt") << "a file that is mounted";
  EXPECT_EQ(event->exe->in_filesystem, "/tool");
  EXPECT_TRUE(event->exe->stray);
  EXPECT_EQ(event->root.path, "/srv/image");
}

TEST(EventDecode, TellsTheRootFromAPartThatIsMissing) {
  const auto root = decode(encode({.kind = WN_STAT, .flags = WN_HAS_BASE}, {.name = "a"}));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->base->path, "/");
  EXPECT_FALSE(root->file);
  const auto missing = decode(encode({.kind = WN_STAT}, {.name = "a"}));
  ASSERT_TRUE(missing);
  EXPECT_FALSE(missing->base);
}

TEST(EventDecode, KeepsEveryByteOfAName) {
  const std::string name = "new\nline \xff\xfe \"quoted\"";
  const auto event = decode(encode({.kind = WN_OPEN, .flags = kAll}, {.name = name, .file = {name + "\0d\0"s}}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->name, name);
  EXPECT_EQ(event->file->path, "/d/" + name);
}

TEST(EventDecode, RefusesWhatIsCutShortOrUnknown) {
  const auto whole = encode({.kind = WN_OPEN, .flags = kAll}, {.name = "name",
                                                               .base = {"base\0"s},
                                                               .file = {"file\0"s, "mount\0"s, "dir\0"s},
                                                               .exe = {"exe\0"s},
                                                               .argv0 = "argv0",
                                                               .root = "root\0"s});
  EXPECT_TRUE(decode(whole));
  for (std::size_t size = 0; size + 8 <= whole.size(); ++size)
    EXPECT_FALSE(decode(std::span(whole).first(size))) << size << " bytes";
  EXPECT_FALSE(decode(encode({.kind = 0}, {})));
  EXPECT_FALSE(decode(encode({.kind = WN_SEARCH + 1}, {})));
}

}  // namespace
}  // namespace winnow::record
