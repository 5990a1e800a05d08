// SPDX-License-Identifier: Apache-2.0
// Rule: the interpreter of a kept script is kept, through env(1) too.
#include <fmt/format.h>

#include "plan/decisions.h"

namespace winnow {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBetweenWords = " \t\r";
  for (std::size_t at = line.find_first_not_of(kBetweenWords); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBetweenWords, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBetweenWords, end);
  }
  return words;
}

// The program that env(1) starts: its first word that is neither an option nor an assignment.
std::string_view env_program(std::span<const std::string_view> arguments) {
  for (std::string_view word : arguments) {
    if (word.starts_with("-S") && word.size() > 2) word.remove_prefix(2);  // "-Snode"
    if (!word.starts_with('-') && word.find('=') == std::string_view::npos) return word;
  }
  return {};
}

}  // namespace

void each_shebang(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& script = plan.entry(kept);
  // Only a file that may be executed starts its interpreter; a module that is read may carry a "#!" line too.
  if (script.facts == nullptr || script.facts->shebang.empty() || (script.mode & 0111) == 0) return;
  const auto words = words_of(script.facts->shebang);
  if (words.empty()) return;
  const Reason reason{std::string(rule), script.path, fmt::format("#!{}", script.facts->shebang)};
  plan.keep_program(words.front(), "/", reason);
  if (base_name(words.front()) == "env") plan.keep_program(env_program(std::span(words).subspan(1)), "/", reason);
}

}  // namespace winnow
