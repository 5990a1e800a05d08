// SPDX-License-Identifier: Apache-2.0
// Pages for terminals: columns, nothing that a terminal would act on.
#include "winnow/base/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "winnow/report/page.h"

namespace winnow {
namespace {

constexpr std::size_t kWidest = 60;  // of a column that others stand behind: one long name does not move them all

std::string text_of(const Subject& subject) {
  std::string text = printable(subject.name);
  if (!subject.reference.empty() && subject.reference != subject.name)
    text += " (" + printable(subject.reference) + ")";
  return subject.id.empty() ? text : text + " " + subject.id;
}

// Code points, which is near enough to what a terminal shows.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

// One row; columns in which nobody has anything to say are left out.
std::string line_of(const Section& section, const std::vector<std::size_t>& widths, std::span<const std::string> row) {
  std::string line = " ";
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (widths[at] == 0) continue;
    const std::size_t width = width_of(row[at]);
    const std::string padding(width < widths[at] ? widths[at] - width : 0, ' ');
    line += " " + (section.columns[at].right ? padding + row[at] : row[at] + padding) + " ";
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

void add_section(const Section& section, std::string& text) {
  text += "\n" + section.title + "\n";
  std::vector<std::size_t> widths(section.columns.size());
  const auto widen = [&](std::size_t at, std::string_view cell) {
    widths[at] = std::max(widths[at], std::min(kWidest, width_of(cell)));
  };
  for (const auto& row : section.rows)
    for (std::size_t at = 0; at < row.size(); ++at) widen(at, printable(row[at]));
  std::vector<std::string> titles;
  for (std::size_t at = 0; at < widths.size(); ++at) {
    titles.emplace_back(section.columns[at].title);
    if (widths[at] > 0) widen(at, titles.back());
  }
  if (!section.rows.empty()) text += line_of(section, widths, titles);
  for (const auto& row : section.rows) {
    std::vector<std::string> cells;
    cells.reserve(row.size());
    for (const std::string& cell : row) cells.push_back(printable(cell));
    text += line_of(section, widths, cells);
  }
  if (!section.rest.empty()) text += "  " + printable(section.rest) + "\n";
}

}  // namespace

std::string signed_bytes(std::uint64_t before, std::uint64_t after) {
  if (before == after) return human_bytes(0);
  return after > before ? "+" + human_bytes(after - before) : "-" + human_bytes(before - after);
}

std::string count_of(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string text_of(const Page& page) {
  std::string text =
      fmt::format("{} {} -> {}\n{}\n", page.kind, text_of(page.before), text_of(page.after), page.headline);
  for (const std::string& remark : page.remarks) text += "  " + printable(remark) + "\n";
  for (const Section& section : page.sections) add_section(section, text);
  return text;
}

}  // namespace winnow
