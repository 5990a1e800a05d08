// SPDX-License-Identifier: Apache-2.0
// What events tell of the container's own file system, by the places that they name.
#include "record/view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "events.h"
#include "unit/record/places.h"

namespace winnow::record {
namespace {

constexpr std::uint32_t kTmpfs = 30, kHome = 7, kBox = 8;
const Root kSandbox{.mount_namespace = kBox, .device = kTmpfs, .inode = 1};

Place own(const std::string& path) { return {.device = kOwnDevice, .path = path, .in_filesystem = path}; }

// A path of the container's file system below MOUNTED, as it is seen below POINT.
Place bound(const std::string& rest, const std::string& point, const std::string& mounted) {
  return {.device = kOwnDevice,
          .path = point + rest,
          .in_filesystem = mounted + rest,
          .mount_point = point,
          .mounted = mounted};
}

const Place kTmpfsRoot{.device = kTmpfs, .path = "/", .in_filesystem = "/"};

Event event(std::uint16_t kind, const Root& root, const std::string& name, std::optional<Place> base,
            std::optional<Place> file = std::nullopt) {
  return {.kind = kind, .root = root, .name = name, .base = std::move(base), .file = std::move(file)};
}

std::vector<std::string> told(View& view, const Event& event, const ReadMounts& read = gone) {
  std::vector<std::string> lines;
  for (const auto& [access, waits] : view.take(event, read))
    lines.push_back(fmt::format("{}{} {} -> {}{}",
                                waits               ? "waiting "
                                : access.unresolved ? "unresolved "
                                                    : "",
                                fmt::join(access.kinds.names(), ","), access.path, access.resolved,
                                access.other_mount ? " elsewhere" : ""));
  return lines;
}

using Lines = std::vector<std::string>;

TEST(ViewAccess, JoinsTheNameToItsBaseWithoutTidyingIt) {
  const auto path = [](const std::string& name, const std::string& base) {
    View view(kContainer);
    return view.take(event(WN_STAT, kContainer, name, own(base)), gone).at(0).access.path;
  };
  EXPECT_EQ(path("../b//c", "/a"), "/a/../b//c");
  EXPECT_EQ(path("b", "/"), "/b");
  EXPECT_EQ(path("/b", "/"), "/b");
  EXPECT_EQ(path("/b", "/jail"), "/jail/b");
}

TEST(ViewAccess, WithoutABaseOnlyTheFileItselfIsKnown) {
  View view(kContainer);
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "relative", {})), Lines{"unresolved open relative -> "});
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "relative", {}, own("/where/it/led"))),
            Lines{"open /where/it/led -> /where/it/led"});
}

TEST(ViewAccess, MarksAFileOfAnotherFileSystem) {
  View view(kContainer);
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/proc/stat", own("/"))), Lines{"open /proc/stat -> "});
  const Place stat{.device = 9, .path = "/proc/stat", .in_filesystem = "/stat", .mount_point = "/proc"};
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/proc/stat", own("/"), stat)),
            Lines{"open /proc/stat -> /proc/stat elsewhere"});
}

TEST(ViewAccess, ProcessesBelowProcAreNotToldApart) {
  const auto path = [](const std::string& name) {
    View view(kContainer);
    return view.take(event(WN_STAT, kContainer, name, own("/")), gone).at(0).access.path;
  };
  EXPECT_EQ(path("/proc/12/task/345/stat"), "/proc/[n]/task/[n]/stat");
  EXPECT_EQ(path("/proc/self/fd/3"), "/proc/self/fd/[n]");
  EXPECT_EQ(path("/proc/1x/12a"), "/proc/1x/12a");
  EXPECT_EQ(path("/proc"), "/proc");
  EXPECT_EQ(path("/proc/"), "/proc/");
  EXPECT_EQ(path("/proc//7/"), "/proc//[n]/");
  EXPECT_EQ(path("/srv/12"), "/srv/12");
}

TEST(ViewAccess, AnExecOfADescriptorHasThePathOfItsFile) {
  View view(kContainer);
  EXPECT_EQ(told(view, event(WN_EXEC, kContainer, "/dev/fd/3", own("/"))), Lines{});
  EXPECT_EQ(told(view, event(WN_EXEC, kContainer, "/dev/fd/3", own("/"), own("/bin/tool"))),
            Lines{"exec /bin/tool -> /bin/tool"});
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/dev/fd/3", own("/"), own("/bin/tool"))),
            Lines{"open /dev/fd/3 -> /bin/tool"})
      << "an open by that name is what it says";
}

