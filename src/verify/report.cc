// SPDX-License-Identifier: Apache-2.0
// A verdict as JSON for machines and as Markdown for people; names in it are hostile.
#include "winnow/verify/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/report/markdown.h"
#include "winnow/verify/verify.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostMismatches = 1000;  // of an image that has nothing to do with the spec there are very many
constexpr std::size_t kMostRows = 200;

template <class Range>
Json escaped(const Range& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push_back(escape_path(text));
  return array;
}

Json json_of(const MissingPath& one) {
  Json json = {{"path", escape_path(one.path)},
               {"requested", escape_path(one.requested)},
               {"by", escape_path(one.by)},
               {"also_by", escaped(one.also_by)},
               {"containers", one.containers},
               {"type", to_string(one.type)},
               {"size", one.size},
               {"need", to_string(one.need)},
               {"cause", to_string(one.cause)},
               {"keep", escape_path(one.keep)},
               {"first_ms", one.first_ms}};
  if (!one.because.empty()) json["because"] = escape_path(one.because);
  if (!one.glob.empty()) json["glob"] = escape_path(one.glob);
  return json;
}

Json json_of(const ShrunkListing& one) {
  return {{"directory", escape_path(one.directory)},
          {"by", escape_path(one.by)},
          {"also_by", escaped(one.also_by)},
          {"lacking", one.lacking},
          {"bytes", one.bytes},
          {"names", escaped(one.names)},
          {"keep", escape_path(one.keep)}};
}

Json json_of(const OutputComparison& one) {
  Json json = {{"stream", one.stream}, {"lines", one.lines},       {"varying", one.varying},
               {"cut", one.cut},       {"given_up", one.given_up}, {"difference", nullptr}};
  const auto line_or_null = [](const std::optional<std::string>& line) {
    return line ? Json(escape_path(*line)) : Json();
  };
  if (one.difference)
    json["difference"] = {{"line", one.difference->line},
                          {"expected", line_or_null(one.difference->expected)},
                          {"got", line_or_null(one.difference->got)}};
  return json;
}

Json bytes_or_null(std::uint64_t bytes) { return bytes == 0 ? Json() : Json(bytes); }
Json status_or_null(const std::optional<int>& status) { return status ? Json(*status) : Json(); }

template <class Each>
Json array_of(const std::vector<Each>& all) {
  Json array = Json::array();
  for (const Each& one : all) array.push_back(json_of(one));
  return array;
}

Json image_json(const std::string& reference, std::uint64_t bytes) {
  return {{"reference", escape_path(reference)}, {"bytes", bytes_or_null(bytes)}};
}

std::string bullets(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = fmt::format("\n## {}\n\n", title);
  for (const std::string& line : lines) text += "- " + markdown_cell(line, 2000) + "\n";
  return text;
}

std::string more(std::size_t all) {
  return all > kMostRows ? fmt::format("\nAnd {} more in the JSON form.\n", all - kMostRows) : "";
}

std::string missing_table(const std::vector<MissingPath>& missing) {
  if (missing.empty()) return "";
  std::string text =
      "\n## Missing\n\nLookups that failed on the slim image and find something in the source image.\n\n"
      "| path | bytes | programs | containers | asked for | why it is not there |\n|---|---:|---|---:|---|---|\n";
  for (std::size_t at = 0; at < std::min(kMostRows, missing.size()); ++at) {
    const MissingPath& one = missing[at];
    std::string programs = markdown_cell(one.by);
    if (!one.also_by.empty()) programs += fmt::format(" and {} more", one.also_by.size());
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", markdown_cell(one.path), human_bytes(one.size), programs,
                        one.containers, markdown_cell(one.requested), markdown_cell(why_lacking(one)));
  }
  text += more(missing.size()) + "\nTo keep them:\n\n";
  std::size_t told = 0;
  for (const MissingPath& one : missing)
    if (told++ < kMostRows) text += "    --keep " + shell_word(one.keep) + "\n";
  return text;
}

std::string shrunk_table(const std::vector<ShrunkListing>& shrunk) {
  if (shrunk.empty()) return "";
  std::string text =
      "\n## Shorter listings\n\nDirectories that were listed and have fewer names than in the source image. No lookup "
      "failed; a program that acts on names does less.\n\n"
      "| directory | names | bytes | program | some of them | glob |\n|---|---:|---:|---|---|---|\n";
  for (std::size_t at = 0; at < std::min(kMostRows, shrunk.size()); ++at) {
    const ShrunkListing& one = shrunk[at];
    std::string names;
    for (const std::string& name : one.names) names += (names.empty() ? "" : ", ") + markdown_cell(name, 80);
    std::string programs = markdown_cell(one.by);
    for (const std::string& other : one.also_by) programs += " and " + markdown_cell(other);
    text +=
        fmt::format("| {} | {} | {} | {} | {} | {} |\n", markdown_cell(one.directory), one.lacking,
                    human_bytes(one.bytes), programs, names, one.dropped ? "" : markdown_words(shell_word(one.keep)));
  }
  return text + more(shrunk.size());
}

