// SPDX-License-Identifier: Apache-2.0
// Logs and lines are the same however their bytes are cut into pieces, and never longer than was asked for.
#include "engine/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// STREAM is 0 for stdin, 1 for stdout, 2 for stderr, 3 for the engine's own words.
std::string frame(char stream, const std::string& content) {
  std::string text = {stream, '\0', '\0', '\0'};
  for (const unsigned shift : {24U, 16U, 8U, 0U}) text += static_cast<char>((content.size() >> shift) & 0xffU);
  return text + content;
}

Result<ContainerLog> read(const std::vector<std::string>& pieces, std::size_t most = 1000, bool framed = true) {
  LogReader reader(framed, most);
  for (const std::string& piece : pieces) TRY_DO(reader.feed(piece));
  return std::move(reader).log();
}

const std::string kLog = frame(1, "one\n") + frame(2, "two\n") + frame(1, "") + frame(3, "three") + frame(0, "four") +
                         frame(1, std::string(300, 'x')) + frame(2, "!");

TEST(FramedLog, IsTheSameCutAtAnyByte) {
  for (std::size_t at = 0; at <= kLog.size(); ++at) {
    const auto log = read({kLog.substr(0, at), kLog.substr(at)});
    ASSERT_TRUE(log) << at;
    EXPECT_EQ(log->out, "one\n" + std::string(300, 'x')) << at;
    EXPECT_EQ(log->err, "two\n!") << at;
    EXPECT_EQ(log->both, "one\ntwo\nthreefour" + std::string(300, 'x') + "!") << at;
  }
}

TEST(FramedLog, IsTheSameByteByByteAndWithNothingInBetween) {
  std::vector<std::string> pieces;
  for (const char byte : kLog) pieces.insert(pieces.end(), {std::string(1, byte), ""});
  const auto log = read(pieces);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->both, "one\ntwo\nthreefour" + std::string(300, 'x') + "!");
}

TEST(FramedLog, ThatEndsEarlyIsWhatCameUntilThen) {
  std::string before;
  for (std::size_t size = 0; size <= kLog.size(); ++size) {
    const auto log = read({kLog.substr(0, size)});
    ASSERT_TRUE(log) << size;
    EXPECT_TRUE(log->both.starts_with(before)) << size;  // more of the stream never takes anything back
    before = log->both;
  }
  EXPECT_THAT(before, testing::EndsWith("!"));
}

TEST(FramedLog, IsCutAtTheMostBytesOfEachStreamByItself) {
  const std::string text = frame(1, "abc") + frame(2, "12") + frame(1, "def") + frame(2, "345");
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const auto log = read({text.substr(0, at), text.substr(at)}, 4);
    ASSERT_TRUE(log) << at;
    EXPECT_EQ(log->out, "abcd") << at;
    EXPECT_EQ(log->err, "1234") << at;
    EXPECT_EQ(log->both, "abc1") << at;
  }
  EXPECT_EQ(read({text}, 0)->both, "");
}

TEST(FramedLog, KeepsNoContentBeyondTheMostHoweverLongTheFrameSaysItIs) {
  std::string endless = frame(1, "");
  endless[4] = endless[5] = endless[6] = endless[7] = '\xff';
  std::vector<std::string> pieces{endless};
  for (int at = 0; at < 100; ++at) pieces.emplace_back(1000, 'x');
  const auto log = read(pieces, 10);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->out, "xxxxxxxxxx");
  EXPECT_EQ(log->both, "xxxxxxxxxx");
}

