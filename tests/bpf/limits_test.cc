// SPDX-License-Identifier: Apache-2.0
// What is sent, what is lost, and that a loss is told.
#include <fcntl.h>
#include <unistd.h>

#include "events.h"
#include "record/event.h"
#include "record/programs.h"
#include "workload.h"

namespace winnow::test {
namespace {

class Limits : public BpfTest {
 protected:
  // Another set of programs, with the sizes that a test needs.
  void reopen(RecorderOptions options) {
    options.backend = backend_under_test();
    recorder.reset();
    auto opened = Recorder::open(options);
    ASSERT_TRUE(opened) << opened.error().what;
    recorder.emplace(*std::move(opened));
    ASSERT_TRUE(recorder->add(group->cgroup()));
  }
};

TEST_F(Limits, AThousandOpensOfOneFileAreOneEvent) {
  (void)tree.file("file");
  auto programs = record::Programs::load(small());
  ASSERT_TRUE(programs) << programs.error().what;
  const std::uint64_t id = group->cgroup().id;
  wn_target target{};
  target.id = id;
  ASSERT_TRUE(programs->maps().watch(id, target));
  int events = 0;
  const auto count = [&](std::span<const std::byte> bytes) { events += record::decode(bytes) ? 1 : 0; };
  ASSERT_EQ(group->run([this] {
    for (int i = 0; i < 1000; ++i) ::close(::open(tree.at("file").c_str(), O_RDONLY));
  }),
            0);
  ASSERT_TRUE(programs->maps().drain(std::chrono::milliseconds(0), count));
  EXPECT_EQ(events, 1);
  ASSERT_EQ(group->run([this] {
    for (int i = 0; i < 1000; ++i) ::access(tree.at(std::to_string(i)).c_str(), F_OK);
  }),
            0);
  ASSERT_TRUE(programs->maps().drain(std::chrono::milliseconds(0), count));
  EXPECT_EQ(events, 1001) << "distinct names are not held back";
}

TEST_F(Limits, AFileThatReplacesAnotherUnderItsNameIsASightingOfItsOwn) {
  (void)tree.file("file");
  (void)tree.file("new");
  (void)tree.link("link", "file");
  const Lines lines = recorded([this] {
    ::open(tree.at("link").c_str(), O_RDONLY);
    ::unlink(tree.at("link").c_str());
    if (::symlink("new", tree.at("link").c_str()) != 0) ::_exit(1);
    ::open(tree.at("link").c_str(), O_RDONLY);
  });
  EXPECT_EQ(lines, (Lines{"dir ./link", "open ./link -> ./file", "open ./link -> ./new"}));
}

TEST_F(Limits, MoreNamesThanKeysLoseNothing) {
  ASSERT_NO_FATAL_FAILURE(reopen({.ring_bytes = std::size_t{8} << 20, .seen_keys = 256}));
  constexpr std::size_t kNames = 5000;
  ASSERT_EQ(group->run([this] {
    for (std::size_t i = 0; i < kNames; ++i) ::access(tree.at(std::to_string(i)).c_str(), F_OK);
  }),
            0);
  const AccessProfile seen = profile();
  EXPECT_EQ(seen.accesses.size(), kNames);
  EXPECT_TRUE(seen.partial_reasons().empty());
}

}  // namespace
}  // namespace winnow::test
