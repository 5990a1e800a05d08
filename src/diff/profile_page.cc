// SPDX-License-Identifier: Apache-2.0
// The page of a difference between profiles, and the words that all pages share.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "diff/page.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kRows = 40;         // of a section, for people
constexpr std::size_t kCommentRows = 60;  // the same in a comment, where they are folded away

std::string runs_text(const RunsTold& told) {
  std::string text =
      fmt::format("{}, {:.1f} s", count_of(told.runs, "run", "runs"), static_cast<double>(told.duration_ms) / 1000);
  if (told.from_start < told.runs) text += fmt::format(", {} attached late", told.runs - told.from_start);
  return text + (told.partial.empty() ? ", complete" : ", partial");
}

std::string kinds_text(Kinds kinds) { return fmt::format("{}", fmt::join(kinds.names(), ", ")); }

std::string programs_text(const std::vector<std::string>& programs) {
  if (programs.empty()) return "";
  return programs.size() == 1 ? programs[0] : fmt::format("{} and {} more", programs[0], programs.size() - 1);
}

// From what to what, where it is another one.
std::string kinds_change(const PathChange& change) {
  if (change.change() == Change::kAdded) return kinds_text(change.kinds_after);
  if (change.change() == Change::kRemoved) return kinds_text(change.kinds_before);
  if (change.kinds_before == change.kinds_after) return "";
  return kinds_text(change.kinds_before) + " -> " + kinds_text(change.kinds_after);
}

std::string programs_change(const PathChange& change) {
  if (change.change() == Change::kAdded) return programs_text(change.programs_after);
  if (change.change() == Change::kRemoved) return programs_text(change.programs_before);
  std::vector<std::string> texts;
  for (const std::string& one : change.programs_after)
    if (!std::ranges::binary_search(change.programs_before, one)) texts.push_back("+" + one);
  for (const std::string& one : change.programs_before)
    if (!std::ranges::binary_search(change.programs_after, one)) texts.push_back("-" + one);
  constexpr std::size_t kTold = 4;
  const std::size_t all = texts.size();
  if (all > kTold) {
    texts.resize(kTold);
    texts.push_back(fmt::format("and {} more", all - kTold));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string commonest_program(std::span<const PathChange* const> changes) {
  std::map<std::string, std::size_t> counts;
  for (const PathChange* const change : changes) ++counts[programs_change(*change)];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  return counts.size() == 1 ? most->first : most->first + ", and others";
}

// PLACE is told for itself: of the image, or elsewhere.
void add_paths(const ProfileDiff& diff, Change which, Place place, std::size_t most, Page& page) {
  std::vector<const PathChange*> changes;
  std::vector<std::string_view> paths;
  for (const PathChange& change : diff.paths) {
    if (change.change() != which || change.place != place) continue;
    changes.push_back(&change);
    paths.push_back(change.path);
  }
  if (changes.empty()) return;
  constexpr std::string_view kPlaces[] = {"", " on other mounts", " looked up and not there",
                                          " relative to unknown directories"};
  Section section{std::string(to_string(which)), {{"path", false, true}, {"how"}, {"by", false, true}}, {}, "", true};
  section.title[0] = static_cast<char>(section.title[0] - 'a' + 'A');
  section.title +=
      fmt::format(": {}{}", count_of(changes.size(), "path", "paths"), kPlaces[static_cast<std::size_t>(place)]);
  for (const PathLine& line : fold_paths(paths, most)) {
    const std::span inside(changes.data() + line.first, line.last - line.first);
    if (inside.size() == 1)
      section.rows.push_back({line.name, kinds_change(*inside[0]), programs_change(*inside[0])});
    else
      section.rows.push_back(
          {fmt::format("{} ({})", line.name, count_of(inside.size(), "path", "paths")), "", commonest_program(inside)});
  }
  page.sections.push_back(std::move(section));
}

void add_bounded(Section section, std::size_t most, Page& page) {
  if (section.rows.empty()) return;
  if (most > 0 && section.rows.size() > most) {
    section.rest = fmt::format("and {} more", section.rows.size() - most);
    section.rows.resize(most);
  }
  page.sections.push_back(std::move(section));
}

void add_programs(const ProfileDiff& diff, std::size_t most, Page& page) {
  Section section{"Programs", {{""}, {"program", false, true}, {"paths", true}}, {}, "", false};
  for (const ProgramChange& one : diff.programs)
    section.rows.push_back({one.change == Change::kAdded ? "new" : "gone", one.path, std::to_string(one.paths)});
  add_bounded(std::move(section), most, page);
}

void add_syscalls(const ProfileDiff& diff, std::size_t most, Page& page) {
  Section section{"System calls", {{""}, {"call", false, true}}, {}, "", true};
  for (const auto& [change, call] : diff.syscalls)
    section.rows.push_back({change == Change::kAdded ? "new" : "gone", call});
  add_bounded(std::move(section), most, page);
}

}  // namespace

Page begin_page(std::string kind, const DiffSide& a, const DiffSide& b) {
  const auto subject = [](const DiffSide& side) {
    return Subject{side.name, side.reference, side.id.valid() ? side.id.short_hex() : ""};
  };
  Page page;
  page.title = "winnow diff";
  page.kind = std::move(kind);
  page.before = subject(a);
  page.after = subject(b);
  page.all = "`winnow diff --all` and `--json`";
  return page;
}

void tell_crossings(std::span<const Crossing> crossed, Page& page) {
  for (const Crossing& one : crossed)
    page.remarks.push_back(fmt::format("over the limit: {}: {}", one.limit, one.what));
}

Page page_of(const ProfileDiff& diff, std::span<const Crossing> crossed, std::size_t most) {
  Page page = begin_page("profiles", diff.a, diff.b);
  page.headline = diff.identical() ? fmt::format("no differences in {}", count_of(diff.b.entries, "path", "paths"))
                                   : fmt::format("{} added, {} removed, {} changed",
                                                 count_of(diff.added, "path", "paths"), diff.removed, diff.changed);
  tell_crossings(crossed, page);
  page.remarks.push_back(fmt::format("before: {}; after: {}", runs_text(diff.runs_a), runs_text(diff.runs_b)));
  for (const std::string& reason : diff.runs_a.partial) page.remarks.push_back("partial before: " + reason);
  for (const std::string& reason : diff.runs_b.partial) page.remarks.push_back("partial after: " + reason);
  for (const std::string& note : diff.notes) page.remarks.push_back(note);
  add_programs(diff, most, page);
  for (const Place place : {Place::kImage, Place::kOtherMount, Place::kUnresolved, Place::kMiss})
    for (const Change change : {Change::kAdded, Change::kRemoved, Change::kChanged})
      add_paths(diff, change, place, place == Place::kImage || most == 0 ? most : std::min<std::size_t>(most, 5), page);
  add_syscalls(diff, most, page);
  return page;
}

std::string diff_text(const TreeDiff& diff, std::span<const Crossing> crossed, bool all) {
  return text_of(page_of(diff, crossed, all ? 0 : kRows));
}
std::string diff_text(const ProfileDiff& diff, std::span<const Crossing> crossed, bool all) {
  return text_of(page_of(diff, crossed, all ? 0 : kRows));
}
std::string diff_markdown(const TreeDiff& diff, std::span<const Crossing> crossed) {
  return markdown_of(page_of(diff, crossed, kCommentRows));
}
std::string diff_markdown(const ProfileDiff& diff, std::span<const Crossing> crossed) {
  return markdown_of(page_of(diff, crossed, kCommentRows));
}

}  // namespace winnow
