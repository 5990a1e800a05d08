// SPDX-License-Identifier: Apache-2.0
// The words of a command: which are programs, which are lines for a shell, which are paths.
#include "plan/command_keeper.h"

#include <fmt/format.h>

#include <algorithm>

#include "winnow/base/shell.h"

namespace winnow {
namespace {

// Programs that run the command which follows among their words.
constexpr std::string_view kWrappers[] = {"env",       "nice", "nohup",   "setsid",  "stdbuf", "timeout",  "tini",
                                          "dumb-init", "gosu", "su-exec", "busybox", "xargs",  "catatonit"};

// The line that the shell at WORDS[0] runs: what follows its first option with a c (sh(1): -c, -ec, -o pipefail -c).
const std::string* line_of(std::span<const std::string> words) {
  for (std::size_t at = 1; at + 1 < words.size(); ++at) {
    const std::string& option = words[at];
    if (option == "-o" || option == "+o") {
      ++at;
      continue;
    }
    if (!option.starts_with('-')) return nullptr;
    if (!option.starts_with("--") && option.find('c') != std::string::npos) return &words[at + 1];
  }
  return nullptr;
}

}  // namespace

std::optional<EntryId> CommandKeeper::program(std::string_view name, std::string_view what) const {
  return plan.keep_program(name, workdir, {std::string(rule), std::string(what), std::string(name)});
}

void CommandKeeper::path(std::string_view path, std::string_view what) const {
  plan.keep_path(path, {std::string(rule), std::string(what), std::string(path)});
}

void CommandKeeper::shell(std::string_view name, std::string_view what) const {
  program(name, what);
  const auto path = plan.find_program(name, workdir);
  const Resolution walk = path ? plan.index().resolve(*path) : Resolution();
  // Its name may be a link that is dropped while the program stays.
  const auto lost = [&](EntryId id) { return plan.entry(id).type == EntryType::kSymlink && !plan.kept(id); };
  const bool left = walk.entry && plan.kept(*walk.entry) && std::ranges::none_of(walk.hops, lost);
  if (!left && !plan.exhausted())
    plan.warn(fmt::format("no shell is left: {} needs {}, which {}", what, name,
                          walk.entry ? "is dropped" : "the image does not have"));
}

void CommandKeeper::line(std::string_view text, std::string_view what) const {
  for (const std::string& word : command_words(text)) program(word, what);
  for (const std::string& word : path_words(text)) path(word, what);
}

// A path with a slash, alone or behind "--option="; or the name of a file in the working directory.
void CommandKeeper::word(std::string_view word, std::string_view what) const {
  if (word.starts_with('-')) word.remove_prefix(std::min(word.find('='), word.size() - 1) + 1);
  if (word.empty() || word.find('\0') != std::string_view::npos) return;
  const std::string named = word.starts_with('/') ? std::string(word) : fmt::format("{}/{}", workdir, word);
  const auto found = plan.index().resolve(named).entry;
  const bool plain = word.find('/') == std::string_view::npos;
  if (plan.spend(named.size()) && found && (!plain || plan.entry(*found).type == EntryType::kFile)) path(named, what);
}

void CommandKeeper::arguments(std::span<const std::string> words, std::string_view what) const {
  bool wrapped = true;  // whether the next word may be a program
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string_view base = base_name(words[at]);
    if (is_shell(words[at])) {
      if (const std::string* const text = line_of(words.subspan(at))) {
        shell(words[at], what);
        line(*text, what);
      }
    }
    if (wrapped) program(words[at], what);
    wrapped = (wrapped && at > 0) || std::ranges::find(kWrappers, base) != std::end(kWrappers);
    word(words[at], what);
  }
}

void CommandKeeper::command(std::span<const std::string> words, std::string_view what) const {
  if (words.empty()) return;
  if (!plan.find_program(words.front(), workdir) && !is_shell(words.front()) && !plan.exhausted())
    plan.warn(fmt::format("{} runs {}, which the image does not have", what, words.front()));
  arguments(words, what);
}

}  // namespace winnow
