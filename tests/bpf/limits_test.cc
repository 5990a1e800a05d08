// SPDX-License-Identifier: Apache-2.0
// What is sent, what is lost, and that a loss is told.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

#include "events.h"
#include "record/event.h"
#include "record/programs.h"
#include "winnow/base/file.h"
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
  ASSERT_TRUE(programs->maps().watch(id, target, wn_account{}));
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

TEST_F(Limits, WhatTheRecorderHadNoRoomForCountsAsLostWhileItRecords) {
  ASSERT_NO_FATAL_FAILURE(reopen({.seen_keys = 1u << 14, .max_paths = 2}));
  ASSERT_EQ(group->run([this] {
    for (int i = 0; i < 5; ++i) ::access(tree.at(std::to_string(i)).c_str(), F_OK);
  }),
            0);
  ASSERT_TRUE(recorder->poll(std::chrono::milliseconds(0)));
  EXPECT_EQ(recorder->progress().lost, 3U);
  EXPECT_EQ(profile().runs.at(0).lost.paths_full, 3U);
}

TEST_F(Limits, ALossThatIsNobodysIsCountedOnceHoweverManyAreRecorded) {
  RecorderOptions options = small();
  options.session = "winnow-test-limits-" + std::to_string(::getpid());
  ASSERT_NO_FATAL_FAILURE(reopen(options));
  const TestCgroup other;
  ASSERT_TRUE(recorder->add(other.cgroup()));
  const Fd accounts(::bpf_obj_get(("/sys/fs/bpf/winnow-" + options.session + "/map-accounts").c_str()));
  ASSERT_TRUE(accounts.valid());
  const std::uint64_t nobody = 0;
  wn_account account{};
  account.lost[WN_LOST_TARGETS_FULL] = 4;
  ASSERT_EQ(::bpf_map_update_elem(accounts.get(), &nobody, &account, BPF_ANY), 0);
  std::uint64_t lost = recorder->progress().lost;
  EXPECT_EQ(lost, 4U);
  for (const Cgroup& one : recorder->targets()) lost -= recorder->collect(one.id)->runs.at(0).lost.targets_full;
  EXPECT_EQ(lost, 0U);
  ASSERT_TRUE(recorder->end_session());
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
