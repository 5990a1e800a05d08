// SPDX-License-Identifier: Apache-2.0
// containerd's databases: buckets and values, and what is damaged in them.
#include "image/store/bolt.h"

#include <gtest/gtest.h>

#include "support/bolt_bytes.h"

namespace winnow {
namespace {

using test::bolt_database;
using test::kBoltPage;

// The value of KEY in BUCKET of the root; an error or nothing is "".
std::string value_in(const std::string& bytes, std::string_view bucket, std::string_view key) {
  const auto bolt = Bolt::open(bytes);
  if (!bolt) return "";
  const auto found = bolt->bucket(bolt->root(), bucket);
  if (!found || !*found) return "";
  const auto value = bolt->value(**found, key);
  return value && *value ? std::string(**value) : "";
}

TEST(Bolt, ReadsBucketsThatHaveAPageAndThoseThatHaveNone) {
  const std::string bytes = bolt_database();
  EXPECT_EQ(value_in(bytes, "bucket", "digest"), "sha256:00");
  EXPECT_EQ(value_in(bytes, "inline", "k"), "v");
  EXPECT_EQ(value_in(bytes, "inline", "other"), "");
  EXPECT_EQ(value_in(bytes, "key", "k"), "") << "a value is no bucket";
  const auto bolt = Bolt::open(bytes);
  ASSERT_TRUE(bolt);
  EXPECT_EQ(bolt->value(bolt->root(), "key").value().value(), "value");
}

TEST(Bolt, OneDamagedMetaPageIsEnough) {
  for (const std::size_t page : {0U, 1U}) {
    std::string bytes = bolt_database();
    bytes[page * kBoltPage + 40] ^= 1;
    EXPECT_EQ(value_in(bytes, "bucket", "digest"), "sha256:00") << page;
  }
  std::string bytes = bolt_database();
  bytes[40] ^= 1;
  bytes[kBoltPage + 40] ^= 1;
  EXPECT_FALSE(Bolt::open(bytes));
  EXPECT_FALSE(Bolt::open(""));
}

TEST(Bolt, ADatabaseThatIsCutGivesErrorsAndNoForeignBytes) {
  const std::string whole = bolt_database();
  for (std::size_t size = 0; size < whole.size(); size += 16) {
    const std::string value = value_in(whole.substr(0, size), "bucket", "digest");
    EXPECT_TRUE(value.empty() || value == "sha256:00") << size;
  }
}

TEST(Bolt, PagesThatStandInTwoPlacesAreDamage) {
  std::string bytes = bolt_database();
  const std::size_t branch = 2 * kBoltPage;
  bytes[branch + 10] = 10;  // elements, each of which leads to page 3
  for (std::size_t i = 1; i < 10; ++i) bytes[branch + 16 + 16 * i + 8] = 3;
  const auto bolt = Bolt::open(bytes);
  ASSERT_TRUE(bolt);
  const auto walked = bolt->each(bolt->root(), [](const Bolt::Item&) { return true; });
  ASSERT_FALSE(walked);
  EXPECT_NE(walked.error().what.find("lead to themselves"), std::string::npos);
}

}  // namespace
}  // namespace winnow
