// SPDX-License-Identifier: Apache-2.0
// Objects in a cluster's API: the requests byte by byte, and what each answer means.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "unit/store/clustered.h"
#include "unit/store/storing.h"

namespace winnow {
namespace {

using test::Cluster;
using test::Json;
using test::kProfiles;
using test::profile_of;
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

class ClusterStore : public Cluster {};

TEST_F(ClusterStore, AppliesOnTheServerSide) {
  answer({reply(201, "{}"), reply(200, "{}")});
  const std::string object = R"({"metadata": {"name": "a"}})";
  const auto applied = store_->apply("a", object);
  ASSERT_TRUE(applied) << why(applied);
  EXPECT_EQ(*applied, Applied::kDone);
  EXPECT_EQ(store_->apply_status("a", R"({"status": {}})").value(), Applied::kDone);
  EXPECT_THAT(lines(), ElementsAre("PATCH " + kProfiles + "/a?fieldManager=winnow-agent&force=true",
                                   "PATCH " + kProfiles + "/a/status?fieldManager=winnow-agent-status&force=true"));
  const auto asked = server_->asked();
  EXPECT_EQ(asked.at(0).body, object);
  EXPECT_THAT(asked.at(0).head,
              AllOf(HasSubstr("\r\nContent-Type: application/apply-patch+yaml\r\n"),
                    HasSubstr("\r\nAccept: application/json\r\n"), HasSubstr("\r\nAuthorization: Bearer first"),
                    HasSubstr("Host: " + server_->host()), Not(HasSubstr("Expect:"))));
  EXPECT_EQ(asked.at(1).body, R"({"status": {}})");
  EXPECT_EQ(counts_.requests, 2U);
  EXPECT_EQ(counts_.failures, 0U);
}

TEST_F(ClusterStore, GetsAnObjectAndKnowsThatThereIsNone) {
  answer({reply(200, R"({"a": 1})"), reply(404, status_object(404, "NotFound", "profiles \\\"b\\\" not found", "b"))});
  EXPECT_EQ(store_->get("a").value(), R"({"a": 1})");
  const auto none = store_->get("b");
  ASSERT_TRUE(none) << why(none);
  EXPECT_EQ(*none, std::nullopt);
  EXPECT_THAT(lines(), ElementsAre("GET " + kProfiles + "/a", "GET " + kProfiles + "/b"));
  EXPECT_EQ(server_->asked().at(0).body, "");
}

TEST_F(ClusterStore, TellsAMissingResourceFromAMissingObject) {
  answer({reply(404, "404 page not found\n")});
  EXPECT_THAT(why(store_->get("a")),
              AllOf(HasSubstr("404: 404 page not found"), HasSubstr("apply deploy/base/crd.yaml")));
  EXPECT_THAT(why(store_->apply("a", "{}")), HasSubstr("apply deploy/base/crd.yaml"));
  answer({reply(404, status_object(404, "NotFound", "the server could not find the requested resource"))});
  EXPECT_THAT(why(store_->get("a")), HasSubstr("the server could not find the requested resource (is the resource"));
}

TEST_F(ClusterStore, RemovesAnObjectOfThisVersionOnly) {
  answer({reply(200, "{}"), reply(404, status_object(404, "NotFound", "gone", "b")), reply(200, "{}"),
          reply(409, status_object(409, "Conflict", "the ResourceVersion in the precondition (7) does not match"))});
  EXPECT_TRUE(store_->remove("a").value());
  EXPECT_TRUE(store_->remove("b").value()) << "it is gone: that was wanted";
  EXPECT_TRUE(store_->remove("c", "7").value());
  const auto kept = store_->remove("d", "7");
  ASSERT_TRUE(kept) << why(kept);
  EXPECT_FALSE(*kept);
  const auto asked = server_->asked();
  EXPECT_EQ(asked.at(0).method + " " + asked.at(0).target, "DELETE " + kProfiles + "/a");
  EXPECT_EQ(asked.at(0).body, "");
  EXPECT_EQ(asked.at(2).target, kProfiles + "/c");
  EXPECT_THAT(asked.at(2).head, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_EQ(Json::parse(asked.at(2).body),
            (Json{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"resourceVersion", "7"}}}}));
}

