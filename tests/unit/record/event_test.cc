// SPDX-License-Identifier: Apache-2.0
// Events as bytes: what they decode to, and what access they make.
#include "record/event.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "events.h"
#include "support/event_bytes.h"

namespace winnow::record {
namespace {

using namespace std::string_literals;
using winnow::testing::encode;

constexpr unsigned short kAll = WN_HAS_BASE | WN_HAS_FILE | WN_HAS_EXE;

TEST(EventDecode, TurnsComponentsFromTheLeafIntoAPath) {
  const auto event =
      decode(encode({.time_ns = 7, .target = 3, .root_dev = 5, .file_dev = 6, .kind = WN_OPEN, .flags = kAll},
                    {"../x", "lib\0usr\0"s, "x\0usr\0"s, "sh\0"s, "-sh"}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time_ns, 7U);
  EXPECT_EQ(event->target, 3U);
  EXPECT_EQ(event->name, "../x");
  EXPECT_EQ(event->base, "/usr/lib");
  EXPECT_EQ(event->file, "/usr/x");
  EXPECT_EQ(event->exe, "/sh");
  EXPECT_EQ(event->argv0, "-sh");
}

TEST(EventDecode, TellsTheRootFromAPartThatIsMissing) {
  const auto root = decode(encode({.kind = WN_STAT, .flags = WN_HAS_BASE}, {"a", "", "", ""}));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->base, "/");
  EXPECT_FALSE(root->file);
  const auto missing = decode(encode({.kind = WN_STAT}, {"a", "", "", ""}));
  ASSERT_TRUE(missing);
  EXPECT_FALSE(missing->base);
}

TEST(EventDecode, KeepsEveryByteOfAName) {
  const std::string name = "new\nline \xff\xfe \"quoted\"";
  const auto event = decode(encode({.kind = WN_OPEN, .flags = kAll}, {name, "", name + "\0d\0"s, ""}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->name, name);
  EXPECT_EQ(event->file, "/d/" + name);
}

TEST(EventDecode, RefusesWhatIsCutShortOrUnknown) {
  const auto whole = encode({.kind = WN_OPEN, .flags = kAll}, {"name", "base\0"s, "file\0"s, "exe\0"s, "argv0"});
  EXPECT_TRUE(decode(whole));
  for (std::size_t size = 0; size + 8 <= whole.size(); ++size)
    EXPECT_FALSE(decode(std::span(whole).first(size))) << size << " bytes";
  EXPECT_FALSE(decode(encode({.kind = 0}, {})));
  EXPECT_FALSE(decode(encode({.kind = WN_SEARCH + 1}, {})));
}

TEST(EventAccess, JoinsTheNameToItsBaseWithoutTidyingIt) {
  const auto path = [](std::string name, std::optional<std::string> base) {
    Event event;
    event.kind = WN_STAT;
    event.name = std::move(name);
    event.base = std::move(base);
    return access_of(event)->path;
  };
  EXPECT_EQ(path("../b//c", "/a"), "/a/../b//c");
  EXPECT_EQ(path("b", "/"), "/b");
  EXPECT_EQ(path("/b", "/"), "/b");
  EXPECT_EQ(path("/b", "/jail"), "/jail/b");
}

TEST(EventAccess, WithoutABaseOnlyTheFileItselfIsKnown) {
  Event event;
  event.kind = WN_OPEN;
  event.name = "relative";
  ASSERT_TRUE(access_of(event)) << "it is not left out";
  EXPECT_EQ(access_of(event)->path, "relative");
  EXPECT_TRUE(access_of(event)->unresolved);
  event.file = "/where/it/led";
  ASSERT_TRUE(access_of(event));
  EXPECT_EQ(access_of(event)->path, "/where/it/led");
  EXPECT_EQ(access_of(event)->resolved, "/where/it/led");
  EXPECT_FALSE(access_of(event)->unresolved);
}

TEST(EventAccess, MarksAFileOfAnotherFileSystem) {
  Event event;
  event.kind = WN_OPEN;
  event.name = "/proc/stat";
  event.base = "/";
  event.root.device = 1;
  event.file_device = 2;
  EXPECT_FALSE(access_of(event)->other_mount) << "nothing was opened";
  event.file = "/proc/stat";
  EXPECT_TRUE(access_of(event)->other_mount);
  event.file_device = 1;
  EXPECT_FALSE(access_of(event)->other_mount);
}

TEST(EventAccess, ProcessesBelowProcAreNotToldApart) {
  const auto path = [](const std::string& name) {
    Event event;
    event.kind = WN_STAT;
    event.name = name;
    event.base = "/";
    return access_of(event)->path;
  };
  EXPECT_EQ(path("/proc/12/task/345/stat"), "/proc/[n]/task/[n]/stat");
  EXPECT_EQ(path("/proc/self/fd/3"), "/proc/self/fd/[n]");
  EXPECT_EQ(path("/proc/1x/12a"), "/proc/1x/12a");
  EXPECT_EQ(path("/proc"), "/proc");
  EXPECT_EQ(path("/proc/"), "/proc/");
  EXPECT_EQ(path("/proc//7/"), "/proc//[n]/");
  EXPECT_EQ(path("/srv/12"), "/srv/12");
}

TEST(EventAccess, AnExecOfADescriptorHasThePathOfItsFile) {
  Event event;
  event.kind = WN_EXEC;
  event.name = "/dev/fd/3";
  event.base = "/";
  EXPECT_FALSE(access_of(event));
  event.file = "/bin/tool";
  ASSERT_TRUE(access_of(event));
  EXPECT_EQ(access_of(event)->path, "/bin/tool");
  event.kind = WN_OPEN;
  EXPECT_EQ(access_of(event)->path, "/dev/fd/3") << "an open by that name is what it says";
}

}  // namespace
}  // namespace winnow::record
