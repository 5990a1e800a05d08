// SPDX-License-Identifier: Apache-2.0
// Options by likeness: the nearest name of those that there are, or one of `docker run` where those follow "--".
#include "winnow/terminal/mistyped.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::cli {
namespace {

constexpr std::size_t kFarthest = 2;  // letters; beyond that nothing is like anything

// Those of docker-run(1) that people use; of names that winnow has too it cannot be known which one is meant.
constexpr std::string_view kDockerRun[] = {"-p",           "--publish",
                                           "-P",           "--publish-all",
                                           "-e",           "--env",
                                           "--env-file",   "-v",
                                           "--volume",     "--mount",
                                           "--tmpfs",      "--network",
                                           "--net",        "--name",
                                           "-h",           "--hostname",
                                           "-u",           "--user",
                                           "-w",           "--workdir",
                                           "--entrypoint", "-m",
                                           "--memory",     "--cpus",
                                           "--cap-add",    "--cap-drop",
                                           "--privileged", "--read-only",
                                           "--add-host",   "--dns",
                                           "--gpus",       "--shm-size",
                                           "--ulimit",     "--init",
                                           "-i",           "-t",
                                           "-it",          "--security-opt",
                                           "--device",     "--pid",
                                           "--ipc",        "--sysctl",
                                           "-l",           "--label",
                                           "--rm",         "-d",
                                           "--platform",   "--group-add"};

std::string_view name_in(std::string_view word) { return word.substr(0, word.find('=')); }

bool is_of_docker_run(std::string_view word) {
  return std::ranges::find(kDockerRun, name_in(word)) != std::end(kDockerRun);
}

// "-p8080:80", and whatever else begins with such a letter.
bool may_be_of_docker_run(std::string_view word) {
  return is_of_docker_run(word) || is_of_docker_run(word.substr(0, 2));
}

bool knows(const CLI::App& command, std::string_view word) {
  const std::string name(word.starts_with("--") ? name_in(word) : word.substr(0, 2));
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent())
    if (app->get_option_no_throw(name) != nullptr) return true;
  return false;
}

// Their long names, with dashes, also of the groups that help shows apart: apps without a name.
std::vector<std::string> names_of(const CLI::App& command) {
  std::vector<std::string> names;
  const auto add = [&](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  };
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    add(*app);
    for (const CLI::App* group : app->get_subcommands([](const CLI::App* one) { return one->get_name().empty(); }))
      add(*group);
  }
  return names;
}

// "winnow image ls"
std::string full_name(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent == nullptr ? "winnow" : full_name(*parent) + " " + command.get_name();
}

// The name that WORD is like, or is the only one to go on as it does; empty: none.
std::string nearest(const CLI::App& command, std::string_view word) {
  const std::string typed = (word.starts_with("--") ? "" : "-") + std::string(name_in(word));
  const auto names = names_of(command);
  const auto begins = [&](const std::string& name) { return name.starts_with(typed); };
  if (std::ranges::count_if(names, begins) == 1) return *std::ranges::find_if(names, begins);
  const auto best =
      std::ranges::min_element(names, {}, [&](const std::string& name) { return edit_distance(typed, name); });
  if (best == names.end()) return "";
  const std::size_t letters = best->size() - 2;
  return edit_distance(typed, *best) <= std::min(kFarthest, letters / 2) ? *best : "";
}

}  // namespace

std::optional<Error> mistyped_option(const CLI::App& command, std::span<char* const> words) {
  for (const std::string_view word : words) {
    const bool is_option = word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
    if (!is_option || knows(command, word)) continue;
    const std::string known = full_name(command);
    const std::string what = fmt::format("{} has no option {}", known, printable(name_in(word)));
    const bool runs = command.get_name() == "slim";  // its containers take options
    const std::string meant = word.size() > 2 && !(runs && is_of_docker_run(word)) ? nearest(command, word) : "";
    if (runs && meant.empty() && may_be_of_docker_run(word))
      return Error::usage(what,
                          fmt::format("options of `docker run` follow --: {} IMAGE -- {}", known, printable(word)));
    return Error::usage(what, meant.empty() ? fmt::format("see `{} --help`", known) : "did you mean " + meant + "?");
  }
  return std::nullopt;
}

std::optional<Error> option_behind_dashes(const CLI::App& command, std::string_view word) {
  if (!word.starts_with("--") || is_of_docker_run(word) || !knows(command, word)) return std::nullopt;
  return Error::usage(fmt::format("{} is an option of winnow's own, and stands after --", printable(name_in(word))),
                      "put it before --; what follows is for `docker run`");
}

}  // namespace winnow::cli
