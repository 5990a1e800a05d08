// SPDX-License-Identifier: Apache-2.0
// What `winnow slim` did, as one page and as one object, schema "winnow.slim/1".
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "winnow/base/json.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/prove/exercised.h"
#include "winnow/prove/slim.h"
#include "winnow/report/markdown.h"
#include "winnow/verify/report.h"

namespace winnow {
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
    json["tests"].push_back({{"outcome", to_string(verdict.outcome)},
                             {"status", verdict.attempt.status ? Json(*verdict.attempt.status) : Json(nullptr)},
                             {"missing", verdict.missing.size()},
                             {"output_differs", !output_words(verdict.attempt).empty()}});
  json["healed"] = Json::array();
  for (const Healed& one : round.healed) json["healed"].push_back(to_json(one));
  return json;
}

std::string listed(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::string words_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "The slim image passes every test, and no lookup failed that would have succeeded on the source image.";
    case Outcome::kMissing:
      return "Files that the tests asked for are missing in the slim image.";
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

std::string slim_json(const SlimOptions& options, const SlimOutcome& outcome) {
  Json json = {{"schema", "winnow.slim/1"},
               {"image", escape_path(options.image)},
               {"slim", escape_path(outcome.slim)},
               {"outcome", to_string(outcome.outcome())},
               {"policy", to_string(options.plan.policy)}};
  const Summary sizes = outcome.rounds.empty() ? Summary{} : outcome.rounds.back().sizes;
  json["bytes"] = {{"image", sizes.image_bytes}, {"kept", sizes.kept_bytes}, {"dropped", sizes.dropped_bytes}};
  if (options.bed.kind == TestBed::Kind::kCompose)
    json["services"] = {{"slim", escaped(options.bed.compose_services)}, {"source", escaped(options.on_source)}};
  json["coverage"] = to_json(outcome.coverage);
  json["tests"] = Json::array();
  for (std::size_t at = 0; at < options.tests.size(); ++at) {
    Json test = {{"command", escape_path(options.tests[at].command)},
                 {"role", options.tests[at].recorded ? "recorded" : "held-out"}};
    if (at < outcome.on_source.size() && outcome.on_source[at].report.ready_after)
      test["source_ready_ms"] = outcome.on_source[at].report.ready_after->count();
    if (at < outcome.on_source.size() && outcome.on_source[at].report.probe)
      test["probe"] = parse_json<Json>(probe_json(*outcome.on_source[at].report.probe));
    if (!outcome.rounds.empty() && at < outcome.rounds.back().verdicts.size())
      test["verdict"] = parse_json<Json>(verdict_json(outcome.rounds.back().verdicts[at]));
    json["tests"].push_back(std::move(test));
  }
  json["rounds"] = Json::array();
  for (const SlimRound& round : outcome.rounds) json["rounds"].push_back(to_json(round));
  json["seconds"] = static_cast<double>(outcome.took.count()) / 1000;
  return json.dump();
}

std::string slim_markdown(const SlimOptions& options, const SlimOutcome& outcome) {
  const Summary sizes = outcome.rounds.empty() ? Summary{} : outcome.rounds.back().sizes;
  std::string text = fmt::format("# {}: {}\n\n{}\n\n", markdown_cell(options.image), to_string(outcome.outcome()),
                                 words_of(outcome.outcome()));
  text += fmt::format("{} is {} of {}. {}\n", markdown_cell(outcome.slim), human_bytes(sizes.kept_bytes),
                      human_bytes(sizes.image_bytes), markdown_cell(in_words(outcome.coverage)));
  if (options.bed.kind == TestBed::Kind::kCompose)
    text += fmt::format("\nServices on the slim image: {}.{}\n", markdown_cell(listed(options.bed.compose_services)),
                        options.on_source.empty()
                            ? ""
                            : fmt::format(" On the source image all the time, though they are made from it: {}.",
                                          markdown_cell(listed(options.on_source))));
  text += "\n## Tests\n";
  for (std::size_t at = 0; at < options.tests.size(); ++at) {
    const SlimTest& test = options.tests[at];
    text += fmt::format("\n### {}: {}\n\n", test.recorded ? "Recorded" : "Held out",
                        markdown_cell(test.command.empty() ? shown_test(options, test) : test.command));
    if (at < outcome.on_source.size() && outcome.on_source[at].report.probe)
      text += probe_markdown(*outcome.on_source[at].report.probe) + "\n";
    if (!outcome.rounds.empty() && at < outcome.rounds.back().verdicts.size())
      text += markdown_below(verdict_markdown(outcome.rounds.back().verdicts[at]), 3);
  }
  return text + healing_table(outcome);
}

}  // namespace winnow
