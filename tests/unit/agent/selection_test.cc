// SPDX-License-Identifier: Apache-2.0
// Which pods and containers are recorded.
#include "winnow/agent/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace winnow {
namespace {

using testing::HasSubstr;
using Labels = std::map<std::string, std::string>;

bool matches(const std::string& selector, const Labels& labels) {
  const auto parsed = LabelSelector::parse(selector);
  EXPECT_TRUE(parsed) << selector << ": " << parsed.error().what;
  return parsed && parsed->matches(labels);
}

TEST(LabelSelector, MatchesAsThatOfKubectl) {
  const Labels web = {{"app", "web"}, {"tier", "front"}, {"empty", ""}, {"example.com/role", "a.b_c-d"}};
  for (const char* selector : {"",
                               "  ",
                               "app",
                               "app=web",
                               "app==web",
                               " app = web ",
                               "app=web,tier=front",
                               "app=web , tier",
                               "tier!=db",
                               "none!=x",
                               "!none",
                               "! none",
                               "app in (web)",
                               "app in (web,api)",
                               "app in ( api , web )",
                               "app in(web)",
                               "app\tin\t(web)",
                               "app notin (db,api)",
                               "app notin(db)",
                               "none notin (a)",
                               "empty=",
                               "empty in ()",
                               "empty in (a,)",
                               "empty==",
                               "app!=",
                               "example.com/role=a.b_c-d",
                               "app in (web),tier notin (db),!none,empty"})
    EXPECT_TRUE(matches(selector, web)) << selector;
  for (const char* selector : {"app=db", "app==db", "app!=web", "!app", "none", "none=web", "none in (web)", "none=",
                               "app in (db)", "app in ()", "app notin (db,web)", "app=web,tier=db", "app=web,none",
                               "empty!=", "app=WEB", "App=web", "app=we", "empty in (a)", "app in (db),app=web"})
    EXPECT_FALSE(matches(selector, web)) << selector;
}

TEST(LabelSelector, MatchesPodsWithoutLabels) {
  EXPECT_TRUE(matches("", {}));
  EXPECT_TRUE(matches("app!=web,!tier,env notin (a)", {}));
  EXPECT_FALSE(matches("app", {}));
}

TEST(LabelSelector, IsRefusedIfItIsNone) {
  for (const std::string selector : {",",
                                     "app,",
                                     ",app",
                                     "app,,tier",
                                     "=",
                                     "=web",
                                     "!=web",
                                     "!",
                                     "!app=web",
                                     "!app in (a)",
                                     "app=web=x",
                                     "x==a==b",
                                     "x=a||y=b",
                                     "app in",
                                     "app in web",
                                     "app in (web",
                                     "app in web)",
                                     "app notin",
                                     "app=(web)",
                                     "app in (a(b))",
                                     "app in ((a))",
                                     "app in (a) b",
                                     "app of (a)",
                                     "app web",
                                     "app=web api",
                                     "a b=c",
                                     "app>1",
                                     "app<1",
                                     "app=we\nb",
                                     "app=\x1b[2J",
                                     "app=\xff",
                                     "(app)",
                                     "app in (a))",
                                     "app inx (a)",
                                     "app=*"}) {
    const auto parsed = LabelSelector::parse(selector);
    ASSERT_FALSE(parsed) << selector;
    EXPECT_THAT(parsed.error().what, HasSubstr("not a label selector"));
    EXPECT_EQ(parsed.error().fault, Fault::kUsage);
    EXPECT_EQ(parsed.error().what.find_first_of("\x1b\n\xff"), std::string::npos) << "it is shown to people";
  }
}

TEST(LabelSelector, IsBounded) {
  const std::string key(317, 'a');
  EXPECT_TRUE(matches(key, {{key, ""}}));
  EXPECT_FALSE(LabelSelector::parse(key + "a"));
  std::string many = "a0";
  for (int i = 1; i < 800; ++i) many += ",a" + std::to_string(i % 10);
  EXPECT_TRUE(LabelSelector::parse(many));
  EXPECT_FALSE(LabelSelector::parse(many + std::string(4096, ' ')));
}

// A container of a pod that is recorded if nothing else is said.
StoredContainer container_of_pod() {
  return {.image = Digest::of("image"),
          .pod_namespace = "shop",
          .pod = "web-0",
          .pod_uid = "1",
          .container = "web",
          .pod_labels = {{"app", "web"}}};
}

TEST(Selection, TakesEveryContainerButThoseOfNoImage) {
  EXPECT_EQ(reason_to_skip({}, container_of_pod()), std::nullopt);
  EXPECT_EQ(reason_to_skip({}, {.image = Digest::of("image"), .name = "by-docker"}), std::nullopt) << "in no pod";
  StoredContainer sandbox = container_of_pod();
  sandbox.sandbox = true;
  EXPECT_EQ(reason_to_skip({}, sandbox), Skip::kSandbox);
  sandbox.image = {};
  EXPECT_EQ(reason_to_skip({}, sandbox), Skip::kSandbox) << "it is not counted as unknown";
  StoredContainer unknown = container_of_pod();
  unknown.image = {};
  EXPECT_EQ(reason_to_skip({}, unknown), Skip::kUnknown);
}

struct Case {
  const char* what;
  std::function<void(PodSelection&, StoredContainer&)> set;
  std::optional<Skip> expected;
};

LabelSelector labels(const char* text) { return LabelSelector::parse(text).value(); }
void annotate(StoredContainer& container, const char* value) { container.pod_annotations["winnow.dev/record"] = value; }

TEST(Selection, SaysWhyAContainerIsNotRecorded) {
  const Case kCases[] = {
      {"its namespace", [](auto& s, auto&) { s.namespaces = {Glob("shop")}; }, std::nullopt},
      {"one of several", [](auto& s, auto&) { s.namespaces = {Glob("a"), Glob("sh*")}; }, std::nullopt},
      {"another namespace", [](auto& s, auto&) { s.namespaces = {Glob("test")}; }, Skip::kNamespace},
      {"excluded", [](auto& s, auto&) { s.excluded_namespaces = {Glob("sh*")}; }, Skip::kNamespace},
      {"excluded and named",
       [](auto& s, auto&) {
         s.namespaces = {Glob("shop")};
         s.excluded_namespaces = {Glob("*")};
       },
       Skip::kNamespace},
      {"another is excluded", [](auto& s, auto&) { s.excluded_namespaces = {Glob("kube-system")}; }, std::nullopt},
      {"its labels", [](auto& s, auto&) { s.labels = labels("app=web"); }, std::nullopt},
      {"other labels", [](auto& s, auto&) { s.labels = labels("app=db"); }, Skip::kSelector},
      {"its name", [](auto& s, auto&) { s.containers = {Glob("w?b")}; }, std::nullopt},
      {"another name", [](auto& s, auto&) { s.containers = {Glob("sidecar"), Glob("init-*")}; }, Skip::kContainer},
      {"annotated only", [](auto& s, auto&) { s.annotated_only = true; }, Skip::kAnnotation},
      {"annotated only, and is",
       [](auto& s, auto& c) {
         s.annotated_only = true;
         annotate(c, "true");
       },
       std::nullopt},
      {"does not want to be", [](auto&, auto& c) { annotate(c, "false"); }, Skip::kAnnotation},
      {"wants to be, in spite of all",
       [](auto& s, auto& c) {
         s.excluded_namespaces = {Glob("*")};
         s.labels = labels("app=db");
         s.containers = {Glob("x")};
         annotate(c, "true");
       },
       std::nullopt},
      {"another annotation", [](auto&, auto& c) { annotate(c, "yes"); }, std::nullopt},
      {"another annotation, annotated only",
       [](auto& s, auto& c) {
         s.annotated_only = true;
         annotate(c, "True");
       },
       Skip::kAnnotation},
      {"wants to be, but is a sandbox",
       [](auto&, auto& c) {
         c.sandbox = true;
         annotate(c, "true");
       },
       Skip::kSandbox},
      {"the namespace comes first",
       [](auto& s, auto&) {
         s.namespaces = {Glob("x")};
         s.labels = labels("x");
         s.containers = {Glob("x")};
       },
       Skip::kNamespace},
      {"then the labels",
       [](auto& s, auto&) {
         s.labels = labels("x");
         s.containers = {Glob("x")};
       },
       Skip::kSelector},
      {"in no pod, annotated only",
       [](auto& s, auto& c) {
         s.annotated_only = true;
         c.pod_namespace.clear();
       },
       Skip::kAnnotation},
      {"in no pod, with a namespace chosen",
       [](auto& s, auto& c) {
         s.namespaces = {Glob("x")};
         c.pod_namespace.clear();
       },
       std::nullopt},
  };
  for (const Case& one : kCases) {
    PodSelection selection;
    StoredContainer container = container_of_pod();
    one.set(selection, container);
    EXPECT_EQ(reason_to_skip(selection, container), one.expected) << one.what;
  }
}

TEST(Selection, HasANameForEachReason) {
  EXPECT_EQ(to_string(Skip::kSandbox), "sandbox");
  EXPECT_EQ(to_string(Skip::kNamespace), "namespace");
  EXPECT_EQ(to_string(Skip::kSelector), "selector");
  EXPECT_EQ(to_string(Skip::kContainer), "container");
  EXPECT_EQ(to_string(Skip::kAnnotation), "annotation");
  EXPECT_EQ(to_string(Skip::kUnknown), "unknown");
}

}  // namespace
}  // namespace winnow
