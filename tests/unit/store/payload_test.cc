// SPDX-License-Identifier: Apache-2.0
// Profiles as text: what is packed comes back, and what is damaged does not.
#include "store/payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "unit/store/storing.h"

namespace winnow {
namespace {

using test::why;
using testing::HasSubstr;

std::string base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string unbase64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

// COUNT times 1 MiB of zeros, compressed.
std::string bomb(int count) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::vector<unsigned char> zeros(std::size_t{1} << 20), out(std::size_t{4} << 20);
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  for (int i = 0; i < count; ++i) {
    stream.next_in = zeros.data();
    stream.avail_in = static_cast<uInt>(zeros.size());
    EXPECT_NE(deflate(&stream, i + 1 == count ? Z_FINISH : Z_NO_FLUSH), Z_STREAM_ERROR);
  }
  const std::string bytes(reinterpret_cast<const char*>(out.data()), stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

TEST(Payload, ComesBackAsItWasWhateverItsLength) {
  std::string text;
  for (std::size_t size = 0; size < 70; ++size) {
    const auto packed = pack(text);
    ASSERT_TRUE(packed) << why(packed);
    EXPECT_EQ(packed->size() % 4, 0U);
    EXPECT_EQ(packed->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="),
              std::string::npos);
    const auto back = unpack(*packed);
    ASSERT_TRUE(back) << size << ": " << why(back);
    EXPECT_EQ(*back, text);
    text += static_cast<char>(size * 37);
  }
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(unpack(pack(large).value()).value(), large);
  EXPECT_LT(pack(large).value().size(), 10'000U) << "it is compressed";
}

TEST(Payload, IsWhatGzipAndBase64MakeOfIt) {
  const auto packed = pack("the profile");
  ASSERT_TRUE(packed);
  EXPECT_TRUE(packed->starts_with("H4sI")) << "the magic of gzip, in base64";
  EXPECT_EQ(unpack("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==").value_or("?"), "hello") << "made by gzip -n and base64";
}

TEST(Payload, ThatIsNoBase64IsRefused) {
  const std::string whole = pack("the profile").value();
  EXPECT_TRUE(unpack(whole)) << "the control";
  EXPECT_THAT(why(unpack("")), HasSubstr("damaged base64"));
  EXPECT_THAT(why(unpack("A")), HasSubstr("damaged base64"));
  EXPECT_THAT(why(unpack(whole.substr(1))), HasSubstr("damaged base64"));
  for (const char* wrong : {"!!!!", "====", "    ", "=AAA", "\n\n\n\n", "A===", "\xff\xff\xff\xff"})
    EXPECT_NE(why(unpack(wrong)), "no error") << wrong;
  std::string foreign = whole;
  foreign[8] = '*';
  EXPECT_THAT(why(unpack(foreign)), HasSubstr("damaged base64"));
}

TEST(Payload, ThatIsDamagedIsRefusedWhereverItIs) {
  std::string text;
  for (const std::string& path : test::random_paths(20, 1)) text += path;
  const std::string packed = pack(text).value();
  const std::string bytes = unbase64(packed);
  const std::size_t size = bytes.size() - (packed.ends_with("==") ? 2 : packed.ends_with("=") ? 1 : 0);
  for (std::size_t cut = 0; cut < size; cut += 7)
    EXPECT_NE(why(unpack(base64(bytes.substr(0, cut)))), "no error") << "cut at " << cut;
  constexpr std::size_t kGzipHeader = 10;  // flags, time and system say nothing about the content
  for (std::size_t at = kGzipHeader; at < size; at += 5) {
    std::string damaged = bytes.substr(0, size);
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_THAT(why(unpack(base64(damaged))), HasSubstr("damaged gzip")) << at;
  }
}

TEST(Payload, ThatIsABombIsRefusedBeforeItFillsTheMemory) {
  EXPECT_EQ(unpack(base64(bomb(3))).value().size(), std::size_t{3} << 20) << "the control";
  const std::string text = base64(bomb(520));
  EXPECT_LT(text.size(), std::size_t{1} << 20) << "small enough for one object";
  EXPECT_THAT(why(unpack(text)), HasSubstr("it unpacks to more than 134 MB"));
}

}  // namespace
}  // namespace winnow
