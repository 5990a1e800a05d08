// SPDX-License-Identifier: Apache-2.0
// Escapes that lose nothing, and text that disturbs no terminal.
#include "winnow/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EscapePath, LeavesValidUtf8AsItIs) { EXPECT_EQ(escape_path("/srv/grüße/日本"), "/srv/grüße/日本"); }

TEST(EscapePath, ReadsBackEverySingleByte) {
  for (int byte = 1; byte < 256; ++byte) {
    const std::string path = std::string("/a") + static_cast<char>(byte) + "b";
    const auto back = unescape_path(escape_path(path));
    ASSERT_TRUE(back) << byte;
    EXPECT_EQ(*back, path) << byte;
  }
}

TEST(EscapePath, KeepsNamesApartThatDifferOnlyInOddBytes) {
  EXPECT_NE(escape_path("/a\\xff"), escape_path("/a\xff"));
  EXPECT_NE(escape_path("/a\n"), escape_path("/a\\n"));
}

TEST(EscapePath, EscapesOverlongAndSurrogateSequences) {
  EXPECT_EQ(escape_path("\xC0\xAF"), "\\xc0\\xaf");
  EXPECT_EQ(escape_path("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(escape_path("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(escape_path("\xE2\x82"), "\\xe2\\x82");
}

TEST(Utf8, IsWhatNeedsNoEscape) {
  for (const std::string_view text : {"", "a\\x\n\x7f",
                                      "gr\xC3\xBC\xC3\x9F"
                                      "e",
                                      "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"})
    EXPECT_TRUE(is_utf8(text)) << text;
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
  for (const std::string_view text :
       {"\xff", "a\x80", "\xC3", "\xE2\x82", "\xE2\x82z", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"})
    EXPECT_FALSE(is_utf8(text)) << escape_path(text);
}

TEST(Utf8, OfChanceBytesIsWhatEscapingLeavesAlone) {
  constexpr std::string_view kBytes = "a\\\x7f\x80\xA0\xBF\xC2\xDF\xE0\xED\xEF\xF0\xF4\xF5";
  std::minstd_rand chance(1);
  int valid = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text(chance() % 5, ' ');
    for (char& c : text) c = kBytes[chance() % kBytes.size()];
    const auto backslashes = static_cast<std::size_t>(std::ranges::count(text, '\\'));
    ASSERT_EQ(is_utf8(text), escape_path(text).size() == text.size() + backslashes) << escape_path(text);
    valid += is_utf8(text) ? 1 : 0;
  }
  EXPECT_GT(valid, 2000);
  EXPECT_LT(valid, 18000);
}

TEST(UnescapePath, RefusesBadEscapesAndNul) {
  EXPECT_FALSE(unescape_path("a\\q"));
  EXPECT_FALSE(unescape_path("a\\x4"));
  EXPECT_FALSE(unescape_path("a\\"));
  EXPECT_FALSE(unescape_path("a\\x00"));
  EXPECT_TRUE(unescape_path("a\\x41"));
}

TEST(Printable, HidesControlCharactersAndDirectionMarks) {
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a\\x1b[31mb\\x0a");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");
  EXPECT_EQ(printable("x\xE2\x80\xAEy"), "x\\xe2\\x80\\xaey");
  EXPECT_EQ(printable("é–"), "é–");
}

TEST(PrintableWords, LeavesBackslashesToTheShell) {
  EXPECT_EQ(printable_words("--keep '/a\\[b'\x1b\xff"), "--keep '/a\\[b'\\x1b\\xff");
}

std::vector<std::string_view> all(const Split& parts) {
  std::vector<std::string_view> list;
  for (const std::string_view part : parts) list.push_back(part);
  return list;
}

TEST(TakeUntil, TakesAPartAndWhatEndsItOffTheText) {
  std::string_view text = "key:value:";
  EXPECT_EQ(take_until(text, ':'), "key");
  EXPECT_EQ(text, "value:");
  EXPECT_EQ(take_until(text, ','), "value:");
  EXPECT_EQ(text, "");
  EXPECT_EQ(take_until(text, ':'), "");
}

TEST(Lines, EndAtLineFeedsButTheLastNeedNot) {
  EXPECT_THAT(all(lines("a\nb")), ElementsAre("a", "b"));
  EXPECT_THAT(all(lines("a\nb\n")), ElementsAre("a", "b"));
  EXPECT_THAT(all(lines("\na\n\n")), ElementsAre("", "a", ""));
  EXPECT_THAT(all(lines("\n")), ElementsAre(""));
  EXPECT_THAT(all(lines("")), IsEmpty());
  EXPECT_THAT(all(lines("a\r\nb\r")), ElementsAre("a\r", "b\r"));
}

TEST(Split, EndsAtTheOneCharacter) {
  EXPECT_THAT(all(split("/bin::/sbin:", ':')), ElementsAre("/bin", "", "/sbin"));
  EXPECT_THAT(all(split(std::string_view("sh\0-c\0", 6), '\0')), ElementsAre("sh", "-c"));
  EXPECT_NE(std::ranges::find(split("a,b", ',').begin(), Split::end(), "b"), Split::end());
}

TEST(HumanBytes, UsesDecimalUnits) {
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(3'200'000'000), "3.2 GB");
  EXPECT_EQ(human_bytes(999'900), "1.0 MB");
}

}  // namespace
}  // namespace winnow