TEST(FramedLog, MayHoldAnyBytes) {
  std::string bytes;
  for (unsigned byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  EXPECT_EQ(read({frame(1, bytes) + frame(1, frame(2, "no frame"))})->out, bytes + frame(2, "no frame"));
}

TEST(FramedLog, WithAHeaderThatIsNoneIsAnErrorWhereverItIs) {
  std::vector<std::string> headers{frame(4, ""), frame('\xff', "")};
  for (const std::size_t at : {1U, 2U, 3U}) {
    headers.push_back(frame(1, ""));
    headers.back()[at] = '\1';
  }
  for (const std::string& header : headers) {
    EXPECT_FALSE(read({header}));
    EXPECT_FALSE(read({frame(1, "good"), header}));
    EXPECT_FALSE(read({header.substr(0, 5), header.substr(5)}));
    EXPECT_TRUE(read({header.substr(0, 7)}));  // nobody knows yet
  }
  EXPECT_THAT(read({std::string("\x1b[2Jhello")}).error().what, Not(HasSubstr("\x1b")));
}

TEST(TerminalLog, IsOneStreamAsItIs) {
  const std::string text = frame(2, "not a frame") + "plain";
  const auto log = read({text.substr(0, 3), text.substr(3)}, 1000, false);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->out, text);
  EXPECT_EQ(log->both, text);
  EXPECT_EQ(log->err, "");
  EXPECT_EQ(read({"abc", "def"}, 4, false)->out, "abcd");
}

// The lines of PIECES, each at most LIMIT bytes, and what is left.
struct Lines {
  std::vector<std::string> whole;
  std::string rest;
  bool failed = false;
};
Lines lines_of(const std::vector<std::string>& pieces, std::size_t limit = 8) {
  LineReader reader(limit);
  Lines lines;
  for (const std::string& piece : pieces) {
    const auto fed = reader.feed(piece, [&](std::string_view line) -> Result<void> {
      lines.whole.emplace_back(line);
      return {};
    });
    if (!fed) lines.failed = true;
  }
  lines.rest = reader.rest();
  return lines;
}

TEST(Lines, AreTheSameCutAtAnyByte) {
  const std::string text = "one\n\ntwo\r\n12345678\nrest";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const Lines lines = lines_of({text.substr(0, at), text.substr(at)});
    EXPECT_THAT(lines.whole, ElementsAre("one", "two\r", "12345678")) << at;
    EXPECT_EQ(lines.rest, "rest") << at;
    EXPECT_FALSE(lines.failed) << at;
  }
}

TEST(Lines, OverTheLimitAreRefusedCutAtAnyByte) {
  const std::string text = "good\n123456789\n";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    LineReader reader(8);
    std::vector<std::string> seen;
    const http::Sink take = [&](std::string_view line) -> Result<void> {
      seen.emplace_back(line);
      return {};
    };
    auto fed = reader.feed(text.substr(0, at), take);
    if (fed) fed = reader.feed(text.substr(at), take);
    ASSERT_FALSE(fed) << at;
    EXPECT_THAT(fed.error().what, HasSubstr("a line is longer than 8")) << at;
    EXPECT_THAT(seen, ElementsAre("good")) << at;
  }
}

TEST(Lines, WithoutAnEndAreRefusedAsSoonAsTheyAreTooLong) {
  EXPECT_FALSE(lines_of({"1234", "5678"}).failed);
  EXPECT_EQ(lines_of({"1234", "5678"}).rest, "12345678");
  EXPECT_TRUE(lines_of({"1234", "5678", "9"}).failed);
}

TEST(Lines, MayHoldAnyByteButTheirEnd) {
  EXPECT_THAT(lines_of({std::string("a\0b\n", 4), "\xff\xfe\n"}).whole,
              ElementsAre(std::string("a\0b", 3), "\xff\xfe"));
}

TEST(Lines, EndWithTheFirstOneThatIsRefused) {
  LineReader reader(8);
  int taken = 0;
  const auto fed = reader.feed("1\n2\n3\n", [&](std::string_view line) -> Result<void> {
    ++taken;
    if (line == "2") return fail("no more");
    return {};
  });
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().what, "no more");
  EXPECT_EQ(taken, 2);
}

TEST(Lines, OfNothingAreNone) {
  EXPECT_THAT(lines_of({}).whole, IsEmpty());
  EXPECT_THAT(lines_of({"", "\n\n\n", ""}).whole, IsEmpty());
  EXPECT_THAT(lines_of({"\n", "a\n"}).whole, ElementsAre("a"));
}

}  // namespace
}  // namespace winnow::engine
