// SPDX-License-Identifier: Apache-2.0
// winnow doctor: what this kernel, these privileges and engines allow, and what to do about it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::cli {
namespace {

Check check_engine() {
  const auto engine = Engine::connect();
  if (!engine) return {"container engine", false, engine.error().what, engine.error().hint};
  const EngineInfo& info = engine->info();
  return {"container engine", true, fmt::format("{} (API {})", info.in_words(), info.api_version), ""};
}

Result<int> doctor(const Invocation& invocation) {
  std::vector<Check> checks = {check_engine()};
  std::ranges::move(check_kernel(), std::back_inserter(checks));
  const bool all_ok = std::ranges::all_of(checks, [](const Check& check) { return check.ok || !check.needed; });
  if (invocation.json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const Check& check : checks)
      json.push_back({{"name", check.name},
                      {"ok", check.ok},
                      {"needed", check.needed},
                      {"detail", check.detail},
                      {"advice", check.advice}});
    fmt::print("{}\n", json.dump());
  } else {
    for (const Check& check : checks) {
      fmt::print("{:3} {:24} {}\n", check.ok ? "yes" : check.needed ? "NO" : "no", check.name, printable(check.detail));
      if (!check.ok && !check.advice.empty()) fmt::print("    {:24} -> {}\n", "", printable(check.advice));
    }
  }
  return all_ok ? kDone : kFinding;
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("doctor", "say what this kernel, these privileges and engines allow");
  command->callback([&invocation] { invocation.run = [&invocation] { return doctor(invocation); }; });
}

}  // namespace winnow::cli
