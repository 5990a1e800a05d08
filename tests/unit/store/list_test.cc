// SPDX-License-Identifier: Apache-2.0
// Lists of objects, in pages: over HTTPS, and through a kubectl that a test made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "unit/store/clustered.h"
#include "unit/store/storing.h"

namespace winnow {
namespace {

using test::Cluster;
using test::kProfiles;
using test::Reply;
using test::reply;
using test::status_object;
using test::why;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A page with the objects NAMES, after which MORE continues.
std::string page(const std::vector<std::string>& names, const std::string& more = "") {
  std::string items;
  for (const std::string& name : names) items += (items.empty() ? "" : ",") + ("{\"name\":\"" + name + "\"}");
  return R"({"kind":"ProfileList","metadata":{"continue":")" + more + R"("},"items":[)" + items + "]}";
}

struct Listed {
  std::vector<std::string> objects;
  std::string error;
};
Listed listed(ObjectStore& store, const std::string& key = "", const std::string& value = "") {
  Listed all;
  all.error = why(store.each(key, value, [&](std::string_view object) -> Result<void> {
    all.objects.emplace_back(object);
    return {};
  }));
  return all;
}

class ListedObjects : public Cluster {};

TEST_F(ListedObjects, AreThoseOfAllPages) {
  answer({reply(200, page({"a", "b"}, "next/+=&")), reply(200, page({"c"}, "last")), reply(200, page({}))});
  const Listed all = listed(*store_);
  EXPECT_EQ(all.error, "no error");
  EXPECT_THAT(all.objects, ElementsAre(R"({"name":"a"})", R"({"name":"b"})", R"({"name":"c"})"));
  EXPECT_THAT(lines(),
              ElementsAre("GET " + kProfiles + "?limit=20", "GET " + kProfiles + "?limit=20&continue=next%2F%2B%3D%26",
                          "GET " + kProfiles + "?limit=20&continue=last"));
}

TEST_F(ListedObjects, AreChosenByALabelOnEveryPage) {
  answer({reply(200, page({"a"}, "n")), reply(200, page({"b"}))});
  EXPECT_THAT(listed(*store_, "winnow.dev/image", "ab&c=d").objects, SizeIs(2));
  EXPECT_THAT(lines(),
              ElementsAre("GET " + kProfiles + "?limit=20&labelSelector=winnow.dev%2Fimage%3Dab%26c%3Dd",
                          "GET " + kProfiles + "?limit=20&labelSelector=winnow.dev%2Fimage%3Dab%26c%3Dd&continue=n"));
}

TEST_F(ListedObjects, AreReadAnewWhenTheNextPageHasExpired) {
  const Reply expired = reply(410, status_object(410, "Expired", "The provided continue parameter is too old"));
  answer({reply(200, page({"a"}, "n")), expired, reply(200, page({"a"}, "m")), reply(200, page({"b"}))});
  const Listed all = listed(*store_);
  EXPECT_EQ(all.error, "no error");
  EXPECT_THAT(all.objects, SizeIs(3)) << "the first one twice";
  EXPECT_EQ(lines().at(2), "GET " + kProfiles + "?limit=20");
}

TEST_F(ListedObjects, ThatExpireAgainAndAgainAreAnError) {
  const Reply expired = reply(410, status_object(410, "Expired", "too old"));
  std::vector<Reply> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(reply(200, page({"a"}, "n")));
    answers.push_back(expired);
  }
  answer(answers);
  EXPECT_THAT(listed(*store_).error, HasSubstr("expires while it is read (try again)"));
  EXPECT_LT(lines().size(), 10U);
  answer({expired});
  EXPECT_THAT(listed(*store_).error, HasSubstr("expires"));
  EXPECT_THAT(lines(), SizeIs(1)) << "a first page cannot expire";
}

TEST_F(ListedObjects, WithoutAnyAreNone) {
  for (const char* text : {R"({"items":[]})", R"({"items":null})", R"({"metadata":{"continue":""}})", "{}"}) {
    answer({reply(200, text)});
    const Listed all = listed(*store_);
    EXPECT_EQ(all.error, "no error") << text;
    EXPECT_THAT(all.objects, IsEmpty());
  }
}

TEST_F(ListedObjects, ThatAreNoJsonAreAnError) {
  for (const std::string& text : {std::string("<html>"), std::string(), std::string(R"({"items":[)"),
                                  std::string(1000, '['), std::string("{\"items\":[\"\xff\"]}")}) {
    answer({reply(200, text)});
    EXPECT_THAT(listed(*store_).error, HasSubstr("no list of profiles")) << text.substr(0, 20);
  }
}

TEST_F(ListedObjects, MayBeAnythingWhichIsLeftToTheProfileStore) {
  answer({reply(200, R"({"items":[5,"x",null,{"a":[]}]})")});
  EXPECT_THAT(listed(*store_).objects, ElementsAre("5", "\"x\"", "null", R"({"a":[]})"));
  std::vector<std::string> refused;
  EXPECT_THAT(ProfileStore(*store_).list(std::nullopt, refused).value(), IsEmpty());
  EXPECT_THAT(refused, SizeIs(4));
}

TEST_F(ListedObjects, WithoutAnEndAreAnError) {
  std::vector<Reply> pages(50, reply(200, page({"a"}, "again")));
  answer(pages);
  EXPECT_THAT(listed(*store_).error, HasSubstr("without an end"));
  EXPECT_LT(lines().size(), 5U) << "a token that comes again says so";
}

TEST_F(ListedObjects, OfValuesThatWouldFillTheMemoryAreAnError) {
  std::string values = "1";
  for (int i = 0; i < 400'000; ++i) values += ",1";
  answer({reply(200, R"({"items":[)" + values + "]}")});
  EXPECT_THAT(listed(*store_).error, HasSubstr("too many values"));
  answer({reply(200, R"({"items":[")" + std::string(800'000, ',') + "\"]}")});
  EXPECT_THAT(listed(*store_).objects, SizeIs(1)) << "the control: what is in a string is no value";
}

TEST_F(ListedObjects, OfAFailingApiAreAnError) {
  answer({reply(200, page({"a"}, "n")), reply(500, "etcd")});
  EXPECT_THAT(listed(*store_).error, HasSubstr("500: etcd"));
  answer({reply(404, "404 page not found")});
  EXPECT_THAT(listed(*store_).error, HasSubstr("crd.yaml"));
}

TEST_F(ListedObjects, EndWithTheErrorOfWhoeverLooks) {
  answer({reply(200, page({"a", "b"}, "n"))});
  EXPECT_EQ(why(store_->each("", "", [](std::string_view) -> Result<void> { return fail("enough"); })), "enough");
  EXPECT_THAT(lines(), SizeIs(1));
}

// A program kubectl, first in PATH.
class Kubectl : public ::testing::Test {
 protected:
  void SetUp() override { path_ = std::getenv("PATH"); }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }
  void make(const std::string& script) {
    const std::string program = place_.write("kubectl", "#!/bin/sh\n" + script);
    ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
    ::setenv("PATH", (place_.path() + ":" + path_).c_str(), 1);
  }
  test::TemporaryDirectory place_;
  std::string path_;
  std::unique_ptr<ObjectStore> store_ = kubectl_objects({"--context", "a b"}, "winnow");
};

