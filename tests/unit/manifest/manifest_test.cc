// SPDX-License-Identifier: Apache-2.0
// What is read of a manifest, and what a hostile one costs.
#include "winnow/manifest/manifest.h"

#include <gmock/gmock.h>

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "WHERE | IMAGE | WORD WORD" of each command, or the error.
std::vector<std::string> commands_of(std::string_view text) {
  const auto commands = pod_commands(text);
  if (!commands) return {"error: " + commands.error().what};
  std::vector<std::string> all;
  for (const PodCommand& one : *commands) {
    std::string line = one.where + " | " + one.image + " |";
    for (const std::string& word : one.words) line += " " + word;
    if (!one.working_dir.empty()) line += " in " + one.working_dir;
    all.push_back(line + (one.arguments ? " (arguments)" : ""));
  }
  return all;
}

TEST(Manifest, GivesProbesHooksCommandAndArgsOfAPod) {
  EXPECT_THAT(commands_of(R"(
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - {name: wait, image: tools, command: [sh, -c, "until nc db 5432; do sleep 1; done"]}
  containers:
  - name: app
    image: app:1
    workingDir: /srv
    command: ["/bin/app"]
    args: [--port, 80]
    livenessProbe: {exec: {command: [cat, /tmp/ok]}}
    readinessProbe: {httpGet: {port: 80}}
    startupProbe: {exec: {command: ["./probe"]}}
    lifecycle:
      postStart: {exec: {command: [/bin/warm]}}
      preStop: {exec: {command: [sleep, "5"]}}
  - name: side
    image: side
    args: [serve]
    lifecycle: {preStop: {sleep: {seconds: 5}}}
)"),
              ElementsAre("Pod web, container wait: command | tools | sh -c until nc db 5432; do sleep 1; done",
                          "Pod web, container app: command | app:1 | /bin/app --port 80 in /srv",
                          "Pod web, container app: startupProbe | app:1 | ./probe in /srv",
                          "Pod web, container app: livenessProbe | app:1 | cat /tmp/ok in /srv",
                          "Pod web, container app: postStart | app:1 | /bin/warm in /srv",
                          "Pod web, container app: preStop | app:1 | sleep 5 in /srv",
                          "Pod web, container side: args | side | serve (arguments)"));
}

TEST(Manifest, FindsPodTemplatesInEveryKindAndInListsAndManyDocuments) {
  const std::string pod = "{containers: [{name: c, image: i, command: [x]}]}";
  std::string text = "kind: Service\nmetadata: {name: s}\nspec: {ports: []}\n";
  for (const char* kind : {"Deployment", "StatefulSet", "DaemonSet", "Job"})
    text += std::string("---\nkind: ") + kind + "\nmetadata: {name: n}\nspec: {template: {spec: " + pod + "}}\n";
  text += "---\nkind: CronJob\nmetadata: {name: n}\nspec: {jobTemplate: {spec: {template: {spec: " + pod + "}}}}\n";
  text += "---\n{\"kind\": \"List\", \"items\": [{\"kind\": \"Pod\", \"spec\": " + pod + "}]}\n---\n";
  EXPECT_THAT(
      commands_of(text),
      ElementsAre("Deployment n, container c: command | i | x", "StatefulSet n, container c: command | i | x",
                  "DaemonSet n, container c: command | i | x", "Job n, container c: command | i | x",
                  "CronJob n, container c: command | i | x", "Pod without a name, container c: command | i | x"));
}

TEST(Manifest, ExpandsAliasesAndMergeKeys) {
  EXPECT_THAT(commands_of(R"(
kind: Pod
metadata: {name: p}
spec:
  containers:
  - &base {name: a, image: i, livenessProbe: &probe {exec: {command: [ok]}}}
  - {<<: *base, name: b, readinessProbe: *probe}
)"),
              ElementsAre("Pod p, container a: livenessProbe | i | ok", "Pod p, container b: livenessProbe | i | ok",
                          "Pod p, container b: readinessProbe | i | ok"));
}

TEST(Manifest, AliasesThatMultiplyAreRefusedBeforeTheyAreExpanded) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) text += ", " + before;
    text += "]\n";
  }
  EXPECT_THAT(commands_of(text), ElementsAre(HasSubstr("with what aliases repeat")));
  std::string long_one = "a: &a \"" + std::string(8 << 20, 'x') + "\"\nb: [";
  for (int i = 0; i < 1000; ++i) long_one += "*a,";
  EXPECT_THAT(commands_of(long_one + "]\n"), ElementsAre(HasSubstr("with what aliases repeat")));
}

TEST(Manifest, DepthAndSizeAreBounded) {
  EXPECT_THAT(commands_of(std::string(100'000, '[')), ElementsAre(HasSubstr("nested deeper than")));
  EXPECT_THAT(commands_of(std::string(kMaxManifest + 1, ' ')), ElementsAre(HasSubstr("a manifest of more than")));
}

TEST(Manifest, WhatIsNoManifestIsAnErrorThatNamesTheLine) {
  EXPECT_THAT(commands_of("kind: Pod\nspec: {{ .Values.spec }}\n"), ElementsAre(HasSubstr("error: line 2: ")));
  EXPECT_THAT(commands_of("a: *nobody"), ElementsAre(HasSubstr("nothing is called &nobody")));
  EXPECT_THAT(commands_of("a: &a [*a]"), ElementsAre(HasSubstr("nothing is called &a")));
  EXPECT_THAT(commands_of("a: 1\na: 2"), ElementsAre(HasSubstr("\"a\" is there twice")));
  EXPECT_THAT(commands_of("a: \"\xff\""), ElementsAre(HasSubstr("UTF-8")));
  EXPECT_THAT(commands_of("kind: ConfigMap\ndata: {}"), ElementsAre("error: it names no pod"));
  EXPECT_THAT(commands_of(""), ElementsAre("error: it names no pod"));
  EXPECT_THAT(commands_of("kind: Pod\nspec: {containers: [{name: c, command: sleep 5}]}"),
              ElementsAre("error: Pod without a name, container c: command has to be a list of strings"));
  EXPECT_THAT(commands_of("kind: Pod\nspec: {containers: [{name: c, command: [~]}]}"),
              ElementsAre(HasSubstr("has to be a list of strings")));
}

TEST(Manifest, OddShapesArePassedOver) {
  for (const char* text : {"kind: Pod\nspec: {containers: [1, [], {}, {name: [], image: {}, lifecycle: []}]}",
                           "kind: Pod\nspec: {containers: [{livenessProbe: {exec: []}}]}"})
    EXPECT_TRUE(commands_of(text).empty()) << text;
}

}  // namespace
}  // namespace winnow
