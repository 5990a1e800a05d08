// SPDX-License-Identifier: Apache-2.0
// winnow fetch: what the agents of all nodes have recorded of an image, as one profile.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "fleet/store_options.h"
#include "winnow/agent/selection.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/base/time.h"
#include "winnow/fleet/commands.h"
#include "winnow/store/fetch.h"

namespace winnow::cli {
namespace {

struct FetchWords {
  StoreChoice store;
  std::string image, output = "profile.json", selector, since, context, kubeconfig;
  std::vector<std::string> namespaces;
  bool list = false;
};

Result<std::function<bool(const Run&)>> wanted_runs(const FetchWords& words) {
  TRY(const auto labels, LabelSelector::parse(words.selector));
  std::uint64_t earliest = 0;
  if (!words.since.empty()) {
    TRY(const auto ago, duration_of(words.since));
    const auto span = static_cast<std::uint64_t>(ago.count());
    earliest = unix_ms() - std::min(unix_ms(), span);
  }
  const std::vector<Glob> namespaces(words.namespaces.begin(), words.namespaces.end());
  return [=](const Run& run) {
    const auto in = [&](const Glob& glob) { return glob.matches(run.workload.pod_namespace); };
    return (namespaces.empty() || std::ranges::any_of(namespaces, in)) && labels.matches(run.workload.labels) &&
           std::max(run.started_ms + run.duration_ms, run.last_ms) >= earliest;
  };
}

Result<int> fetch(const FetchWords& words, const CommandLine& line) {
  if (words.image.empty() && !words.list)
    return std::unexpected(
        Error::usage("no image is named", "`winnow fetch --list` shows of which there are profiles"));
  TRY(const auto wanted, wanted_runs(words));
  if (!words.list) TRY_DO(check_output(words.output));
  StoreChoice choice = words.store;
  if (!words.context.empty()) choice.kubectl.insert(choice.kubectl.end(), {"--context", words.context});
  if (!words.kubeconfig.empty()) choice.kubectl.insert(choice.kubectl.end(), {"--kubeconfig", words.kubeconfig});
  TRY(const auto objects, open_objects_to_read(choice));
  ProfileStore store(*objects);
  std::vector<std::string> refused;
  TRY(auto heads, store.list(std::nullopt, refused));
  for (const std::string& one : refused) say("winnow: left out: " + one);
  if (!words.image.empty()) {
    TRY(heads, heads_called(heads, words.image));
  }
  if (words.list) {
    TRY_DO(write_output("-", line.json ? heads_json(heads) : heads_table(heads)));
    return kDone;
  }
  TRY(const auto profile, fetch_union(store, heads, wanted));
  TRY_DO(write_output(words.output, to_json(profile)));
  say_profile(profile, words.output);
  return kDone;
}

}  // namespace

void add_fetch(CLI::App& app, CommandLine& line) {
  auto words = std::make_shared<FetchWords>();
  auto* command = app.add_subcommand("fetch", "unite what the agents of all nodes have recorded of an image");
  command->add_option("image", words->image, "by any of its names or digests, or the first 12 digits of its id");
  command->add_option("-o,--output", words->output, "the profile to write; - is stdout")->capture_default_str();
  command->add_flag("--list", words->list, "show of which images there are profiles");
  command->add_option("-n,--namespace", words->namespaces, "only runs in pods of namespaces that match this glob");
  command->add_option("-l,--selector", words->selector, "only runs in pods with these labels: app=web,tier!=db");
  command->add_option("--since", words->since, "only runs that went on in this time until now: 24h, 7d");
  add_store_option(*command, words->store);
  command->add_option("--profiles-namespace", words->store.name_space,
                      "the namespace that the agents keep profiles in; $POD_NAMESPACE, or winnow, if it is not given");
  command->add_option("--context", words->context, "the kubectl context to use");
  command->add_option("--kubeconfig", words->kubeconfig, "the kubectl configuration to use");
  command->footer(
      "In a pod the API of the cluster is read with the pod's service account, elsewhere through kubectl.\n"
      "As kubectl-winnow in PATH, winnow is a plugin: kubectl winnow fetch IMAGE.");
  command->callback([words, &line] { line.run = [words, &line] { return fetch(*words, line); }; });
}

}  // namespace winnow::cli