TEST_F(Kubectl, IsAskedForTheRawAnswerWithTheUsersOptions) {
  make("for word; do printf '[%s]' \"$word\"; done");
  EXPECT_EQ(store_->get("a").value(), "[--context][a b][get][--raw][" + kProfiles + "/a]");
  EXPECT_EQ(store_->str(), "profiles of the namespace winnow, through kubectl");
}

TEST_F(Kubectl, ListsPages) {
  make("case \"$*\" in\n*continue=n*) printf '%s' '" + page({"b"}) + "';;\n*) printf '%s' '" + page({"a"}, "n") +
       "';;\nesac");
  EXPECT_THAT(listed(*store_).objects, ElementsAre(R"({"name":"a"})", R"({"name":"b"})"));
}

TEST_F(Kubectl, KnowsThatThereIsNoObject) {
  make("echo 'Error from server (NotFound): profiles.winnow.dev \"a\" not found' >&2; exit 1");
  const auto got = store_->get("a");
  ASSERT_TRUE(got) << why(got);
  EXPECT_EQ(*got, std::nullopt);
}

TEST_F(Kubectl, KnowsThatThereIsNoResource) {
  make("echo 'Error from server (NotFound): the server could not find the requested resource' >&2; exit 1");
  EXPECT_THAT(why(store_->get("a")), AllOf(HasSubstr("could not find"), HasSubstr("apply deploy/base")));
}

TEST_F(Kubectl, BeginsTheListAnewWhenAPageHasExpired) {
  make("n=$(cat " + place_.path() + "/n 2>/dev/null); echo x >> " + place_.path() +
       "/n\ncase \"$*\" in\n*continue=*) [ \"$n\" = x ] && { echo 'Error from server (Expired): too old' >&2; exit 1; "
       "}\n"
       "printf '%s' '" +
       page({"b"}) + "';;\n*) printf '%s' '" + page({"a"}, "n") + "';;\nesac");
  const Listed all = listed(*store_);
  EXPECT_EQ(all.error, "no error");
  EXPECT_THAT(all.objects, SizeIs(3));
}

TEST_F(Kubectl, SaysTheFirstLineOfWhatWentWrong) {
  make("printf 'error: no\\033 context\\nmore\\n' >&2; exit 1");
  EXPECT_THAT(why(store_->get("a")), AllOf(HasSubstr("kubectl: error: no\\x1b context"), Not(HasSubstr("more"))));
  make("kill -9 $$");
  EXPECT_THAT(why(store_->get("a")), HasSubstr("kubectl: "));
}

TEST_F(Kubectl, MayBeMissing) {
  ::setenv("PATH", place_.path().c_str(), 1);
  EXPECT_THAT(why(store_->get("a")), AllOf(HasSubstr("starting kubectl"), HasSubstr("install it, or name a store")));
}

TEST_F(Kubectl, MayWriteMuchToBothOfItsPipes) {
  make(
      "head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o; "
      "head -c 300000 /dev/zero | tr '\\0' e >&2");
  const auto got = store_->get("a");
  ASSERT_TRUE(got) << why(got);
  EXPECT_EQ(got->value(), std::string(300'000, 'o'));
}

TEST_F(Kubectl, ThatNeverStopsWritingIsEnded) {
  make("exec yes");
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(why(store_->get("a")), HasSubstr("kubectl wrote more than"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(60));
}

TEST_F(Kubectl, OnlyReads) {
  make("echo {}");
  EXPECT_THAT(why(store_->apply("a", "{}")), HasSubstr("only read through kubectl"));
  EXPECT_THAT(why(store_->apply_status("a", "{}")), HasSubstr("only read"));
  EXPECT_THAT(why(store_->remove("a")), HasSubstr("only read"));
}

}  // namespace
}  // namespace winnow
