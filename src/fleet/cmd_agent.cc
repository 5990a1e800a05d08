// SPDX-License-Identifier: Apache-2.0
// winnow agent: records the containers of a node, or tidies up what the agents of all nodes have stored.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "fleet/store_options.h"
#include "winnow/agent/agent.h"
#include "winnow/base/error.h"
#include "winnow/base/state.h"
#include "winnow/base/text.h"
#include "winnow/fleet/commands.h"
#include "winnow/terminal/recorder_options.h"
#include "winnow/terminal/terminal.h"

namespace winnow::cli {
namespace {

constexpr std::size_t kMaxNodeName = 253;  // as of any object in Kubernetes

struct AgentWords {
  StoreChoice store;
  RecorderWords recorder;
  std::string node, listen, selector, idle = "24h", session = "agent";
  std::vector<std::string> namespaces, excluded, containers, runtimes;
  bool annotated = false, compact = false, clean_up = false;
  double interval = 60;
  double ttl_days = 0;
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::vector<Glob> globs(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

Result<PodSelection> selection_of(const AgentWords& words) {
  PodSelection selection;
  selection.namespaces = globs(words.namespaces);
  selection.excluded_namespaces = globs(words.excluded);
  if (words.excluded.empty()) {
    selection.excluded_namespaces.emplace_back("kube-system");
    if (const std::string own = environment("POD_NAMESPACE"); !own.empty())
      selection.excluded_namespaces.emplace_back(literal_glob(own));
  }
  selection.containers = globs(words.containers);
  TRY(selection.labels, LabelSelector::parse(words.selector));
  selection.annotated_only = words.annotated;
  return selection;
}

Result<std::vector<RuntimeStore>> runtimes_of(const AgentWords& words) {
  std::vector<RuntimeStore> stores;
  for (const std::string& text : words.runtimes) {
    TRY(auto store, RuntimeStore::parse(text));
    if (::access(store.root().c_str(), F_OK) != 0)
      return std::unexpected(Error::usage(printable(store.str()) + ": there is no such directory",
                                          "--runtime takes the directory in which the runtime keeps its store; in a "
                                          "pod, mount that of the host"));
    stores.push_back(std::move(store));
  }
  if (words.runtimes.empty()) stores = RuntimeStore::usual();
  if (stores.empty())
    return fail("no container runtime keeps a store in its usual place on this machine",
                "name it: --runtime containerd:DIRECTORY; in a pod, mount that directory of the host");
  return stores;
}

// A node is called by what a cluster calls it, or a host by itself; "*" is the union of all nodes.
Result<std::string> node_of(const AgentWords& words) {
  std::string node = !words.node.empty() ? words.node : environment("NODE_NAME");
  if (node.empty()) node = host_name();
  const auto is_of_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  if (node.size() <= kMaxNodeName && std::ranges::all_of(node, is_of_name)) return node;
  return std::unexpected(Error::usage("not a name of a node: " + printable(node),
                                      "--node (or $NODE_NAME) takes letters, digits, '.', '_' and '-'"));
}

Result<void> check_listen(const std::string& listen) {
  const auto colon = listen.rfind(':');
  const bool odd = listen.find_first_not_of("0123456789abcdefABCDEF:.[]") != std::string::npos;
  const std::string port = colon == std::string::npos ? "" : listen.substr(colon + 1);
  const bool number = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  if (listen.empty() || (!odd && number && colon > 0)) return {};
  return std::unexpected(Error::usage("cannot listen on " + printable(listen),
                                      "--listen takes ADDRESS:PORT of this machine, such as 127.0.0.1:9090"));
}

Log log_to_stderr() {
  return [](Severity severity, std::string_view line) {
    log_line(severity == Severity::kError ? "error" : severity == Severity::kWarning ? "warning" : "info", line);
  };
}

Result<int> tidy_up(const AgentWords& words) {
  TRY(const auto idle, duration_of(words.idle));
  TRY(const auto objects, open_objects(words.store));
  const std::chrono::milliseconds ttl(static_cast<std::int64_t>(words.ttl_days * 86'400'000));
  TRY(const auto done, compact(*objects, {.idle = idle, .ttl = ttl}));
  for (const std::string& line : done.refused) say("winnow: left as it is: " + line);
  say(fmt::format("winnow: {}: united {} profile{} of idle nodes, removed {} old one{}", objects->str(), done.united,
                  done.united == 1 ? "" : "s", done.removed, done.removed == 1 ? "" : "s"));
  return kDone;
}

Result<int> run_until_stopped(const AgentWords& words) {
  AgentOptions options;
  TRY(options.selection, selection_of(words));
  TRY(options.runtimes, runtimes_of(words));
  TRY(options.node, node_of(words));
  TRY_DO(check_listen(words.listen));
  RequestCounts counts;
  TRY(const auto objects, open_objects(words.store, &counts));
  options.version = version();
  options.interval = std::chrono::milliseconds(static_cast<std::int64_t>(words.interval * 1000));
  options.listen = words.listen;
  options.recorder = recorder_options(words.recorder);
  options.recorder.session = words.session;
  options.requests = &counts;
  options.log = log_to_stderr();
  const Interrupt interrupt("");  // the agent logs that it stops
  options.interrupted = interrupt.flag();
  TRY_DO(run_agent(options, *objects));
  return kDone;
}

// CLI11 reads "nan" as a number, which is in every range.
CLI::Validator is_number() {
  return CLI::Validator(
      [](std::string& text) { return std::isfinite(std::strtod(text.c_str(), nullptr)) ? "" : text + " is no number"; },
      "");
}

Result<int> agent(const AgentWords& words) {
  if (words.compact) return tidy_up(words);
  if (!words.clean_up) return run_until_stopped(words);
  TRY(const bool found, Recorder::clean_up(words.session));
  say(found ? "winnow: removed the agent's session from the kernel" : "winnow: there was no session of an agent");
  return kDone;
}

}  // namespace

void add_agent(CLI::App& app, CommandLine& line) {
  auto words = std::make_shared<AgentWords>();
  // A node has more containers than a test, and their memory counts: less of it for each map.
  words->recorder.recorder.ring_bytes = std::size_t{4} << 20;
  words->recorder.recorder.overflow = 1U << 15;
  words->recorder.recorder.seen_keys = 1U << 17;
  words->recorder.recorder.max_paths = 100'000;
  words->recorder.recorder.max_bytes = std::size_t{48} << 20;
  words->recorder.recorder.outlasts_disk = true;
  auto* command =
      app.add_subcommand("agent", "record every container of a node: one profile for each image, in a store");
  add_store_option(*command, words->store);
  command->add_option("--node", words->node, "the node's name; $NODE_NAME, or the host's name, if it is not given");
  command->add_option("--namespace", words->namespaces, "record only pods of namespaces that match this glob");
  command->add_option("--exclude-namespace", words->excluded,
                      "do not record pods of these; kube-system and the agent's own if it is not given");
  command->add_option("--selector", words->selector, "record only pods with these labels: app=web,tier!=db");
  command->add_option("--container", words->containers, "record only containers of this name, a glob");
  command->add_flag("--annotated", words->annotated,
                    "record only pods with the annotation winnow.dev/record: \"true\"");
  command->add_option("--runtime", words->runtimes,
                      "the runtime's store on disk: containerd, crio or docker, with :DIRECTORY if it is elsewhere");
  command->add_option("--interval", words->interval, "seconds between two writes of an image's profile, at least")
      ->check(CLI::Range(1.0, 86400.0) & is_number())
      ->capture_default_str();
  command->add_option("--listen", words->listen, "serve /metrics and /healthz on ADDRESS:PORT");
  command->add_option("--session", words->session, "name of the session in the kernel: one for each agent of a machine")
      ->capture_default_str();
  command->add_flag("--compact", words->compact, "unite the profiles of idle nodes into one for each image, and end");
  command->add_option("--idle", words->idle, "with --compact: nodes without a run for so long")->capture_default_str();
  command->add_option("--ttl", words->ttl_days, "with --compact: remove profiles without a run for so many days")
      ->check(CLI::Range(0.01, 36500.0) & is_number());
  command->add_flag("--cleanup", words->clean_up, "remove what a stopped agent left in the kernel, and end");
  add_recorder_options(*command, words->recorder);
  command->footer(
      "Recording goes on in the kernel when the agent is stopped or killed; the next one takes it over.\n"
      "--cleanup ends that. Pods choose for themselves by the annotation winnow.dev/record: \"true\" or \"false\".");
  command->callback([words, &line] { line.run = [words] { return agent(*words); }; });
}

}  // namespace winnow::cli
