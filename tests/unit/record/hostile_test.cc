// SPDX-License-Identifier: Apache-2.0
// Events and saved targets that are not what the recorder's own programs write: refused, or bounded and well-formed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "events.h"
#include "record/event.h"
#include "record/target.h"
#include "support/event_bytes.h"
#include "unit/record/places.h"
#include "winnow/base/error.h"

namespace winnow::record {
namespace {

using namespace std::string_literals;
using test::encode;
using test::kAll;
using ::testing::StartsWith;

std::vector<std::byte> whole_event() {
  return encode({.kind = WN_OPEN, .flags = kAll}, {.name = "name",
                                                   .base = {"base\0"s, "at\0"s, "from\0"s},
                                                   .file = {"file\0"s, "mount\0"s, "dir\0"s},
                                                   .exe = {"exe\0"s, "bin\0"s, "usr\0"s},
                                                   .argv0 = "argv0",
                                                   .root = "root\0"s});
}

// The event with its header as CHANGE leaves it; what follows stays as long as it was.
template <class Change>
std::vector<std::byte> with_header(std::vector<std::byte> bytes, const Change& change) {
  wn_event header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  change(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

std::vector<unsigned short*> lengths_of(wn_event& header) {
  std::vector<unsigned short*> all = {&header.name_len, &header.root_len, &header.argv0_len};
  for (wn_place* place : {&header.base, &header.file, &header.exe}) {
    all.insert(all.end(), {&place->within, &place->above, &place->below});
  }
  return all;
}

TEST(HostileEvent, WithALengthBeyondItsEndIsRefused) {
  ASSERT_TRUE(decode(whole_event()));
  for (std::size_t at = 0; at < 12; ++at) {
    for (const unsigned length : {60U, 1000U, 0x7fffU, 0xffffU}) {
      const auto lying = with_header(
          whole_event(), [&](wn_event& header) { *lengths_of(header)[at] = static_cast<unsigned short>(length); });
      EXPECT_FALSE(decode(lying)) << "length " << at << " is " << length;
    }
  }
  EXPECT_FALSE(decode(with_header(whole_event(), [](wn_event& header) {
    for (unsigned short* length : lengths_of(header)) *length = 0xffff;
  }))) << "their sum is more than 16 bits hold";
}

TEST(HostileEvent, WithLengthsThatMoveABorderHasAbsolutePathsAllTheSame) {
  for (std::size_t at = 0; at < 12; ++at) {
    const auto moved = with_header(whole_event(), [&](wn_event& header) {
      const auto lengths = lengths_of(header);
      if (*lengths[at] == 0) return;
      --*lengths[at];
      ++*lengths[(at + 1) % lengths.size()];
    });
    const auto event = decode(moved);
    ASSERT_TRUE(event) << at;
    for (const auto* place : {&event->base, &event->file, &event->exe}) {
      ASSERT_TRUE(*place);
      for (const std::string& path : {(*place)->path, (*place)->in_filesystem, (*place)->mount_point}) {
        EXPECT_THAT(path, StartsWith("/")) << at;
      }
    }
  }
}

TEST(HostileEvent, OfAnyBytesIsRefusedOrNoLongerThanTheyAre) {
  std::mt19937 random(11);
  std::size_t decoded = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = whole_event();
    for (std::size_t changes = 1 + random() % 4; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random() & 0xff);
    }
    const auto event = decode(bytes);
    if (!event) continue;
    ++decoded;
    EXPECT_LE(event->name.size() + event->argv0.size() + event->root.path.size(), bytes.size());
    EXPECT_THAT(event->root.path, StartsWith("/"));
    for (const auto* place : {&event->base, &event->file, &event->exe}) {
      if (*place) {
        EXPECT_LE((*place)->path.size(), bytes.size());
        EXPECT_THAT((*place)->in_filesystem, StartsWith("/"));
      }
    }
  }
  EXPECT_GT(decoded, 1000U) << "some are events still";
}

TEST(HostileEvent, HasNothingOfAPlaceThatItsFlagsDeny) {
  const auto event = decode(with_header(whole_event(), [](wn_event& header) { header.flags = WN_HAS_FILE; }));
  ASSERT_TRUE(event);
  EXPECT_FALSE(event->base);
  EXPECT_FALSE(event->exe);
  EXPECT_EQ(event->file->path, "/mount/file") << "its bytes are found behind the others'";
  EXPECT_EQ(event->argv0, "argv0");
  EXPECT_EQ(event->root.path, "/root");
}

TEST(HostileEvent, WithEmptyComponentsHasThemLeftOut) {
  const auto event = decode(encode({.kind = WN_OPEN, .flags = WN_HAS_FILE | WN_HAS_BASE},
                                   {.name = "", .base = {"\0\0\0"s}, .file = {"x\0\0d\0"s, "/\0"s, "\0"s}}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->base->path, "/");
  EXPECT_EQ(event->file->path, "/d/x");
  EXPECT_EQ(event->file->mount_point, "/");
  EXPECT_EQ(event->file->mounted, "/");
}

Event opened(const std::string& path) {
  return {.kind = WN_OPEN, .root = kContainer, .name = path, .base = at("/", kContainer), .file = at(path, kContainer)};
}

// A target that has something of everything a text can hold.
Target full_target() {
  Target target({.path = "/docker/x", .id = 77}, 1000, kHost, Origin::kAdopted, 100);
  target.take(opened("/etc/passwd"));
  target.take({.time_ns = 5, .visit = 8, .kind = WN_ENTERED, .name = "cat\0probe\0"s});
  target.take({.kind = WN_STAT, .root = kInner, .name = "/waiting", .base = at("/", kInner)});
  target.take(Held{.root = kContainer,
                   .places = {at("/held", kContainer)},
                   .mounts = {{.device = 20, .root = "/", .point = "/"}, {.device = 9, .root = "/", .point = "/proc"}},
                   .unreadable = 3},
              WN_WORKLOAD);
  target.end(9000);
  return target;
}

TEST(SavedTarget, ThatIsCutShortIsRefused) {
  const std::string text = full_target().save();
  ASSERT_TRUE(Target::restore(text, 100));
  for (std::size_t size = 0; size < text.size(); size += 7) {
    const auto cut = Target::restore(std::string_view(text).substr(0, size), 100);
    ASSERT_FALSE(cut) << size;
    EXPECT_THAT(cut.error().what, StartsWith("not a saved target: "));
  }
  EXPECT_FALSE(Target::restore(text + "}", 100));
  EXPECT_FALSE(Target::restore(std::string(100'000, '['), 100));
}

TEST(SavedTarget, WithAValueOfAnotherKindAnywhereIsRefused) {
  const auto json = nlohmann::json::parse(full_target().save());
  const auto flat = json.flatten();
  std::size_t leaves = 0;
  for (const auto& [pointer, value] : flat.items()) {
    ++leaves;
    for (const nlohmann::json& wrong : {nlohmann::json(-1), nlohmann::json(0.5)}) {
      auto changed = json;
      changed[nlohmann::json::json_pointer(pointer)] = wrong;
      EXPECT_FALSE(Target::restore(changed.dump(), 100)) << pointer << " is " << wrong;
    }
  }
  EXPECT_GT(leaves, 40U);
}

TEST(SavedTarget, WithoutOneOfItsMembersIsRefused) {
  const auto json = nlohmann::json::parse(full_target().save());
  for (const auto& [name, value] : json.items()) {
    auto changed = json;
    changed.erase(name);
    EXPECT_FALSE(Target::restore(changed.dump(), 100)) << name;
  }
}

TEST(SavedTarget, WithANumberOrAPathThatCannotBeIsRefused) {
  const auto json = nlohmann::json::parse(full_target().save());
  const std::pair<const char*, nlohmann::json> kWrong[] = {
      {"/origin", 3},
      {"/origin", 258},
      {"/home/0", std::uint64_t{1} << 32},
      {"/home/1", std::uint64_t{1} << 32},
      {"/home/3", "/a\\xz"},
      {"/path", "/a\\"},
      {"/at_home/root/1", std::uint64_t{1} << 32},
      {"/inside/accesses/0/profile", "{}"},
      {"/inside/waiting/0/namespace", std::uint64_t{1} << 32},
      {"/entries/0/command/0", "\\q"},
  };
  for (const auto& [pointer, value] : kWrong) {
    auto changed = json;
    changed.at(nlohmann::json::json_pointer(pointer)) = value;
    EXPECT_FALSE(Target::restore(changed.dump(), 100)) << pointer << " is " << value;
  }
}

TEST(SavedTarget, GoesOnWithinTheSameBound) {
  const std::string text = full_target().save();
  auto full = Target::restore(text, 3);
  ASSERT_TRUE(full) << full.error().what;
  EXPECT_EQ(full->paths(), 3U);
  EXPECT_FALSE(full->take(opened("/new")));
  EXPECT_EQ(full->lost().paths_full, 1U);
  EXPECT_EQ(full->lost().unreadable, 3U);
  auto roomy = Target::restore(text, 4);
  ASSERT_TRUE(roomy) << roomy.error().what;
  EXPECT_FALSE(roomy->take(opened("/etc/passwd"))) << "it is known";
  EXPECT_TRUE(roomy->take(opened("/new")));
  EXPECT_EQ(roomy->lost().paths_full, 0U);
}

}  // namespace
}  // namespace winnow::record