std::string facts_table(const Attempt& attempt) {
  std::string text = "\n| | |\n|---|---|\n";
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("| {} | {} |\n", name, value);
  };
  if (!attempt.image.empty())
    row("image", markdown_cell(attempt.image) +
                     (attempt.image_bytes == 0 ? "" : fmt::format(" ({})", human_bytes(attempt.image_bytes))));
  if (!attempt.source.empty())
    row("source", markdown_cell(attempt.source) +
                      (attempt.source_bytes == 0 ? "" : fmt::format(" ({})", human_bytes(attempt.source_bytes))));
  std::string command;
  for (const std::string& word : attempt.command) command += (command.empty() ? "" : " ") + word;
  if (!command.empty()) row("command", markdown_cell(command, 1000));
  row("status", status_words(attempt));
  if (attempt.ready_after) row("ready", fmt::format("{} ms after its start", attempt.ready_after->count()));
  return text;
}

}  // namespace

std::string why_lacking(const MissingPath& one) {
  std::string text = one.need == Need::kLink          ? "a link on the way; "
                     : one.need == Need::kInterpreter ? fmt::format("the interpreter of {}; ", one.because)
                     : one.need == Need::kListed      ? fmt::format("found by reading {}; ", one.because)
                                                      : "";
  if (one.cause == Cause::kDropGlob) return text + "dropped by --drop " + one.glob;
  if (one.cause == Cause::kImage) return text + "the spec keeps it, but it is missing in the image";
  return text + "nothing asked for it when the spec was made";
}

std::string status_words(const Attempt& attempt) {
  const std::string seen = attempt.ended_after
                               ? fmt::format("none: it was ended after {} s", attempt.ended_after->count() / 1000)
                           : attempt.status        ? fmt::format("{}", *attempt.status)
                           : attempt.source_status ? "not run"
                                                   : "none: it did not end by itself";
  return fmt::format("{}; expected {}, {}", seen, attempt.expected_status,
                     attempt.expected_from.empty() ? "as of a command that succeeds" : attempt.expected_from);
}

std::vector<std::string> output_words(const Attempt& attempt) {
  constexpr std::size_t kMostShown = 200;  // bytes of a line
  const auto shown = [](const std::optional<std::string>& line) {
    if (!line) return std::string("not there");
    const bool cut = line->size() > kMostShown;
    return fmt::format("\"{}\"{}", cut_between_characters(*line, kMostShown), cut ? "..." : "");
  };
  std::vector<std::string> words;
  for (const OutputComparison& one : attempt.output)
    if (one.difference)
      words.push_back(fmt::format("line {} of {} is {}; on the source image it is {}", one.difference->line, one.stream,
                                  shown(one.difference->got), shown(one.difference->expected)));
  return words;
}

std::string missing_json(const MissingPath& missing) { return json_of(missing).dump(); }

std::string verdict_json(const Verdict& verdict) {
  const Attempt& attempt = verdict.attempt;
  Json mismatched = Json::array();
  for (const Mismatch& one : verdict.mismatched)
    if (mismatched.size() < kMostMismatches)
      mismatched.push_back({{"path", escape_path(one.path)}, {"what", to_string(one.what)}});
  const Json json = {{"schema", "winnow.verdict/1"},
                     {"outcome", to_string(verdict.outcome)},
                     {"image", image_json(attempt.image, attempt.image_bytes)},
                     {"source", image_json(attempt.source, attempt.source_bytes)},
                     {"command", escaped(attempt.command)},
                     {"status", status_or_null(attempt.status)},
                     {"expected_status", attempt.expected_status},
                     {"expected_from", escape_path(attempt.expected_from)},
                     {"source_status", status_or_null(attempt.source_status)},
                     {"ended_after_ms", attempt.ended_after ? Json(attempt.ended_after->count()) : Json()},
                     {"ready_ms", attempt.ready_after ? Json(attempt.ready_after->count()) : Json()},
                     {"differences", escaped(attempt.differences)},
                     {"start_failures", escaped(attempt.start_failures)},
                     {"unhealthy", escaped(attempt.unhealthy)},
                     {"output", array_of(attempt.output)},
                     {"missing", array_of(verdict.missing)},
                     {"shrunk", array_of(verdict.shrunk)},
                     {"accepts_listings", attempt.accepts_listings},
                     {"mismatches", {{"count", verdict.mismatched.size()}, {"first", std::move(mismatched)}}},
                     {"doubts", escaped(verdict.doubts)},
                     {"notes", escaped(verdict.notes)}};
  return json.dump();
}

std::string verdict_markdown(const Verdict& verdict) {
  std::string text = fmt::format("# Verdict: {}\n", to_string(verdict.outcome));
  text += facts_table(verdict.attempt);
  text += bullets("It proves nothing", verdict.doubts);
  text += bullets("Other than on the source image", verdict.attempt.differences);
  text += bullets("Containers that did not start", verdict.attempt.start_failures);
  text += bullets("Containers that were not healthy", verdict.attempt.unhealthy);
  text += bullets("Other output", output_words(verdict.attempt));
  text += missing_table(verdict.missing);
  text += shrunk_table(verdict.shrunk);
  return text + bullets("Notes", verdict.notes);
}

}  // namespace winnow
