// SPDX-License-Identifier: Apache-2.0
// A scanner that knows just enough of the shell's grammar to tell commands from arguments.
#include "winnow/base/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kLongestWord = 255;

// After these the next word is a command again (XCU 2.4, and programs that run another one).
constexpr std::string_view kLeading[] = {"if",   "then", "elif",    "else",  "while", "until", "do",   "time",
                                         "exec", "eval", "command", "nohup", "xargs", "env",   "nice", "setsid"};
// Words of the grammar and commands that shells have themselves.
constexpr std::string_view kOwn[] = {"for",    "case",   "in",       "esac",   "fi",   "done",    "function",
                                     "set",    "export", "local",    "return", "exit", "shift",   "trap",
                                     "read",   "cd",     "unset",    "umask",  "wait", "declare", "readonly",
                                     "source", "break",  "continue", ":",      "."};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '/' || c == '+' || c == '[';
}

bool one_of(std::string_view word, std::span<const std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::set<std::string, std::less<>> commands() {
    while (at_ < text_.size() && found_.size() < kMaxCommandWords) step();
    return std::move(found_);
  }

 private:
  void step() {
    const char c = text_[at_];
    const std::string_view rest = text_.substr(at_);
    if (c == '\\') {
      if (rest.size() > 1 && rest[1] != '\n') command_ = false;
      at_ += 2;
    } else if (c == '\n' || c == ';' || c == '|' || c == '&' || c == '(' || c == '`' || c == ')') {
      command_ = true;
      ++at_;
    } else if (c == '#' && (at_ == 0 || !is_word(text_[at_ - 1])) && !in_quotes_) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '\'' && !in_quotes_) {
      at_ = std::min(text_.find('\'', at_ + 1), text_.size() - 1) + 1;
      command_ = false;
    } else if (c == '"') {
      in_quotes_ = !in_quotes_;
      command_ = false;
      ++at_;
    } else if (c == '$' && rest.starts_with("$(")) {
      command_ = true;
      at_ += 2;
    } else if (std::string_view(" \t\r!{}").find(c) != std::string_view::npos) {
      ++at_;
    } else {
      word();
    }
  }

  void word() {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    // "name=value" in front of a command; "${name}/x" and "name$x" are made of variables.
    const char after = end < text_.size() ? text_[end] : '\n';
    if (word.empty() || after == '=' || after == '$' || after == '{') {
      skip_rest(std::max(end, at_ + 1));
      if (after != '=' || word.empty()) command_ = false;
      return;
    }
    at_ = end;
    if (!command_) return;
    if (one_of(word, kLeading) || (word.starts_with('-') && after_leading_)) {
      after_leading_ = true;
      return;
    }
    command_ = after_leading_ = false;
    const bool named = word.front() != '-' && word.find_first_not_of("0123456789.") != std::string_view::npos;
    if (named && word.size() <= kLongestWord && !one_of(word, kOwn) && after != '(') found_.emplace(word);
  }

  // To the end of a word that holds more than plain letters; a "$(" in it opens a command.
  void skip_rest(std::size_t from) {
    at_ = from;
    while (at_ < text_.size() && text_[at_] != '\0' &&
           std::string_view(" \t\n;|&()\"'`").find(text_[at_]) == std::string_view::npos) {
      if (text_.substr(at_).starts_with("$(")) return;
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool command_ = true;  // the next word may name a command
  bool after_leading_ = false;
  bool in_quotes_ = false;
  std::set<std::string, std::less<>> found_;
};

// TEXT between single quotes, each of its own as QUOTE.
std::string quoted_as(std::string_view text, std::string_view quote) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'')
      word += quote;
    else
      word += c;
  }
  return word + "'";
}

std::string in_quotes(std::string_view text) { return quoted_as(text, "'\\''"); }

}  // namespace

std::string shell_word(std::string_view text) {
  // What printable() changes beyond backslashes needs escapes.
  const std::string shown = printable(text);
  if (std::ranges::count(shown, '\\') == 2 * std::ranges::count(text, '\\')) return in_quotes(text);
  // "$(...)" takes newlines off the end.
  if (text.ends_with('\n')) return "$" + quoted_as(shown, "\\'");
  std::string format;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    if (shown[at] == '%') {
      format += "%%";
    } else if (shown[at] != '\\') {
      format += shown[at];
    } else if (shown[++at] == '\\') {
      format += "\\\\";
    } else {  // \xHH, which printf(1) of POSIX does not know
      format += fmt::format("\\{:03o}", std::stoul(shown.substr(at + 1, 2), nullptr, 16));
      at += 2;
    }
  }
  return "\"$(printf " + in_quotes(format) + ")\"";
}

bool is_shell(std::string_view shebang) {
  constexpr std::string_view kShells[] = {"sh", "bash", "dash", "ash", "ksh"};
  const auto take_word = [&] {
    shebang.remove_prefix(std::min(shebang.find_first_not_of(" \t"), shebang.size()));
    const std::string_view word = shebang.substr(0, shebang.find_first_of(" \t\r"));
    shebang.remove_prefix(word.size());
    return word.substr(word.rfind('/') + 1);
  };
  std::string_view name = take_word();
  if (name == "env") name = take_word();
  return one_of(name, kShells);
}

std::vector<std::string> path_words(std::string_view script) {
  constexpr std::string_view kBetween = " \t\r\n;|&<>()\"'`=,{}";
  constexpr std::size_t kLongestPath = 4096;  // PATH_MAX
  std::set<std::string, std::less<>> found;
  for (std::size_t at = 0; at < script.size() && found.size() < kMaxCommandWords;) {
    const std::size_t end = std::min(script.find_first_of(kBetween, at), script.size());
    const std::string_view word = script.substr(at, end - at);
    if (word.starts_with('/') && word.size() < kLongestPath && word.find_first_of("$*?[\\") == std::string_view::npos)
      found.emplace(word);
    at = end + 1;
  }
  return {found.begin(), found.end()};
}

Result<std::vector<std::string>> split_words(std::string_view line) {
  constexpr std::string_view kNeedsShell = "|&;<>()$`";
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    char c = line[at];
    const bool escapes = c == '\\' && quote != '\'' && at + 1 < line.size() &&
                         (quote == 0 || std::string_view("$`\"\\").find(line[at + 1]) != std::string_view::npos);
    if (escapes) {
      c = line[++at];
    } else if (quote == 0 ? c == '\'' || c == '"' : c == quote) {
      quote = quote == 0 ? c : 0;
      if (!in_word) words.emplace_back();
      in_word = true;
      continue;
    } else if (quote == 0 && std::string_view(" \t\n\r").find(c) != std::string_view::npos) {
      in_word = false;
      continue;
    } else if (quote == 0 && kNeedsShell.find(c) != std::string_view::npos) {
      return std::unexpected(Error::usage(std::string("'") + c + "' stands outside quotes, and no shell runs this line",
                                          "a line for a shell is written sh -c '...'"));
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    words.back() += c;
  }
  if (quote != 0) return std::unexpected(Error::usage(std::string("the quote ") + quote + " has no end"));
  return words;
}

std::vector<std::string> command_words(std::string_view script) {
  auto found = Scanner(script).commands();
  return {found.begin(), found.end()};
}

}  // namespace winnow
