// SPDX-License-Identifier: Apache-2.0
// A layer's tar put together from pieces and files, and never from what is outside of the layer's directory.
#include "image/store/tar_split.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/image_builder.h"

namespace winnow {
namespace {

class TarSplit : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::mkdir((place_ / "layer").c_str(), 0755), 0);
    (void)place_.write("layer/a", "inside");
    (void)place_.write("outside", "secret");
    ASSERT_EQ(::symlink("../outside", (place_ / "layer/out").c_str()), 0);
    ASSERT_EQ(::symlink("..", (place_ / "layer/up").c_str()), 0);
    ASSERT_EQ(::mkfifo((place_ / "layer/fifo").c_str(), 0644), 0);
  }
  // The tar, or "error: ..." after what came before it.
  std::string read(const std::string& split) {
    const std::string file = place_.write("split", split);
    auto reader = open_tar_split(file, place_ / "layer");
    if (!reader) return "error: " + reader.error().what;
    std::string all;
    std::vector<std::byte> buffer(5);
    for (;;) {
      const auto n = (*reader)->read(buffer);
      if (!n) return all + "error: " + n.error().what;
      if (*n == 0) return all;
      all.append(reinterpret_cast<const char*>(buffer.data()), *n);
    }
  }
  const test::TemporaryDirectory place_;
};

TEST_F(TarSplit, PutsPiecesAndFilesTogetherInTheirOrder) {
  const std::string split = R"({"type":2,"payload":"PA=="}
{"type":1,"name":"./a","size":6,"payload":"AAAAAAAAAAA="}
{"type":1,"name":"a"}
{"type":1,"name_raw":"YQ==","size":2}
{"type":2,"payload":"Pg=="}
)";
  EXPECT_EQ(read(split), "<insidein>");
  EXPECT_EQ(read(test::compressed(split, Compression::kGzip)), "<insidein>");
}

TEST_F(TarSplit, NeverLeavesTheLayersDirectory) {
  for (const char* name : {"out", "../outside", "up/outside", "/../outside", "up/layer/a"}) {
    const std::string found = read(R"({"type":1,"name":")" + std::string(name) + R"(","size":6})");
    EXPECT_TRUE(found.starts_with("error: ")) << name << ": " << found;
    EXPECT_EQ(found.find("secret"), std::string::npos) << name;
  }
}

TEST_F(TarSplit, WhatIsWrongIsSaid) {
  EXPECT_NE(read(R"({"type":1,"name":"a","size":7})").find("shorter than it was"), std::string::npos);
  EXPECT_NE(read(R"({"type":1,"name":"fifo","size":1})").find("not a regular file"), std::string::npos);
  EXPECT_NE(read(R"({"type":3})").find("unknown type"), std::string::npos);
  EXPECT_NE(read(R"({"type":2,"payload":"*"})").find("not base64"), std::string::npos);
  EXPECT_NE(read("{").find("tar-split"), std::string::npos);
  EXPECT_EQ(read(""), "");
}

}  // namespace
}  // namespace winnow
