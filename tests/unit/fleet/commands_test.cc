// SPDX-License-Identifier: Apache-2.0
// The command lines of a node and of its store: what is there, and one line about each mistake.
#include "winnow/fleet/commands.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "fleet/store_options.h"
#include "support/in_child.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using winnow::test::in_child;
using winnow::test::Ran;
using winnow::test::TemporaryDirectory;

Ran node_with(std::vector<std::string> words, const TemporaryDirectory& place = TemporaryDirectory()) {
  return in_child(place, [&] {
    return winnow::test::with_words(std::move(words), [](int argc, char** argv) {
      CommandLine line;
      const auto add = [&](CLI::App& app) {
        add_agent(app, line);
        add_fetch(app, line);
      };
      return run_program(argc, argv, {"test", add}, line);
    });
  });
}

// That WORDS are refused with CODE in one line, which is returned.
std::string refused(const std::vector<std::string>& words, int code = kUsage) {
  const Ran ran = node_with(words);
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
  return ran.err;
}

TEST(FleetCommands, AreThereAndNoOthers) {
  EXPECT_THAT(node_with({"--help"}).out,
              AllOf(HasSubstr("\n  agent "), HasSubstr("\n  fetch "), Not(HasSubstr("slim"))));
  EXPECT_THAT(node_with({"--version"}).out, HasSubstr(std::string(version())));
  EXPECT_THAT(refused({"slim", "app"}), HasSubstr("no command winnow slim"));
  EXPECT_THAT(refused({"agnet"}), HasSubstr("did you mean agent?"));
  EXPECT_THAT(refused({"agent", "--intervall", "5"}), HasSubstr("did you mean --interval?"));
}

TEST(FleetCommands, RefuseWordsThatSayNothing) {
  EXPECT_THAT(refused({"fetch", "--store", "dir:."}), HasSubstr("fetch --list"));
  EXPECT_THAT(refused({"fetch", "app", "--store", "dir:.", "--since", "5"}), HasSubstr("write 90s, 15m, 24h or 7d"));
  EXPECT_THAT(refused({"fetch", "app", "--store", "nfs:x"}), HasSubstr("nfs:x"));
  EXPECT_THAT(refused({"fetch", "app", "--store", "dir:.", "-l", "a=b=("}), HasSubstr("a=b=("));
  EXPECT_THAT(refused({"agent", "--interval", "nan"}), HasSubstr("--interval"));
  EXPECT_THAT(refused({"agent", "--interval", "0"}), HasSubstr("--interval"));
  EXPECT_THAT(refused({"agent", "--compact", "--ttl", "inf"}), HasSubstr("--ttl"));
  EXPECT_THAT(refused({"agent", "--compact", "--idle", "now", "--store", "dir:."}), HasSubstr("not a time: now"));
  EXPECT_THAT(refused({"agent", "--runtime", "contanerd", "--store", "dir:."}), HasSubstr("contanerd"));
}

TEST(FleetCommands, ReadAStoreThatIsEmpty) {
  const TemporaryDirectory place;
  EXPECT_THAT(node_with({"fetch", "app:1", "--store", "dir:.", "-o", "p.json"}, place).err, HasSubstr("app:1"));
  EXPECT_FALSE(read_file(place / "p.json")) << "nothing was written";
  const Ran list = node_with({"--json", "fetch", "--list", "--store", "dir:."}, place);
  EXPECT_EQ(list.code, kDone) << list.err;
  EXPECT_EQ(list.out, "[]\n");
  const Ran tidied = node_with({"agent", "--compact", "--store", "dir:."}, place);
  EXPECT_EQ(tidied.code, kDone) << tidied.err;
  EXPECT_THAT(tidied.err, HasSubstr("united 0 profiles"));
}

TEST(DurationOf, HasAUnitAndABound) {
  using std::chrono::milliseconds;
  EXPECT_EQ(duration_of("90s").value(), milliseconds(90'000));
  EXPECT_EQ(duration_of("15m").value(), milliseconds(900'000));
  EXPECT_EQ(duration_of("24h").value(), milliseconds(86'400'000));
  EXPECT_EQ(duration_of("7d").value(), milliseconds(604'800'000));
  EXPECT_EQ(duration_of("0s").value(), milliseconds(0));
  for (const char* odd : {"", "5", "s", "-1s", "5 s", "5w", "1.5h", "9999999999s", "99999999999999999999s"})
    EXPECT_FALSE(duration_of(odd)) << odd;
}

}  // namespace
}  // namespace winnow::cli