TEST(ViewAccess, WhatARuntimeHoldsOfTheHostIsNoFileOfTheContainer) {
  View view(kContainer);
  Place host{.device = 1, .stray = true, .path = "/usr/sbin/runc", .in_filesystem = "/usr/sbin/runc"};
  Event opened = event(WN_OPEN, kContainer, "/etc/passwd", own("/"), own("/etc/passwd"));
  opened.exe = host;
  EXPECT_EQ(view.take(opened, gone).at(0).access.by, "(outside the container)");
  EXPECT_EQ(told(view, event(WN_LIST, kContainer, "", {}, host)), Lines{});
  EXPECT_EQ(told(view, event(WN_STAT, kContainer, "state.json", host)), Lines{});
}

TEST(ViewOfASandbox, NamesAreThoseOfTheContainer) {
  View view(kContainer);
  const Place usr = bound("/bin/dash", "/usr", "/usr");
  EXPECT_EQ(told(view, event(WN_OPEN, kSandbox, "/usr/bin/sh", kTmpfsRoot, usr)),
            Lines{"open /usr/bin/sh -> /usr/bin/dash"});
  EXPECT_EQ(told(view, event(WN_OPEN, kSandbox, "/bin/sh", kTmpfsRoot, usr)),
            Lines{"open /usr/bin/sh -> /usr/bin/dash"})
      << "by a link that the sandbox has";
  EXPECT_EQ(told(view, event(WN_MISS, kSandbox, "/usr/./lib//none", kTmpfsRoot)), Lines{"miss /usr/./lib//none -> "});
  EXPECT_EQ(told(view, event(WN_STAT, kSandbox, "share/doc", bound("", "/usr", "/usr"))),
            Lines{"stat /usr/share/doc -> "});
  const Place srv = bound("/a", "/srv", "/opt/v1");
  EXPECT_EQ(told(view, event(WN_OPEN, kSandbox, "/srv/a", kTmpfsRoot, srv)), Lines{"open /opt/v1/a -> /opt/v1/a"});
  EXPECT_EQ(told(view, event(WN_STAT, kSandbox, "/srv/x/../b", kTmpfsRoot)), Lines{"stat /opt/v1/b -> "});
}

TEST(ViewOfASandbox, WhatItHasFromElsewhereIsNotTheContainers) {
  View view(kContainer);
  const Place made{.device = kTmpfs, .path = "/etc/conf", .in_filesystem = "/etc/conf"};
  EXPECT_EQ(told(view, event(WN_OPEN, kSandbox, "/etc/conf", kTmpfsRoot, made)), Lines{});
  EXPECT_EQ(told(view, event(WN_LIST, kSandbox, "", {}, made)), Lines{});
  Event opened = event(WN_OPEN, kSandbox, "/usr/a", kTmpfsRoot, bound("/a", "/usr", "/usr"));
  opened.exe = Place{.device = kTmpfs, .path = "/bin/sh", .in_filesystem = "/bin/sh"};
  EXPECT_EQ(view.take(opened, gone).at(0).access.by, "(outside the container)");
}

TEST(ViewOfASandbox, ANameWaitsUntilItIsKnownWhatIsMountedThere) {
  View view(kContainer);
  EXPECT_EQ(told(view, event(WN_STAT, kSandbox, "/srv/a", kTmpfsRoot)), Lines{"waiting stat /srv/a -> "});
  EXPECT_EQ(view.locate(kBox, "/srv/a").whose, View::Whose::kUnknown);
  (void)told(view, event(WN_OPEN, kSandbox, "/srv/b", kTmpfsRoot, bound("/b", "/srv", "/opt/v1")));
  EXPECT_EQ(view.locate(kBox, "/srv/a").path, "/opt/v1/a");
  EXPECT_EQ(view.locate(kBox, "/srvx/a").whose, View::Whose::kUnknown);
}

