// SPDX-License-Identifier: Apache-2.0
// Finds the pod specs in a manifest, and in those the commands that a kubelet or a container runtime runs.
#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "manifest/yaml.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/manifest/manifest.h"

namespace winnow {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxCommands = 10'000;
// Where a pod spec stands in an object: Pod; Deployment and its like; CronJob; PodTemplate.
const std::array<Json::json_pointer, 4> kSpecs = {
    Json::json_pointer("/spec"), Json::json_pointer("/spec/template/spec"),
    Json::json_pointer("/spec/jobTemplate/spec/template/spec"), Json::json_pointer("/template/spec")};
constexpr std::array<const char*, 3> kContainers = {"initContainers", "containers", "ephemeralContainers"};
constexpr std::array<const char*, 3> kProbes = {"startupProbe", "livenessProbe", "readinessProbe"};
constexpr std::array<const char*, 2> kHooks = {"postStart", "preStop"};

// A member of an object; null where there is none.
const Json& member(const Json& json, const char* name) {
  static const Json kNone;
  if (!json.is_object()) return kNone;
  const auto found = json.find(name);
  return found == json.end() ? kNone : *found;
}

std::string text_of(const Json& json, const char* name) {
  const Json& text = member(json, name);
  return text.is_string() ? text.get<std::string>() : "";
}

class Finder {
 public:
  void object(const Json& json) {
    const Json& items = member(json, "items");
    if (items.is_array())
      for (const Json& one : items) object(one);
    for (const auto& pointer : kSpecs) {
      if (!json.contains(pointer)) continue;
      const Json& spec = json.at(pointer);
      if (!member(spec, "containers").is_array()) continue;
      const std::string kind = text_of(json, "kind");
      const std::string name = text_of(member(json, "metadata"), "name");
      pod(spec, fmt::format("{} {}", kind.empty() ? "object" : kind, name.empty() ? "without a name" : name));
    }
  }
  [[nodiscard]] std::size_t pods() const { return pods_; }
  std::vector<PodCommand> take() { return std::move(commands_); }

 private:
  void pod(const Json& spec, const std::string& where) {
    ++pods_;
    for (const char* const list : kContainers)
      for (const Json& one : member(spec, list)) container(one, where);
  }

  void container(const Json& json, const std::string& where) {
    const PodCommand base{fmt::format("{}, container {}", where, text_of(json, "name")),
                          text_of(json, "image"),
                          {},
                          text_of(json, "workingDir"),
                          false};
    PodCommand main = base;
    main.words = words(json, "command", base.where);
    main.arguments = main.words.empty();
    for (std::string& word : words(json, "args", base.where)) main.words.push_back(std::move(word));
    const char* const what = main.arguments ? "args" : "command";
    add(std::move(main), what);
    for (const char* const probe : kProbes) exec(member(json, probe), base, probe);
    for (const char* const hook : kHooks) exec(member(member(json, "lifecycle"), hook), base, hook);
  }

  // A handler of a probe or a hook: only "exec" runs something of the image.
  void exec(const Json& handler, PodCommand command, const char* what) {
    command.words = words(member(handler, "exec"), "command", command.where + ": " + what);
    add(std::move(command), what);
  }

  void add(PodCommand command, std::string_view what) {
    if (command.words.empty()) return;
    if (commands_.size() == kMaxCommands)
      throw std::invalid_argument(fmt::format("more than {} commands", kMaxCommands));
    command.where += fmt::format(": {}", what);
    commands_.push_back(std::move(command));
  }

  static std::vector<std::string> words(const Json& json, const char* name, const std::string& where) {
    const Json& list = member(json, name);
    std::vector<std::string> all;
    if (list.is_null()) return all;
    const auto fail = [&] {
      throw std::invalid_argument(fmt::format("{}: {} has to be a list of strings", where, name));
    };
    if (!list.is_array()) fail();
    for (const Json& one : list) {
      if (!one.is_string()) fail();
      all.push_back(one.get<std::string>());
    }
    return all;
  }

  std::size_t pods_ = 0;
  std::vector<PodCommand> commands_;
};

}  // namespace

Result<std::vector<PodCommand>> pod_commands(std::string_view text) {
  if (text.size() > kMaxManifest)
    return fail(fmt::format("a manifest of more than {}", human_bytes(kMaxManifest)),
                "name the file that the pods are in");
  TRY(auto documents, manifest::read_yaml(text));
  Finder finder;
  try {
    for (const Json& document : documents) finder.object(document);
  } catch (const std::invalid_argument& error) {
    return fail(error.what());
  }
  if (finder.pods() == 0)
    return fail("it names no pod",
                "a Pod, or an object with a pod template: Deployment, StatefulSet, DaemonSet, Job, CronJob");
  return finder.take();
}

}  // namespace winnow
