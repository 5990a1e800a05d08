// SPDX-License-Identifier: Apache-2.0
// Pages for the comment of a pull request: GitHub's and GitLab's Markdown, of bounded size, with nothing hostile in it.
#include <fmt/format.h>

#include <algorithm>

#include "diff/page.h"

namespace winnow {
namespace {

constexpr std::size_t kCell = 300;      // bytes of text in a cell before it is escaped
constexpr std::size_t kReserve = 2000;  // for what ends a section and the page

// A text that is cut is cut between characters, and says so.
std::string shortened(std::string text) {
  if (text.size() <= kCell) return text;
  std::size_t end = kCell;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  text.resize(end);
  return text + "...";
}

// Character references are never structure (CommonMark 0.31, 2.5): no markup, link, mention or cell begins or ends
// here.
std::string escaped(std::string_view raw) {
  constexpr std::string_view kPlain = " /.,-+%();=";  // of ASCII punctuation
  const std::string shown = shortened(printable(raw));
  std::string text;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    const char c = shown[at];
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || byte >= 0x80;
    // "www." would be a link, as "http:" and ":smile:" would be more than they are.
    const bool web = c == '.' && at > 0 && (shown[at - 1] == 'w' || shown[at - 1] == 'W');
    const bool stop = c == ':' && at + 1 < shown.size() && shown[at + 1] == ' ';
    if (letter || stop || (kPlain.find(c) != std::string_view::npos && !web))
      text += c;
    else
      text += fmt::format("&#{};", static_cast<unsigned>(byte));
  }
  return text;
}

// In <code>, which keeps "@name" from being a mention.
std::string code(std::string_view raw) { return raw.empty() ? "" : "<code>" + escaped(raw) + "</code>"; }

class Comment {
 public:
  // Whether there was room.
  bool add(std::string_view text) {
    if (text_.size() + text.size() + kReserve > kMaxComment) return false;
    text_ += text;
    return true;
  }
  void end(std::string_view text) { text_ += text; }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string head_of(const Section& section) {
  std::string titles = "|";
  std::string rules = "|";
  for (const Column& column : section.columns) {
    titles += fmt::format(" {} |", column.title);
    rules += column.right ? "---:|" : "---|";
  }
  return titles + "\n" + rules + "\n";
}

std::string row_of(const Section& section, const std::vector<std::string>& row) {
  std::string text = "|";
  for (std::size_t at = 0; at < row.size(); ++at)
    text += fmt::format(" {} |", section.columns[at].name ? code(row[at]) : escaped(row[at]));
  return text + "\n";
}

// False when there is no room for even its beginning.
bool add_section(const Section& section, Comment& comment) {
  const std::string title = section.folded ? fmt::format("\n<details><summary>{}</summary>\n\n", escaped(section.title))
                                           : fmt::format("\n**{}**\n\n", escaped(section.title));
  if (!comment.add(title + (section.rows.empty() ? "" : head_of(section)))) return false;
  std::size_t told = 0;
  while (told < section.rows.size() && comment.add(row_of(section, section.rows[told]))) ++told;
  if (told < section.rows.size()) comment.end(fmt::format("\nAnd {} more lines.\n", section.rows.size() - told));
  if (!section.rest.empty()) comment.end("\n" + escaped(section.rest) + "\n");
  if (section.folded) comment.end("\n</details>\n");
  return true;
}

std::string side_markdown(const DiffSide& side) {
  std::string text = code(side.name);
  if (!side.reference.empty() && side.reference != side.name) text += " of " + code(side.reference);
  if (side.id.valid()) text += " " + code(side.id.short_hex());
  return text;
}

}  // namespace

std::string markdown_of(const Page& page) {
  constexpr std::size_t kRemarks = 15;
  Comment comment;
  comment.add(fmt::format("**winnow diff: {}**\n\n{} → {}\n", escaped(page.headline), side_markdown(page.a),
                          side_markdown(page.b)));
  if (!page.remarks.empty()) comment.add("\n");
  for (std::size_t at = 0; at < std::min(kRemarks, page.remarks.size()); ++at)
    comment.add("- " + escaped(page.remarks[at]) + "\n");
  if (page.remarks.size() > kRemarks) comment.add(fmt::format("- and {} more\n", page.remarks.size() - kRemarks));
  std::size_t left_out = 0;
  for (const Section& section : page.sections) left_out += add_section(section, comment) ? 0 : 1;
  if (left_out > 0)
    comment.end(fmt::format("\nThere is no room for {}; `winnow diff --all` and `--json` list everything.\n",
                            count_of(left_out, "more table", "more tables")));
  return std::move(comment).take();
}

}  // namespace winnow
