// SPDX-License-Identifier: Apache-2.0
// What one word names.
#include "winnow/transfer/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "support/image_builder.h"
#include "support/planning.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using test::TemporaryDirectory;
using ::testing::HasSubstr;

class InputTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view text) const {
    EXPECT_TRUE(write_file_atomically(dir_ / name, text));
    return dir_ / name;
  }
  // Remembers which image was asked for.
  Result<Input> read(const std::string& word) {
    return read_input(word, [&](const Reference& reference) -> Result<Image> {
      asked_ = reference.str();
      return fail("no such image");
    });
  }
  const TemporaryDirectory dir_;
  std::optional<std::string> asked_;
};

TEST_F(InputTest, IsADocumentByItsSchema) {
  const auto profile = read(write("a", to_json(test::profile_of({{"/a"}}))));
  ASSERT_TRUE(profile) << profile.error().what;
  EXPECT_EQ(kind_of(*profile), "a profile");
  const auto spec = read(write("b", to_json(test::plan_of("f 0755 0:0 5 /a", {{"/a"}}))));
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(kind_of(*spec), "a keep spec");
  EXPECT_FALSE(asked_);
}

TEST_F(InputTest, IsNoDocumentOfAnotherSchema) {
  EXPECT_THAT(read(write("a", R"({"schema": "other/1"})")).error().what, HasSubstr("its schema is \"other/1\""));
  // Only a word at the top is the schema.
  const std::string nested = R"({"image": {"schema": "winnow.profile/1"}, "x": ["schema", "winnow.keep/1"]})";
  EXPECT_THAT(read(write("b", nested)).error().what, HasSubstr("neither a profile nor a keep spec"));
  EXPECT_THAT(read(write("c", "[]")).error().what, HasSubstr("neither a profile nor a keep spec"));
  EXPECT_THAT(read(write("d", "\x1f\x8b")).error().hint, HasSubstr("docker-archive:"));
}

TEST_F(InputTest, ThatIsBrokenNamesTheFile) {
  const std::string file = write("a", R"({"schema": "winnow.profile/1"})");
  EXPECT_THAT(read(file).error().what, HasSubstr(file));
}

TEST_F(InputTest, IsAnImageIfItHasATransportOrNoFileIsCalledSo) {
  EXPECT_FALSE(read("app:1"));
  EXPECT_EQ(asked_, "docker-daemon:app:1");
  const std::string archive = "docker-archive:" + write("image.json", "{}");
  EXPECT_FALSE(read(archive));
  EXPECT_EQ(asked_, archive);
}

TEST_F(InputTest, ThatLooksLikeAFileIsNeverAskedOfAnEngine) {
  for (const std::string word : {"/none", "./none", "../none", "none.json"})
    EXPECT_THAT(read(word).error().hint, HasSubstr("profile.json")) << word;
  EXPECT_THAT(read(dir_.path()).error().hint, HasSubstr("oci:"));
  EXPECT_FALSE(asked_);
}

}  // namespace
}  // namespace winnow
