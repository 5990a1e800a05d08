// SPDX-License-Identifier: Apache-2.0
// winnow explain: from a path to the reasons for which it is kept, or to what would have kept it.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/plan/explain.h"

namespace winnow::cli {
namespace {

struct ExplainWords {
  std::string keep, path, source;
};

Result<int> explain(const ExplainWords& words, const Invocation& invocation) {
  TRY(const auto spec, read_keep(words.keep));
  std::optional<Image> source;
  const AskSource ask = [&]() -> Result<const Index*> {
    if (!source) {
      TRY(source, open_planned(spec, words.source, invocation.reading));
    }
    return &source->index();
  };
  if (!words.source.empty()) TRY_DO(ask());
  const Explanation told =
      winnow::explain(spec, words.path, ask, invocation.json ? ExplainAs::kJson : ExplainAs::kText);
  TRY_DO(write_output("-", told.text));
  return told.kept ? kDone : kFinding;
}

}  // namespace

void add_explain(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<ExplainWords>();
  auto* command = app.add_subcommand(
      "explain", "tell why a path is kept, back to the program that touched it, or what would have kept it");
  command->add_option("keep", words->keep, "what winnow plan wrote")->required();
  command->add_option("path", words->path, "a path in the image, or a glob")->required();
  command->add_option("--source", words->source, "where the planned image is now, if not where the keep spec says");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return explain(*words, invocation); }; });
}

}  // namespace winnow::cli
