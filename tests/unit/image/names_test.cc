// SPDX-License-Identifier: Apache-2.0
// Names are bytes: whatever a layer holds comes out as it went in, in any locale.
#include <gtest/gtest.h>

#include <clocale>

#include "describe.h"
#include "support/image_builder.h"
#include "winnow/base/file.h"
#include "winnow/image/write.h"

namespace winnow {
namespace {

using test::ImageBuilder;
using test::TarBuilder;

std::string deep(std::size_t bytes) {
  std::string path;
  while (path.size() + 201 < bytes) path += std::string(200, 'd') + "/";
  return path + std::string(bytes - path.size(), 'e');
}

const std::vector<std::string>& odd_names() {
  static const std::vector<std::string> names = {
      "new\nline",
      "tab\tand\x1b[31mescape",
      "quote\"back\\slash$",
      "caf\xc3\xa9",   // composed
      "cafe\xcc\x81",  // decomposed: another file
      "bad\xff\xfe",   // not UTF-8
      std::string(255, 'n'),
      std::string(254, 'n') + "\xff",
      std::string(120, 'l') + "/caf\xc3\xa9",  // these need a pax header
      std::string(120, 'l') + "/cafe\xcc\x81",
      std::string(120, 'l') + "/bad\xff\n",
      deep(4000),
  };
  return names;
}

class Names : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { ASSERT_NE(std::setlocale(LC_ALL, GetParam()), nullptr); }
  void TearDown() override { std::setlocale(LC_ALL, "C"); }
};

TEST_P(Names, SurviveReadingByteForByte) {
  TarBuilder tar;
  for (const std::string& name : odd_names()) tar.file(name, name);
  for (std::size_t i = 0; i < odd_names().size(); ++i) tar.symlink("link" + std::to_string(i), odd_names()[i]);
  const Image image = ImageBuilder().layer(tar).open();
  for (std::size_t i = 0; i < odd_names().size(); ++i) {
    const std::string& name = odd_names()[i];
    EXPECT_EQ(test::content_of(image, "/" + name).value_or("missing"), name);
    EXPECT_EQ(image.index().entries[*image.index().find("/link" + std::to_string(i))].link_target, name);
  }
}

TEST_P(Names, SurviveWritingByteForByte) {
  TarBuilder tar;
  for (std::size_t i = 0; i < odd_names().size(); ++i)
    tar.file(odd_names()[i], odd_names()[i]).hard_link("zz/link" + std::to_string(i), odd_names()[i]);
  const Image image = ImageBuilder().layer(tar).open();
  std::vector<EntryId> all(image.index().entries.size());
  for (EntryId id = 0; id < all.size(); ++id) all[id] = id;
  const auto layer = write_layer(image, {.kept = all});
  ASSERT_TRUE(layer) << layer.error().what;
  const std::string config = R"({"rootfs":{"diff_ids":[")" + layer->diff_id.str() + R"("]}})";
  Fd archive = test::memory_file({});
  ASSERT_TRUE(write_docker_archive({&*layer, 1}, config, "", archive.get()));
  const auto copy = Image::open_archive(std::move(archive));
  ASSERT_TRUE(copy) << copy.error().what;
  for (std::size_t i = 0; i < odd_names().size(); ++i) {
    EXPECT_EQ(test::content_of(*copy, "/" + odd_names()[i]).value_or("missing"), odd_names()[i]);
    EXPECT_EQ(test::content_of(*copy, "/zz/link" + std::to_string(i)).value_or("missing"), odd_names()[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Locales, Names, ::testing::Values("C", "C.UTF-8"));

TEST(NameLimits, AreThoseOfTheKernel) {
  const auto error = [](const std::string& name) {
    return test::opening_error(ImageBuilder().layer(TarBuilder().file(name, "")).docker_archive());
  };
  EXPECT_EQ(error(deep(4095)), "");
  EXPECT_NE(error(deep(4096)).find("a path of 4097 bytes, 4096 are allowed"), std::string::npos);
  EXPECT_EQ(error(std::string(255, 'x')), "");
  EXPECT_NE(error(std::string(256, 'x')).find("a name of 256 bytes, 255 are allowed"), std::string::npos);
}

TEST(NameLimits, LeadingSlashesAndDotsMeanTheRoot) {
  const Image image = ImageBuilder().layer(TarBuilder().file("/etc//passwd", "1").file("./etc/./group", "2")).open();
  EXPECT_EQ(test::content_of(image, "/etc/passwd").value(), "1");
  EXPECT_EQ(test::content_of(image, "/etc/group").value(), "2");
}

}  // namespace
}  // namespace winnow
