// SPDX-License-Identifier: Apache-2.0
// What `winnow slim` says of a test that was its own, and the command to say more with, to be pasted.
#include "cli/slim_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/dockerfile_options.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/prove/exercised.h"

namespace winnow::cli {
namespace {

// A word of a command: quotes only where it needs them, because people read it too.
std::string pasted(const std::string& word) {
  const auto plain = [](char c) {
    return std::string_view("._-/:=,@%+").contains(c) || (c >= '0' && c <= '9') ||
           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  };
  return !word.empty() && std::ranges::all_of(word, plain) ? word : shell_word(word);
}

// The same command with more words, to be pasted.
std::string command_with(const SlimOptions& options, const std::string& more, const std::string& run_options) {
  std::string text = "winnow slim";
  if (options.bed.compose_files.empty()) text += " " + pasted(options.image);
  for (const std::string& file : options.bed.compose_files) text += " --compose " + pasted(file);
  for (const std::string& name : options.bed.compose_services) text += " --service " + pasted(name);
  text += more;
  const auto add = [&](const std::vector<std::string>& words) {
    for (const std::string& word : words) text += " " + pasted(word);
  };
  if (!options.bed.run_options.empty() || !options.bed.arguments.empty() || !run_options.empty())
    text += " --" + run_options;
  add(options.bed.run_options);
  if (!options.bed.arguments.empty()) text += " --";
  add(options.bed.arguments);
  return text;
}

const ProbeReport* probe_of(const SlimOutcome& outcome) {
  for (const Tried& one : outcome.on_source)
    if (one.report.probe) return &*one.report.probe;
  return nullptr;
}

// Why the source image's container failed when nobody asked for anything but its start.
std::string source_failure_text(const SlimOptions& options, const ProbeReport& probe) {
  std::string text;
  for (std::string_view rest = probe.last_words; !rest.empty();) {
    const auto end = std::min(rest.size(), rest.find('\n'));
    if (end > 0) text += "  " + printable(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  if (!text.empty()) text = "its last words:\n" + text;
  return text + "if it needs options of `docker run`, they follow --: " + command_with(options, "", " -e NAME=VALUE");
}

}  // namespace

std::string exercised_text(const SlimOptions& options, const SlimOutcome& outcome) {
  const ProbeReport* const probe = probe_of(outcome);
  if (probe == nullptr) return "";
  std::string text = exercised_words(*probe);
  std::string alone;
  for (const std::string& one : left_alone(*probe)) alone += (alone.empty() ? "" : "; ") + one;
  if (!alone.empty()) text += "not exercised: " + alone + "\n";
  return text + "a test of your own says what matters to you: " + command_with(options, " --test ./your-test.sh", "") +
         "\n";
}

void SlimTalk::on_test(Step step, const SlimTest& test) {
  const std::string name = shown_test(options_, test), image = printable(options_.image);
  switch (step) {
    case Step::kRecording:
      return say(fmt::format("recording {} on {}", name, image));
    case Step::kTrying:
      return say(fmt::format("trying {} on {}", name, image));
    case Step::kAgain:
      return say(fmt::format("once more, to see what {} prints differently each time", name));
    case Step::kVerifying:
      return say("verifying with " + name);
  }
}

void SlimTalk::on_source_failure(const SlimTest& test, const Tried& tried) {
  say(fmt::format("winnow: {} fails on {} itself (status {}): nothing was cut", shown_test(options_, test),
                  printable(options_.image), tried.trial.status.value_or(-1)));
  for (const std::string& failure : tried.seen.start_failures) say("  did not start: " + printable(failure));
  if (tried.report.probe) say(source_failure_text(options_, *tried.report.probe));
}

void SlimTalk::on_profile(const AccessProfile& profile, const std::string& file) { say_profile(profile, file); }
void SlimTalk::on_coverage(const CoverageEstimate& coverage) { say("  " + in_words(coverage)); }
void SlimTalk::on_plan(const KeepSpec& spec, const std::string& file) { say_summary(spec, file); }

void SlimTalk::on_healed(const Healed& healed) {
  say(fmt::format("  {}: {}, wanted by {}: {}{}", healed.added ? "putting back" : "not putting back",
                  printable(healed.missing.path), printable(healed.missing.by), printable(healed.why),
                  healed.keep.empty() ? "" : "; --keep " + shell_word(healed.keep) + " does"));
}

void SlimTalk::on_dockerfile(const std::string& directory, const PinnedImages& pinned, const KeepSpec& spec) {
  say_dockerfile(directory, pinned, spec);
}
void SlimTalk::on_note(const std::string& sentence) { say("  " + sentence); }

}  // namespace winnow::cli
