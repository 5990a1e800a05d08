// SPDX-License-Identifier: Apache-2.0
// GitHub's and GitLab's Markdown: text with nothing hostile in it, and pages of bounded size.
#include "winnow/report/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "winnow/base/text.h"
#include "winnow/report/page.h"

namespace winnow {
namespace {

constexpr std::size_t kReserve = 2000;  // for what ends a section and the page

// Whether the byte at AT of SHOWN is no markup wherever it stands in a line of other words.
bool is_plain(std::string_view shown, std::size_t at) {
  constexpr std::string_view kHarmless = " /.,-+%();='\"!?{}^";
  constexpr std::string_view kBeginsALine = "-+= ";
  const auto letter = [&](std::size_t place) {
    return place < shown.size() && (std::isalnum(static_cast<unsigned char>(shown[place])) != 0 ||
                                    static_cast<unsigned char>(shown[place]) >= 0x80);
  };
  const char c = shown[at];
  if (letter(at)) return true;
  if (c == '_') return at > 0 && letter(at - 1) && letter(at + 1);
  // Two are an emoji, one is a link with a scheme before it.
  if (c == ':') {
    const std::string_view before = shown.substr(0, at);
    const bool scheme = shown.substr(at + 1).starts_with('/') || before.ends_with("mailto") || before.ends_with("xmpp");
    return shown.substr(at + 1).starts_with(' ') || (!scheme && shown.find(':') == shown.rfind(':'));
  }
  // "1. x" and "1) x" begin a list.
  if ((c == '.' || c == ')') && at > 0 && shown.find_first_not_of("0123456789") == at) return false;
  if (c == '.' && at > 0 && (shown[at - 1] == 'w' || shown[at - 1] == 'W')) return false;  // "www." is a link
  return kHarmless.contains(c) && !(at == 0 && kBeginsALine.contains(c));
}

// In <code>, which keeps "@name" from being a mention.
std::string code(std::string_view raw) { return raw.empty() ? "" : "<code>" + markdown_cell(raw) + "</code>"; }

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
    text += fmt::format(" {} |", section.columns[at].name ? code(row[at]) : markdown_cell(row[at]));
  return text + "\n";
}

// False when there is no room for even its beginning.
bool add_section(const Section& section, Comment& comment) {
  const std::string title = section.folded
                                ? fmt::format("\n<details><summary>{}</summary>\n\n", markdown_cell(section.title))
                                : fmt::format("\n**{}**\n\n", markdown_cell(section.title));
  if (!comment.add(title + (section.rows.empty() ? "" : head_of(section)))) return false;
  std::size_t told = 0;
  while (told < section.rows.size() && comment.add(row_of(section, section.rows[told]))) ++told;
  if (told < section.rows.size()) comment.end(fmt::format("\nAnd {} more lines.\n", section.rows.size() - told));
  if (!section.rest.empty()) comment.end("\n" + markdown_cell(section.rest) + "\n");
  if (section.folded) comment.end("\n</details>\n");
  return true;
}

std::string markdown_of(const Subject& subject) {
  std::string text = code(subject.name);
  if (!subject.reference.empty() && subject.reference != subject.name) text += " of " + code(subject.reference);
  return subject.id.empty() ? text : text + " " + code(subject.id);
}

}  // namespace

std::string markdown_words(std::string_view shown, std::size_t limit) {
  const std::string_view whole = cut_between_characters(shown, limit);
  std::string text;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (is_plain(whole, at))
      text += whole[at];
    else
      text += fmt::format("&#{};", static_cast<unsigned>(static_cast<unsigned char>(whole[at])));
  }
  return whole.size() < shown.size() ? text + "..." : text;
}

std::string markdown_cell(std::string_view raw, std::size_t limit) { return markdown_words(printable(raw), limit); }

std::string markdown_below(std::string_view page, std::size_t levels) {
  std::string lower;
  bool line_begins = true;
  for (const char c : page) {
    if (line_begins && c == '#') lower.append(levels, '#');
    line_begins = c == '\n';
    lower += c;
  }
  return lower;
}

std::string markdown_of(const Page& page) {
  constexpr std::size_t kRemarks = 15;
  Comment comment;
  comment.add(fmt::format("**{}: {}**\n\n{} → {}\n", page.title, markdown_cell(page.headline), markdown_of(page.before),
                          markdown_of(page.after)));
  if (!page.remarks.empty()) comment.add("\n");
  for (std::size_t at = 0; at < std::min(kRemarks, page.remarks.size()); ++at)
    comment.add("- " + markdown_cell(page.remarks[at]) + "\n");
  if (page.remarks.size() > kRemarks) comment.add(fmt::format("- and {} more\n", page.remarks.size() - kRemarks));
  std::size_t left_out = 0;
  for (const Section& section : page.sections) left_out += add_section(section, comment) ? 0 : 1;
  if (left_out > 0)
    comment.end(fmt::format("\nThere is no room for {}; {} list everything.\n",
                            count_of(left_out, "more table", "more tables"), page.all));
  return std::move(comment).take();
}

}  // namespace winnow