TEST_F(ClusterStore, ReadsTheTokenAgainWhenItIsNotAcceptedAnyMore) {
  answer({reply(401, status_object(401, "Unauthorized", "Unauthorized")), reply(200, "{}")});
  before_answer_ = [this] { place_.write("token", "second"); };
  const auto applied = store_->apply("a", "{}");
  ASSERT_TRUE(applied) << why(applied);
  const auto asked = server_->asked();
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_THAT(asked.at(0).head, HasSubstr("Authorization: Bearer first"));
  EXPECT_THAT(asked.at(1).head, AllOf(HasSubstr("Authorization: Bearer second"), Not(HasSubstr("first")),
                                      HasSubstr("Content-Type: application/apply-patch+yaml")));
  EXPECT_EQ(asked.at(1).body, "{}");
  EXPECT_EQ(counts_.requests, 2U);
  EXPECT_EQ(counts_.failures, 1U);
}

TEST_F(ClusterStore, GivesUpWhenTheTokenIsNotAcceptedTwice) {
  answer({reply(401, status_object(401, "Unauthorized", "Unauthorized"))});
  EXPECT_THAT(why(store_->get("a")), AllOf(HasSubstr("the API answered 401: Unauthorized"), HasSubstr("token")));
  EXPECT_THAT(lines(), SizeIs(2));
}

TEST_F(ClusterStore, SaysWhichFileIsMissing) {
  answer({reply(200, "{}")});
  ASSERT_EQ(::unlink((place_ / "token").c_str()), 0);
  EXPECT_THAT(why(store_->get("a")), HasSubstr(place_ / "token"));
  EXPECT_THAT(lines(), IsEmpty()) << "nothing is asked without it";
}

TEST_F(ClusterStore, TriesAgainOnceWhenAnotherWriterWasThere) {
  answer({reply(409, status_object(409, "Conflict", "the object has been modified")), reply(200, "{}")});
  EXPECT_EQ(store_->apply("a", "{}").value(), Applied::kDone);
  EXPECT_THAT(lines(), SizeIs(2));
  answer({reply(409, status_object(409, "Conflict", "the object has been modified"))});
  EXPECT_THAT(why(store_->apply("a", "{}")), HasSubstr("409: the object has been modified"));
  EXPECT_THAT(lines(), SizeIs(2));
  EXPECT_THAT(why(store_->remove("a")), HasSubstr("removing a: the API answered 409")) << "no version was asked for";
}

TEST_F(ClusterStore, SaysWhatIsForbiddenAndWhatToDo) {
  answer({reply(403, status_object(403, "Forbidden", "profiles is forbidden\\u001b[2J"))});
  EXPECT_THAT(why(store_->apply("a", "{}")),
              AllOf(HasSubstr("writing " + kProfiles + "/a"), HasSubstr("403: profiles is forbidden\\x1b[2J"),
                    HasSubstr("create, patch, get, list and delete"), HasSubstr("in the namespace winnow")));
  EXPECT_THAT(lines(), SizeIs(1)) << "it is not tried again at once";
}

TEST_F(ClusterStore, TellsWhatIsDeniedWhateverTheObjectIs) {
  const auto fault = [this](int status, const std::string& message) {
    answer({reply(status, status_object(status, "", message))});
    return store_->apply("a", "{}").error().fault;
  };
  EXPECT_EQ(fault(403, "profiles is forbidden"), Fault::kDenied);
  EXPECT_EQ(fault(401, "Unauthorized"), Fault::kDenied);
  EXPECT_EQ(fault(403, "a is forbidden: policy 'b' denied request: no"), Fault::kFailure) << "of this object";
  EXPECT_EQ(fault(404, "not found"), Fault::kFailure);
}

