// SPDX-License-Identifier: Apache-2.0
// Escapes that lose nothing, and text that disturbs no terminal.
#include "winnow/base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace winnow {
namespace {

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

TEST(HumanBytes, UsesDecimalUnits) {
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(3'200'000'000), "3.2 GB");
  EXPECT_EQ(human_bytes(999'900), "1.0 MB");
}

}  // namespace
}  // namespace winnow
