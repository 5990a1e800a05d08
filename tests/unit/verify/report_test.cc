// SPDX-License-Identifier: Apache-2.0
// Verdicts as JSON and Markdown: all of it is there, and no name breaks out.
#include "winnow/verify/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/verify/verifying.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

const std::string kHostile = "/opt/\x1b[31m|`<b>\n# x\xff\\";

Verdict full_verdict() {
  Verdict verdict;
  verdict.outcome = Outcome::kMissing;
  MissingPath missing;
  missing.path = missing.requested = missing.keep = kHostile;
  missing.by = "/bin/" + kHostile;
  missing.also_by = {kHostile, "/bin/other"};
  missing.containers = 2;
  missing.cause = Cause::kDropGlob;
  missing.glob = "/opt/**";
  verdict.missing = {missing};
  verdict.shrunk = {{kHostile, kHostile, {kHostile}, false, 12, 34, {kHostile}, kHostile}};
  verdict.mismatched = {{Mismatch::What::kContent, kHostile}};
  verdict.attempt.image = kHostile;
  verdict.attempt.source = "docker-daemon:app";
  verdict.attempt.command = {"sh", "-c", kHostile};
  verdict.attempt.status = 3;
  verdict.attempt.expected_from = "as the recorded command returned";
  verdict.attempt.start_failures = {kHostile};
  verdict.attempt.ready_after = std::chrono::milliseconds(1234);
  verdict.attempt.image_bytes = 1000;
  verdict.attempt.source_bytes = 5000;
  verdict.doubts = {kHostile};
  verdict.notes = {kHostile};
  return verdict;
}

TEST(VerdictJson, HoldsEverythingWithPathsThatCanBeGotBack) {
  const std::string text = verdict_json(full_verdict());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["schema"], "winnow.verdict/1");
  EXPECT_EQ(json["outcome"], "missing");
  EXPECT_EQ(json["status"], 3);
  EXPECT_EQ(json["expected_status"], 0);
  EXPECT_EQ(json["source_status"], nullptr);
  EXPECT_EQ(json["ready_ms"], 1234);
  EXPECT_EQ(json["source"]["bytes"], 5000);
  EXPECT_EQ(json["missing"][0]["containers"], 2);
  EXPECT_EQ(json["missing"][0]["glob"], "/opt/**");
  EXPECT_EQ(json["missing"][0]["also_by"].size(), 2u);
  EXPECT_EQ(json["mismatches"]["count"], 1);
  for (const auto& place :
       {json["image"]["reference"], json["command"][2], json["start_failures"][0], json["missing"][0]["path"],
        json["missing"][0]["keep"], json["shrunk"][0]["directory"], json["shrunk"][0]["also_by"][0],
        json["shrunk"][0]["names"][0], json["mismatches"]["first"][0]["path"], json["doubts"][0], json["notes"][0]})
    EXPECT_EQ(unescape_path(place.get<std::string>()).value(), kHostile);
  EXPECT_EQ(nlohmann::json::parse(missing_json(full_verdict().missing[0])), json["missing"][0]);
}

TEST(VerdictJson, SaysNullWhereNothingIsKnown) {
  const auto json = nlohmann::json::parse(verdict_json(Verdict()));
  EXPECT_EQ(json["outcome"], "inconclusive");
  for (const char* name : {"status", "ready_ms", "source_status", "ended_after_ms"})
    EXPECT_TRUE(json[name].is_null()) << name;
  EXPECT_TRUE(json["image"]["bytes"].is_null());
}

TEST(VerdictJson, CountsMismatchesThatItDoesNotList) {
  Verdict verdict;
  verdict.mismatched.assign(3000, {Mismatch::What::kLacks, "/a"});
  const auto json = nlohmann::json::parse(verdict_json(verdict));
  EXPECT_EQ(json["mismatches"]["count"], 3000);
  EXPECT_EQ(json["mismatches"]["first"].size(), 1000u);
}

TEST(VerdictMarkdown, LetsNoNameBreakOut) {
  const std::string text = verdict_markdown(full_verdict());
  EXPECT_TRUE(text.starts_with("# Verdict: missing\n"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\n# x"), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
  for (const char* wanted :
       {"## Missing", "## Shorter listings", "## It proves nothing", "## Notes", "## Containers that did not start",
        "1234 ms", "expected 0, as the recorded command returned"})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << " is not in " << text;
  const std::string tables = text.substr(0, text.find("\n    --keep "));  // what follows is shown as it stands
  for (std::size_t at = tables.find('|'); at != std::string::npos; at = tables.find('|', at + 1))
    EXPECT_FALSE(tables.substr(0, at).ends_with("31m")) << "a cell ends in a name";
  EXPECT_EQ(tables.find("`<"), std::string::npos);
}

TEST(VerdictMarkdown, LeavesOutWhatThereIsNothingToSayOf) {
  Verdict verdict;
  verdict.outcome = Outcome::kPass;
  verdict.attempt.status = 0;
  const std::string text = verdict_markdown(verdict);
  EXPECT_EQ(text.find("##"), std::string::npos) << text;
}

TEST(VerdictWords, SayWhatWasExpectedAndWhere) {
  Attempt attempt;
  attempt.status = 1;
  EXPECT_EQ(status_words(attempt), "1; expected 0, as of a command that succeeds");
  expect_as_on_source(attempt, 0);
  EXPECT_EQ(status_words(attempt), "1; expected 0, as the source image returned just now");
  attempt.status = std::nullopt;
  attempt.source_status = std::nullopt;
  EXPECT_NE(status_words(attempt).find("did not end by itself"), std::string::npos);
}

}  // namespace
}  // namespace winnow