TEST_F(ClusterStore, TellsAPolicyFromAMissingRight) {
  answer(
      {reply(403, status_object(403, "Forbidden",
                                "a is forbidden: ValidatingAdmissionPolicy 'b' with binding 'b' denied request: no")),
       reply(400, status_object(400, "BadRequest", "admission webhook \\\"b\\\" denied the request: no"))});
  for (const char* reason : {"denied request: no", "denied the request: no"})
    EXPECT_THAT(why(store_->apply("a", "{}")),
                AllOf(HasSubstr(reason), HasSubstr("a policy of the cluster"), Not(HasSubstr("create, patch"))));
}

TEST_F(ClusterStore, KnowsTwoWaysInWhichAnObjectIsTooLarge) {
  answer({reply(413, "too large")});
  EXPECT_EQ(store_->apply("a", "{}").value(), Applied::kTooLarge);
  answer({reply(500, status_object(500, "", "rpc error: etcdserver: request is too large"))});
  EXPECT_EQ(store_->apply("a", "{}").value(), Applied::kTooLarge);
  answer({reply(500, status_object(500, "", "etcdserver: no leader"))});
  EXPECT_THAT(why(store_->apply("a", "{}")), HasSubstr("500: etcdserver: no leader (winnow tries again)"));
}

TEST_F(ClusterStore, SaysHowLongAnOverloadedApiWantsToBeLeftAlone) {
  answer({reply(429, status_object(429, "TooManyRequests", "later"), "Retry-After: 17\r\n")});
  const auto applied = store_->apply("a", "{}");
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().subject, "17");
  EXPECT_THAT(why(applied), AllOf(HasSubstr("429: later"), HasSubstr("overloaded")));
  answer({reply(503, "", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n")});
  EXPECT_EQ(store_->apply("a", "{}").error().subject, "") << "a date is not taken";
}

TEST_F(ClusterStore, QuotesNoMoreThanTheBeginningOfALongAnswer) {
  answer({reply(500, std::string(100'000, 'x'))});
  EXPECT_LT(why(store_->apply("a", "{}")).size(), 500U);
}

TEST_F(ClusterStore, TakesNoAnswerThatIsCutOrHasNoEnd) {
  Reply cut = reply(200, R"({"a": 1})");
  cut.bytes.resize(cut.bytes.size() - 3);
  answer({cut});
  EXPECT_THAT(why(store_->get("a")), HasSubstr("GET " + kProfiles + "/a"));
  const std::string long_text(65536, 'x');
  answer({{"HTTP/1.1 200 OK\r\n\r\n" + long_text, true}});
  EXPECT_THAT(why(store_->get("a")), HasSubstr("a longer answer than 67"));
  answer({{"HTTP/1.1 500 E\r\n\r\n" + long_text, true}});
  EXPECT_THAT(why(store_->apply("a", "{}")), HasSubstr("the answer is longer than"));
  answer({{"nonsense"}});
  EXPECT_NE(why(store_->get("a")), "no error");
  EXPECT_EQ(counts_.failures, 4U);
}

TEST_F(ClusterStore, IsAwayWhenNobodyListens) {
  answer({reply(200, "{}")});
  EXPECT_EQ(why(store_->get("a")), "no error") << "the control";
  ClusterAccess away = access();
  server_.reset();
  EXPECT_THAT(why(cluster_objects(away, &counts_)->get("a")), HasSubstr("Connection refused"));
  EXPECT_EQ(counts_.failures, 1U);
}

TEST_F(ClusterStore, TrustsOnlyItsOwnAuthority) {
  answer({reply(200, "{}")});
  const test::Certificate foreign("127.0.0.1");
  place_.write("foreign.crt", foreign.pem());
  ClusterAccess wrong = access();
  wrong.ca_file = place_ / "foreign.crt";
  EXPECT_THAT(why(cluster_objects(wrong)->get("a")), HasSubstr("certificate"));
  wrong.ca_file = place_ / "none.crt";
  EXPECT_NE(why(cluster_objects(wrong)->get("a")), "no error");
  place_.write("empty.crt", "");
  wrong.ca_file = place_ / "empty.crt";
  EXPECT_NE(why(cluster_objects(wrong)->get("a")), "no error");
  EXPECT_THAT(lines(), IsEmpty()) << "no token went to a server that nobody vouches for";
  EXPECT_EQ(why(cluster_objects(access())->get("a")), "no error") << "the control";
}

TEST_F(ClusterStore, TrustsNoCertificateOfAnotherHost) {
  answer({reply(200, "{}")});
  const test::ApiServer other([](const test::Asked&) { return reply(200, "{}"); }, "127.0.0.2");
  place_.write("other.crt", other.authority());
  ClusterAccess wrong = access();
  wrong.host = other.host();
  wrong.ca_file = place_ / "other.crt";
  EXPECT_NE(why(cluster_objects(wrong)->get("a")), "no error");
  EXPECT_THAT(other.asked(), IsEmpty());
}

TEST_F(ClusterStore, FollowsNoRedirectWithItsToken) {
  answer({{"HTTP/1.1 307 T\r\nLocation: https://" + std::string("127.0.0.1:1/") +
           "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}});
  EXPECT_THAT(why(store_->get("a")), HasSubstr("answered 307"));
  EXPECT_THAT(lines(), SizeIs(1));
}

TEST_F(ClusterStore, SaysWhereItIs) {
  answer({reply(200, "{}")});
  EXPECT_EQ(store_->str(), "profiles of the namespace winnow at https://" + server_->host());
}

TEST_F(ClusterStore, KeepsProfilesInPartsOfASizeThatTheApiTakes) {
  answer({reply(200, "{}")});
  std::map<std::string, std::string> objects;
  server_ = std::make_unique<test::ApiServer>([&](const test::Asked& asked) {
    const auto query = asked.target.find('?');
    const std::string name = asked.target.substr(kProfiles.size() + 1, query - kProfiles.size() - 1);
    if (asked.body.size() > 60'000) return reply(413, "");
    if (asked.method == "PATCH" && !name.ends_with("/status")) objects[name] = asked.body;
    if (asked.method == "GET" && !objects.contains(name)) return reply(404, status_object(404, "NotFound", "", name));
    return reply(200, asked.method == "GET" ? objects[name] : "{}");
  });
  place_.write("ca.crt", server_->authority());
  store_ = cluster_objects(access());
  const AccessProfile profile = profile_of("app:1", test::random_paths(2600, 1));
  ProfileStore profiles(*store_);
  const auto put = profiles.put(test::fresh(profile));
  ASSERT_TRUE(put) << why(put);
  EXPECT_GE(objects.size(), 3U);
  std::vector<std::string> refused;
  const auto got = profiles.get(profile.image.id, "n1", refused);
  ASSERT_TRUE(got && *got) << why(got);
  EXPECT_EQ(to_json(**got), to_json(profile));
}

// The variables and files of a pod; there is no service account here.
TEST(ClusterAccess, IsThatOfAPod) {
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_THAT(why(ClusterAccess::of_pod()), AllOf(HasSubstr("this is no pod"), HasSubstr("--store dir:PATH")));
  ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  EXPECT_THAT(why(ClusterAccess::of_pod()), HasSubstr("this is no pod")) << "the port is missing";
  ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  if (::access("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", F_OK) != 0) {
    EXPECT_THAT(why(ClusterAccess::of_pod()), HasSubstr("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"));
  }
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  ::unsetenv("KUBERNETES_SERVICE_PORT");
}

}  // namespace
}  // namespace winnow