TEST(ViewOfASandbox, ItsMountsAreReadOnceForEachChangeOfThem) {
  View view(kContainer);
  int reads = 0;
  const ReadMounts read = [&](std::uint32_t process, std::uint32_t inode) {
    EXPECT_EQ(process, 77U);
    EXPECT_EQ(inode, kBox);
    ++reads;
    return std::vector<Mount>{{.device = kTmpfs, .root = "/", .point = "/"},
                              {.device = kOwnDevice, .root = "/opt/v1", .point = "/srv"}};
  };
  Event stat = event(WN_STAT, kSandbox, "/srv/a", kTmpfsRoot);
  stat.process = 77;
  stat.mounts = 3;
  EXPECT_EQ(told(view, stat, read), Lines{"stat /opt/v1/a -> "});
  stat.name = "/etc/passwd";
  EXPECT_EQ(told(view, stat, read), Lines{}) << "it lies on the sandbox's own tmpfs";
  EXPECT_EQ(reads, 1);
  stat.mounts = 4;
  (void)told(view, stat, read);
  EXPECT_EQ(reads, 2);
}

TEST(ViewOfASandbox, MountsOfAProcessWithAnotherRootAreNotBelieved) {
  View view(kContainer);
  const ReadMounts read = [&](std::uint32_t, std::uint32_t) {
    return std::vector<Mount>{{.device = 99, .root = "/", .point = "/"}};
  };
  EXPECT_EQ(told(view, event(WN_STAT, kSandbox, "/etc/passwd", kTmpfsRoot), read),
            Lines{"waiting stat /etc/passwd -> "});
}

TEST(ViewOfBindMounts, NamesAreFollowedToWhatIsMounted) {
  View view(kContainer);
  const Place data = bound("/data", "/app/current", "/app/v2");
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/app/current/data", own("/"), data)),
            (Lines{"open /app/v2/data -> /app/v2/data", "stat /app/current -> "}));
  EXPECT_EQ(told(view, event(WN_MISS, kContainer, "/app/current/none", own("/"))), Lines{"miss /app/v2/none -> "});
  EXPECT_EQ(told(view, event(WN_STAT, kContainer, "/app/currently", own("/"))), Lines{"stat /app/currently -> "});
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/app/latest/alias", own("/"), data)),
            (Lines{"open /app/latest/alias -> /app/v2/data", "open /app/v2/alias -> /app/v2/data"}))
      << "through a link to the mount point: the name may be one of a link in it";
  const Place file = bound("", "/etc/conf", "/etc/conf.d/one");
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/etc/conf", own("/"), file)),
            (Lines{"open /etc/conf.d/one -> /etc/conf.d/one", "stat /etc/conf -> "}));
}

TEST(ViewOfBindMounts, AMountThatHasGoneWhenTheMountsAreReadIsFollowedAllTheSame) {
  View view(kContainer);
  const ReadMounts read = [](std::uint32_t, std::uint32_t) {
    return std::vector<Mount>{{.device = kOwnDevice, .root = "/", .point = "/"}};
  };
  EXPECT_EQ(
      told(view, event(WN_OPEN, kContainer, "/app/current/data", own("/"), bound("/data", "/app/current", "/app/v2")),
           read),
      (Lines{"open /app/v2/data -> /app/v2/data", "stat /app/current -> "}));
}

TEST(ViewOfBindMounts, ARootThatIsADirectoryOfAFileSystemHasOnlyWhatIsBelowIt) {
  View view({.mount_namespace = kHome, .device = kOwnDevice, .inode = 5, .path = "/srv/image"});
  const auto place = [](const std::string& path, const std::string& point, const std::string& mounted) {
    return Place{
        .device = kOwnDevice, .path = path, .in_filesystem = mounted + path, .mount_point = point, .mounted = mounted};
  };
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/etc/a", place("/", "/", "/srv/image"),
                             place("/etc/a", "/", "/srv/image"))),
            Lines{"open /etc/a -> /etc/a"});
  Place volume{.device = kOwnDevice,
               .path = "/data/a",
               .in_filesystem = "/srv/imagex/a",
               .mount_point = "/data",
               .mounted = "/srv/imagex"};
  EXPECT_EQ(told(view, event(WN_OPEN, kContainer, "/data/a", place("/", "/", "/srv/image"), volume)),
            Lines{"open /data/a -> /data/a elsewhere"});
}

}  // namespace
}  // namespace winnow::record
