// SPDX-License-Identifier: Apache-2.0
// What `winnow slim` did, as one page and as one object, schema "winnow.slim/1".
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/exercised.h"
#include "cli/slimming.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/report/markdown.h"

namespace winnow::cli {
namespace {

using Json = nlohmann::ordered_json;

Json escaped(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push_back(escape_path(text));
  return array;
}

Json to_json(const Healed& healed) {
  Json json = {{"path", escape_path(healed.missing.path)},
               {"by", escape_path(healed.missing.by)},
               {"bytes", healed.missing.size},
               {"added", healed.added},
               {"why", escape_path(healed.why)}};
  if (!healed.keep.empty()) json["keep"] = escape_path(healed.keep);
  return json;
}

Json to_json(const CoverageEstimate& estimate) {
  Json json = {{"runs", estimate.seen.runs}, {"files", estimate.seen.observed}, {"words", in_words(estimate)}};
  if (!estimate.coverage) return json;
  json["coverage"] = *estimate.coverage;
  json["next_run"] = {{"expected", estimate.next_run}, {"low", estimate.next_low}, {"high", estimate.next_high}};
  return json;
}

Json to_json(const SlimRound& round) {
  Json json = {{"kept_bytes", round.sizes.kept_bytes}, {"kept_entries", round.sizes.kept_entries}};
  json["tests"] = Json::array();
  for (const Verdict& verdict : round.verdicts)
    json["tests"].push_back({{"outcome", name_of(verdict.outcome)},
                             {"status", verdict.attempt.status ? Json(*verdict.attempt.status) : Json(nullptr)},
                             {"missing", verdict.missing.size()},
                             {"output_differs", !output_words(verdict.attempt).empty()}});
  json["healed"] = Json::array();
  for (const Healed& one : round.healed) json["healed"].push_back(to_json(one));
  return json;
}

std::string words_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "The slim image passes every test, and no lookup failed that would have succeeded on the source image.";
    case Outcome::kMissing:
      return "The slim image lacks files that the tests asked for.";
    case Outcome::kDiffers:
      return "A test ends in another way on the slim image than on the source image.";
    case Outcome::kListing:
      return "A program read the names in a directory, and saw fewer on the slim image than on the source image.";
    case Outcome::kInconclusive:
      return "The verification proves nothing.";
  }
  return "";
}

std::string healing_table(const SlimOutcome& outcome) {
  std::string rows;
  for (std::size_t at = 0; at < outcome.rounds.size(); ++at)
    for (const Healed& one : outcome.rounds[at].healed)
      rows += fmt::format("| {} | {} | {} | {} | {} | {} |\n", at + 1, one.added ? "put back" : "left out",
                          markdown_cell(one.missing.path), human_bytes(one.missing.size), markdown_cell(one.missing.by),
                          markdown_cell(one.why) +
                              (one.keep.empty() ? "" : "; --keep " + markdown_words(shell_word(one.keep)) + " does"));
  if (rows.empty()) return "";
  return "\n## Healing\n\nMissed on a slim image, and what was done about it.\n\n"
         "| round | | path | bytes | wanted by | why the profile had it not |\n|---:|---|---|---:|---|---|\n" +
         rows;
}

}  // namespace

std::string slim_json(const SlimWishes& wishes, const SlimOutcome& outcome) {
  Json json = {{"schema", "winnow.slim/1"},
               {"image", escape_path(wishes.image)},
               {"slim", escape_path(outcome.slim)},
               {"outcome", name_of(outcome.outcome())},
               {"policy", name_of(wishes.plan.policy)}};
  const Summary sizes = outcome.rounds.empty() ? Summary{} : outcome.rounds.back().sizes;
  json["bytes"] = {{"image", sizes.image_bytes}, {"kept", sizes.kept_bytes}, {"dropped", sizes.dropped_bytes}};
  if (wishes.bed.kind == TestBed::Kind::kCompose)
    json["services"] = {{"slim", escaped(wishes.bed.compose_services)}, {"source", escaped(wishes.on_source)}};
  json["coverage"] = to_json(outcome.coverage);
  json["tests"] = Json::array();
  for (std::size_t at = 0; at < wishes.tests.size(); ++at) {
    Json test = {{"command", escape_path(wishes.tests[at].command)},
                 {"role", wishes.tests[at].recorded ? "recorded" : "held-out"}};
    if (at < outcome.source_reports.size() && outcome.source_reports[at].ready_after)
      test["source_ready_ms"] = outcome.source_reports[at].ready_after->count();
    if (at < outcome.source_reports.size() && outcome.source_reports[at].probe)
      test["probe"] = Json::parse(probe_json(*outcome.source_reports[at].probe));
    if (!outcome.rounds.empty() && at < outcome.rounds.back().verdicts.size())
      test["verdict"] = Json::parse(verdict_json(outcome.rounds.back().verdicts[at]));
    json["tests"].push_back(std::move(test));
  }
  json["rounds"] = Json::array();
  for (const SlimRound& round : outcome.rounds) json["rounds"].push_back(to_json(round));
  json["seconds"] = static_cast<double>(outcome.took.count()) / 1000;
  return json.dump();
}

std::string slim_markdown(const SlimWishes& wishes, const SlimOutcome& outcome) {
  const Summary sizes = outcome.rounds.empty() ? Summary{} : outcome.rounds.back().sizes;
  std::string text = fmt::format("# {}: {}\n\n{}\n\n", markdown_cell(wishes.image), name_of(outcome.outcome()),
                                 words_of(outcome.outcome()));
  text += fmt::format("{} is {} of {}. {}\n", markdown_cell(outcome.slim), human_bytes(sizes.kept_bytes),
                      human_bytes(sizes.image_bytes), markdown_cell(in_words(outcome.coverage)));
  if (wishes.bed.kind == TestBed::Kind::kCompose)
    text += fmt::format("\nServices on the slim image: {}.{}\n", markdown_cell(joined(wishes.bed.compose_services)),
                        wishes.on_source.empty()
                            ? ""
                            : fmt::format(" On the source image all the time, though they are made from it: {}.",
                                          markdown_cell(joined(wishes.on_source))));
  text += "\n## Tests\n";
  for (std::size_t at = 0; at < wishes.tests.size(); ++at) {
    const SlimTest& test = wishes.tests[at];
    text += fmt::format("\n### {}: {}\n\n", test.recorded ? "Recorded" : "Held out",
                        markdown_cell(test.command.empty() ? shown_test(wishes, test) : test.command));
    if (at < outcome.source_reports.size() && outcome.source_reports[at].probe)
      text += probe_markdown(*outcome.source_reports[at].probe) + "\n";
    if (!outcome.rounds.empty() && at < outcome.rounds.back().verdicts.size())
      text += markdown_below(verdict_markdown(outcome.rounds.back().verdicts[at]), 3);
  }
  return text + healing_table(outcome);
}

}  // namespace winnow::cli
