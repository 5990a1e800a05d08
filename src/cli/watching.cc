// SPDX-License-Identifier: Apache-2.0
// What a person sees while a trial runs: the live line, and a sentence at the end.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/terminal/hints.h"

namespace winnow::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kPlainInterval = 10s;  // between two lines where there is no terminal

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) != 0), told_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() {
  if (shown_) (void)write_all(STDERR_FILENO, "\r\033[K");
}

void ProgressLine::show(const TrialProgress& progress) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  const std::string line = fmt::format(
      "recording {} s: {} container{}, {} paths, {} s since something new, {} lost",
      duration_cast<seconds>(progress.elapsed).count(), progress.containers, progress.containers == 1 ? "" : "s",
      progress.recorded.paths, duration_cast<seconds>(progress.recorded.since_new).count(), progress.recorded.lost);
  if (terminal_) {
    shown_ = true;
    (void)write_all(STDERR_FILENO, "\r\033[K" + line);
  } else if (std::chrono::steady_clock::now() - told_ >= kPlainInterval) {
    told_ = std::chrono::steady_clock::now();
    say(line);
  }
}

Result<TrialOutcome> run_trial_shown(TrialSpec spec, const Engine* engine, const Interrupt* interrupt) {
  std::optional<Interrupt> own;
  if (interrupt == nullptr) interrupt = &own.emplace();
  std::optional<ProgressLine> line(std::in_place);
  spec.interrupted = interrupt->flag();
  spec.on_progress = [&, told = std::move(spec.on_progress)](const TrialProgress& progress) {
    line->show(progress);
    if (told) told(progress);
  };
  auto outcome = run_trial(spec, engine);
  line.reset();  // what is said next has a line of its own
  if (outcome)
    for (const Error& note : outcome->notes) {
      const std::string hint = hint_of(note);
      say("  note: " + note.what + (hint.empty() ? "" : "; " + hint));
    }
  return outcome;
}

void say_summary(const KeepSpec& spec, std::string_view file) {
  const Summary& sum = spec.summary;
  const double percent =
      sum.image_bytes == 0 ? 100 : 100.0 * static_cast<double>(sum.kept_bytes) / static_cast<double>(sum.image_bytes);
  say(fmt::format("{}: keeps {} of {} entries, {} of {} ({:.1f} %)", printable(file), sum.kept_entries,
                  sum.image_entries, human_bytes(sum.kept_bytes), human_bytes(sum.image_bytes), percent));
  for (const std::string& warning : spec.warnings) say("  warning: " + printable_words(warning));
}

}  // namespace winnow::cli
