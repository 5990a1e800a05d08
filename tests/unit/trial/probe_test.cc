// SPDX-License-Identifier: Apache-2.0
// What two probes found in different ways.
#include "winnow/trial/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trial/prober.h"

namespace winnow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ProbeReport source() {
  ProbeReport report;
  report.ports = {{80, true, false, Speech::kHttp}, {5432, true, false, Speech::kOther}};
  report.exchanges = {{80, "/", Origin::kStart, 200, "text/html"}, {80, "/x", Origin::kLink, 404, "text/plain"}};
  return report;
}

TEST(Difference, IsNoneWhereAllAnswersAreTheSame) { EXPECT_THAT(differences(source(), source()), IsEmpty()); }

TEST(Difference, NamesTheRequestAndBothAnswers) {
  ProbeReport slim = source();
  slim.exchanges[0].status = 500;
  slim.exchanges[1].type = "";
  EXPECT_THAT(differences(source(), slim),
              ElementsAre("GET / on port 80: 500 text/html; on the source image 200 text/html",
                          "GET /x on port 80: 404 without a content type; on the source image 404 text/plain"));
  slim.exchanges = {{80, "/x", Origin::kLink, 404, "text/plain"}};
  EXPECT_THAT(differences(source(), slim),
              ElementsAre("GET / on port 80: no answer; on the source image 200 text/html"));
}

TEST(Difference, IsAPortThatNobodyOpens) {
  ProbeReport slim = source();
  slim.ports.pop_back();
  EXPECT_THAT(differences(source(), slim),
              ElementsAre("nobody listens on TCP port 5432, which the source image opens"));
  slim.ports.clear();  // what it would have answered goes without saying
  EXPECT_THAT(differences(source(), slim), testing::SizeIs(2));
}

TEST(Difference, IsNoPortThatTheKernelChose) {
  ProbeReport before = source();
  before.ports.push_back({41000, false, true, Speech::kHttp});
  before.exchanges.push_back({41000, "/", Origin::kStart, 200, ""});
  EXPECT_THAT(differences(before, source()), IsEmpty());
  before.ports.back().exposed = true;
  EXPECT_THAT(differences(before, source()), testing::SizeIs(1));
}

TEST(Difference, IsAnEndThatTheOtherDidNotHave) {
  ProbeReport slim = source();
  slim.ended = 0;
  EXPECT_THAT(
      differences(source(), slim),
      ElementsAre("the container ended by itself, with status 0; that of the source image ran until it was stopped"));
  slim.last_words = "starting\nno such module\n";
  EXPECT_THAT(differences(source(), slim).front(), testing::EndsWith("; it said last: no such module"));
  EXPECT_THAT(differences(slim, source()), testing::SizeIs(1));
  EXPECT_THAT(differences(slim, slim), IsEmpty());
}

TEST(Difference, IsAnEndThatDidNotCome) {
  ProbeReport before = source();
  before.ended = 0;
  EXPECT_THAT(differences(before, source()),
              ElementsAre("the container ran until it was stopped; that of the source image ended by itself"));
}

TEST(Difference, OfAnAnswerCountsOnItsOwnPortOnly) {
  ProbeReport before = source();
  before.ports.push_back({81, true, false, Speech::kHttp});
  before.exchanges.push_back({81, "/", Origin::kStart, 200, "text/plain"});
  EXPECT_THAT(differences(before, before), IsEmpty());
  ProbeReport slim = before;
  slim.exchanges.back().status = 0;
  slim.exchanges.back().type = "";
  EXPECT_THAT(differences(before, slim),
              ElementsAre("GET / on port 81: no answer; on the source image 200 text/plain"));
}

TEST(Difference, IsNotWhyARequestWasMadeNorWhatTheSourceImageDidNotDo) {
  ProbeReport slim = source();
  slim.exchanges[0].origin = Origin::kGiven;
  slim.ports.push_back({9000, true, false, Speech::kHttp});
  slim.exchanges.push_back({9000, "/", Origin::kStart, 500, ""});
  EXPECT_THAT(differences(source(), slim), IsEmpty());
}

TEST(Differences, AreCountedWhenTheyAreMany) {
  ProbeReport before = source();
  before.exchanges.clear();
  for (int at = 0; at < 53; ++at) before.exchanges.push_back({80, "/" + std::to_string(at), Origin::kLink, 200, ""});
  ProbeReport slim = before;
  slim.exchanges.clear();
  const auto all = differences(before, slim);
  ASSERT_THAT(all, testing::SizeIs(51));
  EXPECT_THAT(all[49], testing::StartsWith("GET /49 on port 80: no answer"));
  EXPECT_EQ(all.back(), "3 more answers are different");
  before.exchanges.resize(50);
  EXPECT_THAT(differences(before, slim), testing::SizeIs(50));
}

TEST(Speech, HasANameForPrograms) {
  EXPECT_EQ(to_string(Speech::kHttp), "http");
  EXPECT_EQ(to_string(Speech::kHttps), "https");
  EXPECT_EQ(to_string(Speech::kOther), "other");
}

TEST(Origin, HasANameForPrograms) {
  std::vector<std::string_view> names;
  for (const Origin one :
       {Origin::kStart, Origin::kGiven, Origin::kDocument, Origin::kApi, Origin::kLink, Origin::kRedirect})
    names.push_back(to_string(one));
  EXPECT_THAT(names, ElementsAre("start", "given", "document", "api", "link", "redirect"));
}

TEST(ContentType, IsComparedWithoutWhatChanges) {
  EXPECT_EQ(comparable_type("Text/HTML; Charset=UTF-8"), "text/html;charset=utf-8");
  EXPECT_EQ(comparable_type("multipart/mixed; boundary=17; charset=utf-8"), "multipart/mixed;charset=utf-8");
  EXPECT_EQ(comparable_type(""), "");
}

}  // namespace
}  // namespace winnow
