// SPDX-License-Identifier: Apache-2.0
// Comparing what a test prints: the same bytes, but for what two runs on the source image print differently.
#include "winnow/verify/output.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/verify/verifying.h"
#include "verify/lines.h"
#include "verify/moved.h"
#include "winnow/verify/report.h"

namespace winnow {
namespace {

using std::string_literals::operator""s;

// Whether the slim image's output passes.
bool same(std::string_view source, std::string_view again, std::string_view slim) {
  const auto result = compare_output("stdout", source, again, slim);
  EXPECT_FALSE(result.given_up);
  return !result.difference;
}

TEST(Output, OfTheSameBytesIsTheSame) {
  for (const std::string& text : {""s, "a"s, "a\n"s, "a\nb\n"s, "\0\xff\n\n"s}) {
    EXPECT_TRUE(same(text, text, text));
    EXPECT_FALSE(same(text, text, text + "x"));
    EXPECT_FALSE(same(text, text, "x" + text));
    EXPECT_FALSE(same(text, text, text + "\n"));
    EXPECT_TRUE(text.empty() || !same(text, text, text.substr(1)));
  }
}

TEST(Output, ReportsTheFirstLineThatDiffers) {
  const auto result = compare_output("stderr", "one\ntwo\nthree\n", "one\ntwo\nthree\n", "one\n2\n3\n");
  EXPECT_EQ(result.stream, "stderr");
  EXPECT_EQ(result.lines, 3U);
  ASSERT_TRUE(result.difference);
  EXPECT_EQ(result.difference->line, 2U);
  EXPECT_EQ(result.difference->expected, "two");
  EXPECT_EQ(result.difference->got, "2");
}

TEST(Output, ThatEndsEarlyOrGoesOnDiffers) {
  const auto early = compare_output("stdout", "one\ntwo\n", "one\ntwo\n", "one\n");
  ASSERT_TRUE(early.difference);
  EXPECT_EQ(early.difference->line, 2U);
  EXPECT_EQ(early.difference->expected, "two");
  EXPECT_FALSE(early.difference->got);
  const auto late = compare_output("stdout", "one\n", "one\n", "one\ntwo\n");
  ASSERT_TRUE(late.difference);
  EXPECT_EQ(late.difference->line, 2U);
  EXPECT_FALSE(late.difference->expected);
  EXPECT_EQ(late.difference->got, "two");
}

TEST(Output, ThatLacksOnlyTheLastLineBreakShowsIt) {
  const auto result = compare_output("stdout", "one\n", "one\n", "one");
  ASSERT_TRUE(result.difference);
  EXPECT_EQ(result.difference->expected, "one\n");
  EXPECT_EQ(result.difference->got, "one");
}

TEST(Output, MayDifferInTheWordsInWhichTheSourceDiffers) {
  const char* one = "start\n12:00:01 pid 77 served /a\nend\n";
  const char* other = "start\n12:00:02 pid 91 served /a\nend\n";
  EXPECT_TRUE(same(one, other, "start\n12:00:59 pid 100123 served /a\nend\n"));
  EXPECT_FALSE(same(one, other, "start\n12:00:59 pid 100123 served /b\nend\n"));
  EXPECT_FALSE(same(one, other, "start\n12:00:59 pid 100123 served /a\nend!\n"));
  EXPECT_EQ(compare_output("stdout", one, other, one).varying, 1U);
}

TEST(Output, MayHaveAnotherTimeWhereTheSourceHasOneWhateverHourOrDayItIs) {
  const auto differs_only_in_time = [](const std::string& one, const std::string& other, const std::string& later) {
    const std::string rest = " served /a\n";
    EXPECT_FALSE(same(one + rest, other + rest, later + " served /b\n")) << one;
    EXPECT_FALSE(same(one + rest, one + rest, later + rest)) << one << " was the same in both runs";
    return same(one + rest, other + rest, later + rest);
  };
  EXPECT_TRUE(differs_only_in_time("12:00:01", "12:00:02", "13:47:59"));
  EXPECT_TRUE(differs_only_in_time("2026-11-28 23:59:30.272 UTC [7]", "2026-11-28 23:59:41.1 UTC [7]",
                                   "2026-11-29 00:00:02.003 UTC [7]"));
  EXPECT_TRUE(differs_only_in_time("[2026-11-28T18:01:30Z]", "[2026-11-28T18:01:31Z]", "[2027-01-01T00:00:00Z]"));
  EXPECT_TRUE(differs_only_in_time("2026-11-28 18:01:30,272", "2026-11-28 18:01:31,001", "2026-11-28 19:02:31,5"));
  EXPECT_TRUE(differs_only_in_time("a - [28/Nov/2026:18:01:30 +0000]", "a - [28/Nov/2026:18:01:31 +0000]",
                                   "a - [1/Dec/2026:00:10:31 +0000]"));
  EXPECT_TRUE(differs_only_in_time("Nov 28 18:01:30 host", "Nov 28 18:01:59 host", "Dec  1 00:00:00 host"));
  EXPECT_TRUE(differs_only_in_time("Date: Sat, 28 Nov 2026 18:01:30 GMT", "Date: Sat, 28 Nov 2026 18:01:31 GMT",
                                   "Date: Sun, 29 Nov 2026 00:01:31 GMT"));
  EXPECT_TRUE(differs_only_in_time(
      "2026/11/28 18:01:30 [notice] 1#1:", "2026/11/28 18:01:31 [notice] 1#1:", "2026/12/01 08:11:30 [notice] 1#1:"));
  EXPECT_TRUE(differs_only_in_time("took 0.012s,", "took 0.015s,", "took 1.002s,"));
  // What looks like a time and is none.
  EXPECT_FALSE(differs_only_in_time("12:34:56:78:9a:01", "12:34:56:78:9a:02", "12:34:57:78:9a:03"));
  EXPECT_FALSE(differs_only_in_time("d:dd:dd d:1", "d:dd:dd d:2", "d:dd:de d:3"));
  EXPECT_FALSE(differs_only_in_time("dd:dd:d1", "dd:dd:d2", "dd:de:d3"));
  EXPECT_FALSE(differs_only_in_time("10.0.0.1:5432", "10.0.0.2:5432", "10.1.0.3:5432"));
  EXPECT_FALSE(differs_only_in_time("v1.2.3", "v1.2.4", "v1.3.5"));
  EXPECT_FALSE(differs_only_in_time("main.c:10:1", "main.c:10:2", "main.c:11:2"));
  EXPECT_FALSE(differs_only_in_time("2026-11-28 build 1", "2026-11-28 build 2", "2026-11-29 build 3"));
}

TEST(Output, MayHaveOtherMeasurementsWhereOneOfThemDiffers) {
  const char* one = "checkpoint 7: wrote 129 buffers (0.8%); write=0.026 s, sync=0.027 s; files=79\n";
  const char* other = "checkpoint 7: wrote 129 buffers (0.8%); write=0.015 s, sync=0.027 s; files=79\n";
  EXPECT_TRUE(same(one, other, "checkpoint 7: wrote 129 buffers (0.8%); write=1.1 s, sync=0.020 s; files=79\n"));
  EXPECT_FALSE(same(one, other, "checkpoint 7: wrote 130 buffers (0.8%); write=1.1 s, sync=0.020 s; files=79\n"));
  EXPECT_FALSE(same(one, other, "checkpoint 8: wrote 129 buffers (0.8%); write=1.1 s, sync=0.020 s; files=79\n"));
  EXPECT_FALSE(same("pid 7 of 15.20\n", "pid 8 of 15.20\n", "pid 9 of 15.21\n")) << "none of them was measured";
}

TEST(Output, MayDifferWhereOneRunHasMoreLines) {
  const char* one = "start\nwaiting\nend\n";
  const char* other = "start\nwaiting\nwaiting\nwaiting\nend\n";
  EXPECT_TRUE(same(one, other, "start\nwaiting\nwaiting\nend\n"));
  EXPECT_TRUE(same(one, other, "start\nwaiting\nwaiting\nwaiting\nwaiting\nend\n"));
  EXPECT_FALSE(same(one, other, "start\nwaiting\n(nothing)\nend\n"));
  EXPECT_FALSE(same(one, other, "start\nend\n"));
  EXPECT_FALSE(same(one, other, "start\nwaiting\n"));
  EXPECT_FALSE(same(one, other, "waiting\nend\n"));
}

TEST(Output, MayRepeatWhatWaitsAsOftenAsItHasTo) {
  const auto waits = [](int db, int cache, const std::string& end = "up\n") {
    std::string text;
    for (int at = 0; at < db; ++at) text += "waiting for db\n";
    text += "db up\n";
    for (int at = 0; at < cache; ++at) text += "waiting for cache\n";
    return text + "cache up\n" + end;
  };
  EXPECT_TRUE(same(waits(2, 3), waits(4, 5), waits(1, 1)));
  EXPECT_TRUE(same(waits(2, 3), waits(4, 3), waits(3, 9))) << "as often by chance";
  EXPECT_FALSE(same(waits(2, 3), waits(4, 5), waits(1, 0)));
  EXPECT_FALSE(same(waits(2, 3), waits(4, 5), waits(3, 3, "down\n")));
  EXPECT_FALSE(same(waits(2, 3), waits(2, 3), waits(2, 4))) << "it did not vary";
  // With a token in the line behind it.
  const auto session = [&](int times, const std::string& token, int links) {
    return waits(times, times, "session " + token + " links " + std::to_string(links) + "\n");
  };
  EXPECT_TRUE(same(session(2, "q83vEjRWeJCrze8S+0VniQkA", 2), session(3, "Zk9/xYpQ2mLw8vTnB4sRcHdJ", 2),
                   session(5, "A1b2C3d4E5f6G7h8I9j0KLmn", 2)));
  EXPECT_FALSE(same(session(2, "q83vEjRWeJCrze8S+0VniQkA", 2), session(3, "Zk9/xYpQ2mLw8vTnB4sRcHdJ", 2),
                    session(5, "A1b2C3d4E5f6G7h8I9j0KLmn", 1)));
}

TEST(Output, OfSeveralAtOnceHasTheSameLinesInAnyOrder) {
  const char* one = "begin\nCC a.o\nCC b.o\nCC c.o\nCC d.o\nLD app\n";
  const char* other = "begin\nCC c.o\nCC a.o\nCC d.o\nCC b.o\nLD app\n";
  EXPECT_TRUE(same(one, other, "begin\nCC d.o\nCC c.o\nCC b.o\nCC a.o\nLD app\n"));
  EXPECT_FALSE(same(one, other, "begin\nCC d.o\nCC c.o\nCC b.o\nLD app\n"));
  EXPECT_FALSE(same(one, other, "begin\nCC d.o\nCC c.o\nCC b.o\nCC x.o\nLD app\n"));
  EXPECT_FALSE(same(one, other, "CC d.o\nCC c.o\nCC b.o\nCC a.o\nbegin\nLD app\n"));
  EXPECT_TRUE(same("a step 1\nw step 1\na step 2\nw step 2\n", "a step 1\na step 2\nw step 1\nw step 2\n",
                   "w step 1\na step 1\nw step 2\na step 2\n"))
      << "the same was first twice, by chance";
  // What else is in a line that moves is compared word by word.
  const auto workers = [](const std::string& first, const std::string& second) { return first + second; };
  const std::string a = "w1 took 5 ms, links 2\n", b = "w2 took 7 ms, links 4\n";
  EXPECT_TRUE(same(workers(a, b), workers("w2 took 6 ms, links 4\n", "w1 took 9 ms, links 2\n"),
                   workers("w2 took 1 ms, links 4\n", "w1 took 1 ms, links 2\n")));
  EXPECT_FALSE(same(workers(a, b), workers("w2 took 6 ms, links 4\n", "w1 took 9 ms, links 2\n"),
                    workers("w2 took 1 ms, connections 4\n", "w1 took 1 ms, links 2\n")));
}

TEST(Output, HasInAPlaceThatVariesWhatIsLikeBothRuns) {
  // A measured number stays one.
  EXPECT_TRUE(same("ok  \tpkg\t0.3290s\n", "ok  \tpkg\t0.5967s\n", "ok  \tpkg\t1.2s\n"));
  EXPECT_FALSE(same("ok  \tpkg\t0.3290s\n", "ok  \tpkg\t0.5967s\n", "ok  \tpkg\t0.4s [no tests to run]\n"));
  EXPECT_TRUE(same("time 0.5955 s\n", "time 0.1 s\n", "time 77 s\n"));
  EXPECT_FALSE(same("time 0.5955 s\n", "time 0.1 s\n", "time unknown s\n"));
  EXPECT_FALSE(same("time 0.5955 s\n", "time 0.1 s\n", "time  s\n"));
  EXPECT_FALSE(same("time 0.5955 s\n", "time 0.1 s\n", "time 1 (clock source missing) s\n"));
  EXPECT_FALSE(same("at 12:00:01 up\n", "at 12:00:02 up\n", "at 12:00 up\n")) << "a moment stays one";
  EXPECT_TRUE(same("in /tmp/tmp.AbCdEf\n", "in /tmp/tmp.gHiJkL\n", "in /tmp/tmp.QqQqQq\n"));
  EXPECT_FALSE(same("in /tmp/tmp.AbCdEf\n", "in /tmp/tmp.gHiJkL\n", "in /tmp/tmp.Qq QqQq\n"));
  // A number with other decimals than the measured one is not measured.
  EXPECT_FALSE(
      same("format 1.2, opened in 0.1234 s\n", "format 1.2, opened in 0.2345 s\n", "format 1.1, opened in 0.2345 s\n"));
  // Its unit may be another one.
  EXPECT_TRUE(same("step 161.1 us\n", "step 163.2 us\n", "step 3.70 ms\n"));
  EXPECT_FALSE(same("step 161.1 us\n", "step 163.2 us\n", "step 3.70 times\n"));
  // Columns move.
  EXPECT_TRUE(same("a   5 x\n", "a  12 x\n", "a 112 x\n"));
  EXPECT_FALSE(same("a   5 x\n", "a  12 x\n", "a 112 y\n"));
  // What stands behind it may have the same beginning.
  EXPECT_TRUE(same("id=a1-b end-b\n", "id=c2-b end-b\n", "id=d3-b end-b\n"));
  EXPECT_TRUE(same("x=1.5:2\n", "x=2.7:2\n", "x=1:2:2\n"));
}

TEST(Output, OfMeasurementsHasNoneThatWasThereTwiceByChance) {
  std::string one, other, slim;
  for (int i = 0; i < 200; ++i) {
    one += "tick 0." + std::to_string(100 + i * 37 % 200) + "\n";
    other += "tick 0." + std::to_string(260 + i * 91 % 200) + "\n";
    slim += "tick 0." + std::to_string(600 + i) + "\n";
  }
  other += "tick 0.9\n";
  EXPECT_TRUE(same(one, other, slim));
  EXPECT_FALSE(same(one, other, slim + "tock 0.9\n"));
}

TEST(Output, KeepsWhatStandsBesideAToken) {
  const auto json = [](const std::string& token, int links) {
    return "{\"token\":\"" + token + "\",\"links\":" + std::to_string(links) + "}\n";
  };
  const std::string one = "q83v/jRWeJCrze8S+0VniQkA",
                    other = "Zk9xYpQ2mLw8vTnB4sRcHdJ=", third = "A1b2C3d4E5f6G7h8I9j0KLmn";
  EXPECT_TRUE(same(json(one, 2), json(other, 2), json(third, 2)));
  EXPECT_FALSE(same(json(one, 2), json(other, 2), json(third, 1)));
  EXPECT_FALSE(same(json(one, 2), json(other, 2), "{\"token\":null,\"links\":2 }\n"));
  // What parts it into words is a part of it.
  EXPECT_TRUE(same("s=q83v+jRWeJCrze8SaVniQkA\n", "s=Zk9x+pQ2mLw8vTnB4sRcHdJ\n", "s=A1b2C3d4E5f6G7h8I9j0KLmn\n"));
  // Names are no tokens: a path that differs has to be the same in what is not different.
  EXPECT_FALSE(same("/usr/share/X11/README/LICENSE-2/a1\n", "/usr/share/X11/README/LICENSE-2/a2\n",
                    "/usr/share/X11/README/LICENCE-2/a3\n"));
  // What parts the words of a field may differ in number.
  EXPECT_TRUE(same("{\"n\":-12,\"links\":2}\n", "{\"n\":7,\"links\":2}\n", "{\"n\":-3,\"links\":2}\n"));
  EXPECT_FALSE(same("{\"n\":-12,\"links\":2}\n", "{\"n\":7,\"links\":2}\n", "{\"n\":-3,\"links\":1}\n"));
}

TEST(Output, OfLinesThatAllHaveATimeIsStillCompared) {
  std::string one, other, slim;
  for (int i = 0; i < 5000; ++i) {
    one += "t=" + std::to_string(1000 + i) + " item " + (i % 3 == 0 ? "fizz" : "other") + "\n";
    other += "t=" + std::to_string(7000 + i) + " item " + (i % 3 == 0 ? "fizz" : "other") + "\n";
    slim += "t=" + std::to_string(90000 + i) + " item " + (i % 3 == 0 ? "fizz" : "other") + "\n";
  }
  EXPECT_TRUE(same(one, other, slim));
  slim.replace(slim.rfind("fizz"), 4, "buzz");
  EXPECT_FALSE(same(one, other, slim));
}

TEST(Output, IsComparedFieldByFieldInLinesOfMoreOrFewerWords) {
  const char* one = "token=ab+c/d links=2 session=x/y+z+w\n";
  const char* other = "token=abcd/e links=2 session=q\n";
  EXPECT_TRUE(same(one, other, "token=kk links=2 session=a+b+c+d+e\n"));
  EXPECT_FALSE(same(one, other, "token=kk links=1 session=a+b+c+d+e\n"));
  EXPECT_FALSE(same(one, other, "token=kk session=a+b+c+d+e\n"));
  // A field that only one of the runs has.
  EXPECT_TRUE(same("read 5 files in 1 s\n", "read 5 files\n", "read 5 files in less than 2 s\n"));
  EXPECT_FALSE(same("read 5 files in 1 s\n", "read 5 files\n", "read 4 files in 1 s\n"));
  EXPECT_TRUE(same("open fds: 3 5 7\n", "open fds: 3 4 5 8\n", "open fds: 3 9\n"));
  EXPECT_TRUE(same("took 1m 2s.\n", "took 59s.\n", "took 2m 1s.\n"));
  EXPECT_FALSE(same("took 1m 2s.\n", "took 59s.\n", "failed after 2m 1s.\n"));
}

TEST(Output, HasTheLinesThatMoveInAnyOrder) {
  const char* one = "start\nlinks 2\nother\nend\n";
  const char* other = "start\nother\nlinks 2\nend\n";
  EXPECT_TRUE(same(one, other, one));
  EXPECT_TRUE(same(one, other, other));
  EXPECT_FALSE(same(one, other, "start\nlinks 1\nother\nend\n"));
  EXPECT_FALSE(same(one, other, "start\nother\nend\n"));
  EXPECT_FALSE(same(one, other, "start\nlinks 2\nend\n"));
  EXPECT_FALSE(same(one, other, "start\nlinks 2\nother\nnew\nend\n"));
  const auto gone = compare_output("stdout", one, other, "start\nother\nend\n");
  ASSERT_TRUE(gone.difference);
  EXPECT_EQ(gone.difference->line, 2U);
  EXPECT_EQ(gone.difference->expected, "links 2");
  // Across a line that stays.
  EXPECT_TRUE(same("a\nx\nb\n", "b\nx\na\n", "b\nx\na\n"));
  EXPECT_FALSE(same("a\nx\nb\n", "b\nx\na\n", "b\nx\nc\n"));
  // With a number that varies.
  EXPECT_TRUE(same("a took 1\nb took 2\n", "b took 5\na took 6\n", "a took 9\nb took 9\n"));
  EXPECT_FALSE(same("a took 1\nb took 2\n", "b took 5\na took 6\n", "a took 9\nc took 9\n"));
  // In gaps that are equally long in both runs, and beside lines that have nothing to do with them.
  EXPECT_TRUE(
      same("alpha\nstart\nready\nbeta\nend\n", "beta\nstart\nready\nalpha\nend\n", "start\nready\nalpha\nbeta\nend\n"));
  EXPECT_FALSE(same("alpha\nstart\nready\nbeta\nend\n", "beta\nstart\nready\nalpha\nend\n",
                    "start\nready\nalpha\ngamma\nend\n"));
  // Numbers may have no digit, and a line that comes more than once may come once.
  EXPECT_TRUE(same("job 41\nx\nstart\nready\n", "job 42\nstart\nready\nx\n", "job ff\nx\nstart\nready\n"));
  EXPECT_TRUE(same("req 4a done\nstart\nready\n", "start\nready\nreq 7b done\n", "req ff done\nstart\nready\n"));
  EXPECT_TRUE(same("tick\nA\ntick\nB\n", "A\ntick\nB\ntick\n", "A\ntick\nB\n"));
  // One run has it more often.
  EXPECT_TRUE(same("w\na\nb\n", "b\nw\nw\na\n", "w\nw\nw\na\nb\n"));
  EXPECT_FALSE(same("w\na\nb\n", "b\nw\nw\na\n", "w\nw\nw\na\n"));
}

TEST(Output, ThatHasNothingInCommonIsLeftOut) {
  std::string one, other;
  for (int i = 0; i < 3000; ++i) one += std::string(1 + static_cast<std::size_t>(i) % 40, 'x') + "\n";
  for (int i = 0; i < 2500; ++i) other += std::string(1 + static_cast<std::size_t>(i) % 37, 'y') + "\n";
  const auto result = compare_output("stdout", one, other, "z\n");
  EXPECT_FALSE(result.difference);
  EXPECT_EQ(result.varying, 3000U);
}

TEST(Output, ThatIsTooLongSaysSo) {
  const std::string text(kMaxPrinted + 10, 'x');
  EXPECT_TRUE(compare_output("stdout", text, text, text).cut);
  EXPECT_FALSE(compare_output("stdout", "x", "x", "x").cut);
  // What is cut ends anywhere; before that all counts.
  const auto lines = [](std::size_t number, const std::string& first) {
    std::string printed = first + "\n";
    while (printed.size() <= kMaxPrinted)
      printed += "t=" + std::to_string(number) + " item" + std::string(1000, 'x') + "\n", number += 7;
    return printed;
  };
  for (const std::string& first : {"a"s, "b"s}) {
    const auto result = compare_output("stdout", lines(9, "a"), lines(99'990, "a"), lines(5, first));
    EXPECT_TRUE(result.cut);
    EXPECT_EQ(result.difference.has_value(), first == "b");
  }
  EXPECT_TRUE(compare_output("stdout", lines(9, "a"), lines(9, "a"), "a\n").difference) << "it printed less";
}

TEST(Output, OfTooManyLinesInNoOrderIsNotTakenToBeTheSame) {
  const std::vector<std::string_view> theirs = {"a 3\n", "b 4\n"}, slim = {"b 5\n", "a 6\n"};
  const verify::Moved moved({{1, "a 1\n"}, {2, "b 2\n"}}, theirs);
  EXPECT_FALSE(moved.difference(slim, {}).given_up);
  EXPECT_TRUE(moved.difference(slim, {}, 1).given_up);
  const std::vector<std::string_view> other = {"c x\n"};
  EXPECT_TRUE(moved.difference(other, {}, 1).difference) << "what is known to differ differs";
}

TEST(Lines, KeepTheirBreaks) {
  EXPECT_EQ(verify::lines_of("a\n\nb"), (std::vector<std::string_view>{"a\n", "\n", "b"}));
  EXPECT_TRUE(verify::lines_of("").empty());
}

TEST(Lines, AreAlikeInTheLongestSequence) {
  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
  const auto pairs = [](const char* one, const char* other) {
    const auto a = verify::lines_of(one), b = verify::lines_of(other);
    return verify::alike(a, b);
  };
  EXPECT_EQ(pairs("a\nb\nc\n", "a\nc\n"), (Pairs{{0, 0}, {2, 1}}));
  EXPECT_EQ(pairs("x\na\nb\n", "a\nb\ny\n"), (Pairs{{1, 0}, {2, 1}}));
  EXPECT_EQ(pairs("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n").size(), 4U);  // the paper's own example
  EXPECT_EQ(pairs("took 5 s\n", "took 17 s\n"), (Pairs{{0, 0}}));
  EXPECT_TRUE(pairs("a\n", "b\n").empty());
}

using Judging = test::Verifying;

TEST_F(Judging, AnotherOutputDiffers) {
  Attempt attempt = ended(0);
  attempt.output = {compare_output("stdout", "a\n", "a\n", "a\n")};
  const auto run = run_with({{"/usr/bin/app", Kind::kExec}});
  EXPECT_EQ(judge(run, spec_, source_, attempt).outcome, Outcome::kPass);
  attempt.output = {compare_output("stdout", "a\n", "a\n", "b\n")};
  const auto verdict = judge(run, spec_, source_, attempt);
  EXPECT_EQ(verdict.outcome, Outcome::kDiffers);
  ASSERT_EQ(output_words(verdict.attempt).size(), 1U);
  EXPECT_EQ(output_words(verdict.attempt)[0], "line 1 of stdout is \"b\"; on the source image it is \"a\"");
}

}  // namespace
}  // namespace winnow
