// SPDX-License-Identifier: Apache-2.0
// winnow diff: two profiles, keep specs or images, told apart by what they are, compared for people and for CI.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <variant>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/diff/diff_output.h"
#include "winnow/transfer/input.h"

namespace winnow::cli {
namespace {

struct DiffWords {
  std::string a, b, output = "-";
  bool markdown = false, all = false;
  DiffLimits limits;
  std::vector<std::string> fail_on;
};

// Notices words that contradict each other before anything is read.
Result<void> check(DiffWords& words, const Invocation& invocation) {
  if (words.markdown && invocation.json)
    return std::unexpected(Error::usage("--markdown and --json at once", "choose one of them"));
  for (const std::string& name : words.fail_on) {
    const auto what = fail_on_from_name(name);
    if (!what)
      return std::unexpected(Error::usage("no --fail-on " + printable(name),
                                          "it takes added, removed, changed, config, setuid, attention and any"));
    words.limits.fail_on |= static_cast<std::uint8_t>(*what);
  }
  return check_output(words.output);
}

template <class Diff>
Result<int> finish(Diff diff, const DiffWords& words, const Invocation& invocation) {
  diff.a.name = words.a;
  diff.b.name = words.b;
  const Result<std::vector<Crossing>> crossed = crossings(diff, words.limits);
  if (!crossed) return std::unexpected(crossed.error());
  const std::string text = invocation.json  ? diff_json(diff, *crossed)
                           : words.markdown ? diff_markdown(diff, *crossed)
                                            : diff_text(diff, *crossed, words.all);
  if (auto written = write_output(words.output, text); !written)
    return std::unexpected(written.error().within("writing the differences"));
  for (const Crossing& one : *crossed)
    say(fmt::format("winnow: over the limit: {}: {}", one.limit, printable(one.what)));
  return crossed->empty() ? kDone : kFinding;
}

Result<int> diff(DiffWords words, const Invocation& invocation) {
  TRY_DO(check(words, invocation));
  const auto open = [&](const Reference& reference) { return open_named(reference, invocation.reading); };
  TRY(const auto a, read_input(words.a, open));
  TRY(const auto b, read_input(words.b, open));
  if (a.index() != b.index())
    return std::unexpected(Error::usage(
        fmt::format("{} is {} and {} is {}", printable(words.a), kind_of(a), printable(words.b), kind_of(b)),
        "two things of one kind can be compared"));
  if (const auto* const profile = std::get_if<AccessProfile>(&a))
    return finish(diff_profiles(*profile, std::get<AccessProfile>(b)), words, invocation);
  if (const auto* const spec = std::get_if<KeepSpec>(&a))
    return finish(diff_keep_specs(*spec, std::get<KeepSpec>(b)), words, invocation);
  const Index& before = std::get<Image>(a).index();
  const Index& after = std::get<Image>(b).index();
  const Ownership owners_before = find_owners(before), owners_after = find_owners(after);
  return finish(diff_images({before, owners_before}, {after, owners_after}), words, invocation);
}

}  // namespace

void add_diff(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<DiffWords>();
  auto* const command = app.add_subcommand("diff", "tell what is different between two profiles, keep specs or images");
  command->add_option("a", words->a, "the older one: profile.json, keep.json or an image")->required();
  command->add_option("b", words->b, "the newer one, of the same kind")->required();
  command->add_flag("--markdown", words->markdown, "for the comment of a pull request: at most 60 kB");
  command->add_flag("--all", words->all, "list everything, where otherwise directories stand for what is in them");
  command->add_option("-o,--output", words->output, "the file to write; - is stdout")->capture_default_str();
  auto* const limits = command->add_option_group("Limits", "what is over one of them means exit code 1");
  limits->add_option("--max-added-bytes", words->limits.max_added_bytes, "by how much the bytes may grow: 500kB, 2MiB")
      ->transform(CLI::AsSizeValue(true));
  limits->add_option("--max-added", words->limits.max_added, "how many entries, or paths of a profile, may be added");
  limits->add_option("--max-growth", words->limits.max_growth, "by how many percent the bytes may grow")
      ->check(CLI::NonNegativeNumber);
  limits
      ->add_option("--fail-on", words->fail_on,
                   "what may not be: added, removed, changed, config, setuid (setgid and capabilities too), attention "
                   "(setuid, devices, shells and other tools that are new), any")
      ->delimiter(',');
  command->footer("Without limits the exit code is 0 whether or not there are differences.");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return diff(*words, invocation); }; });
}

}  // namespace winnow::cli
