// SPDX-License-Identifier: Apache-2.0
// From an image config to instructions: everything quoted, commands in exec form, what a base would add taken back.
#include "emit/instructions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "winnow/base/text.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

// A double-quoted word of an instruction: quotes, backslashes and "$" keep their own meaning. No instruction can write
// a line break; a build argument can hold one.
std::string double_quoted(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '\n') {
      word += fmt::format("${{{}}}", kLineBreak);
      continue;
    }
    if (c == '"' || c == '\\' || c == '$') word += '\\';
    word += c;
  }
  return word + "\"";
}

// A duration of the config (nanoseconds) as Dockerfiles write it.
std::string duration(std::int64_t nanoseconds) { return fmt::format("{}ms", nanoseconds / 1'000'000); }

// The command of a health check in exec form: what has a shell form (CMD-SHELL) names its shell. "" where CHECK sets
// none.
std::string healthcheck_arguments(const Json& check, const std::vector<std::string>& shell) {
  const auto test = check.value("Test", std::vector<std::string>());
  if (test.size() < 2) return test.empty() ? "" : "NONE";
  std::string options;
  for (const auto& [field, option] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Interval", "interval"}, {"Timeout", "timeout"}, {"StartPeriod", "start-period"}})
    if (const auto value = check.value(field, std::int64_t{0}); value > 0)
      options += fmt::format("--{}={} ", option, duration(value));
  if (const int retries = check.value("Retries", 0); retries > 0) options += fmt::format("--retries={} ", retries);
  if (test[0] != "CMD-SHELL") return options + "CMD " + exec_form(Json(std::span(test).subspan(1)));
  Json words = shell.empty() ? Json{"/bin/sh", "-c"} : Json(shell);
  words.push_back(test[1]);
  return options + "CMD " + exec_form(words);
}

// One of the two configs, asked for fields that may be missing or null.
class Fields {
 public:
  explicit Fields(const Json& config) : config_(config) {}
  [[nodiscard]] bool has(const char* field) const { return config_.contains(field) && !config_.at(field).empty(); }
  [[nodiscard]] std::vector<std::string> strings(const char* field) const {
    return has(field) ? config_.at(field).get<std::vector<std::string>>() : std::vector<std::string>();
  }
  [[nodiscard]] std::string text(const char* field) const {
    return has(field) ? config_.at(field).get<std::string>() : "";
  }
  [[nodiscard]] const Json& object(const char* field) const { return has(field) ? config_.at(field) : none_; }
  [[nodiscard]] std::string healthcheck() const {
    return healthcheck_arguments(object("Healthcheck"), strings("Shell"));
  }

 private:
  const Json& config_;
  const Json none_ = Json::object();
};

std::string name_of_variable(const std::string& variable) { return variable.substr(0, variable.find('=')); }

void describe(std::string& text, const Fields& config) {
  for (const std::string& variable : config.strings("Env")) {
    const std::string name = name_of_variable(variable);
    if (name == kLineBreak) throw std::invalid_argument(fmt::format("ENV sets {}, winnow's own argument", kLineBreak));
    const std::string value = name.size() < variable.size() ? variable.substr(name.size() + 1) : "";
    instruct(text, "ENV", name + "=" + double_quoted(value));
  }
  for (const auto& [name, value] : config.object("Labels").items())
    instruct(text, "LABEL", double_quoted(name) + "=" + double_quoted(value.get<std::string>()));
  for (const auto& [port, unused] : config.object("ExposedPorts").items()) instruct(text, "EXPOSE", literal(port));
}

// One word, or what stands for none where BASE has one.
void word(std::string& text, const Fields& config, const Fields& base, const char* name, const char* field,
          const char* none) {
  if (const auto value = config.text(field); !value.empty())
    instruct(text, name, literal(value));
  else if (!base.text(field).empty())
    instruct(text, name, none);
}

void command(std::string& text, const Fields& config, const Fields& base, const char* name, const char* field,
             const Json& none) {
  if (config.has(field) || base.has(field))
    instruct(text, name, exec_form(config.has(field) ? Json(config.strings(field)) : none));
}

// Root is what there is without USER, and linters ask that the last one is not root. Where it has to be said, because
// of a group or of another user in the base, they are told that it is meant.
void user(std::string& text, const Fields& config, const Fields& base) {
  const std::string wanted = config.text("User");
  if (is_root(wanted) && is_root(base.text("User"))) return;
  if (is_root(wanted.substr(0, wanted.find(':')))) text += "# hadolint ignore=DL3002\n";
  instruct(text, "USER", wanted.empty() ? "0" : literal(wanted));
}

}  // namespace

std::string literal(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c == '\\' || c == '$') word += '\\';
    word += c;
  }
  return word;
}

std::string exec_form(const Json& words) { return words.dump(-1, ' ', false, Json::error_handler_t::replace); }

// A Dockerfile has no way to write a line break inside one, and a config that holds one could
// smuggle in instructions of its own. A carriage return ends no line, but builders cut it off at the end of one.
void instruct(std::string& text, std::string_view name, const std::string& arguments) {
  if (arguments.find('\n') != std::string::npos || arguments.ends_with('\r'))
    throw std::invalid_argument(fmt::format("{} holds a line break, which a Dockerfile cannot express", name));
  if (arguments.ends_with('\\'))  // it would swallow the next instruction
    throw std::invalid_argument(fmt::format("{} ends in a backslash, which a Dockerfile cannot express", name));
  text += fmt::format("{} {}\n", name, arguments);
}

bool is_root(std::string_view user) { return user.empty() || user == "root" || user == "0"; }

bool holds_line_breaks(const Json& config_json) {
  const Fields config(config_json);
  const auto holds = [](const std::string& text) { return text.find('\n') != std::string::npos; };
  if (std::ranges::any_of(config.strings("Env"), holds)) return true;
  for (const auto& [name, value] : config.object("Labels").items())
    if (holds(name) || (value.is_string() && holds(value.get_ref<const std::string&>()))) return true;
  return false;
}

std::string config_instructions(const Json& config_json, const Json& base_json) {
  const Fields config(config_json), base(base_json);
  std::string text;
  describe(text, config);
  word(text, config, base, "STOPSIGNAL", "StopSignal", "SIGTERM");
  command(text, config, base, "SHELL", "Shell", Json{"/bin/sh", "-c"});
  if (const std::string check = config.healthcheck(); !check.empty())
    instruct(text, "HEALTHCHECK", check);
  else if (!base.healthcheck().empty())
    instruct(text, "HEALTHCHECK", "NONE");
  for (const std::string& trigger : config.strings("OnBuild")) instruct(text, "ONBUILD", trigger);
  if (config.has("Volumes")) {
    Json volumes = Json::array();
    for (const auto& [path, unused] : config.object("Volumes").items()) volumes.push_back(path);
    instruct(text, "VOLUME", exec_form(volumes));
  }
  word(text, config, base, "WORKDIR", "WorkingDir", "/");
  user(text, config, base);
  // ENTRYPOINT first: it takes the base's CMD back.
  command(text, config, base, "ENTRYPOINT", "Entrypoint", Json::array());
  command(text, config, base, "CMD", "Cmd", Json::array());
  return text;
}

std::vector<std::string> not_undone(const Json& config_json, const Json& base_json) {
  const Fields config(config_json), base(base_json);
  std::vector<std::string> left;
  const auto variables = config.strings("Env");
  for (const std::string& variable : base.strings("Env")) {
    const std::string name = name_of_variable(variable);
    if (std::ranges::none_of(variables, [&](const std::string& other) { return name_of_variable(other) == name; }))
      left.push_back("ENV " + printable(name));
  }
  for (const auto& [instruction, field] : std::initializer_list<std::pair<const char*, const char*>>{
           {"LABEL", "Labels"}, {"EXPOSE", "ExposedPorts"}, {"VOLUME", "Volumes"}}) {
    const Json& wanted = config.object(field);
    for (const auto& [name, unused] : base.object(field).items())
      if (!wanted.contains(name)) left.push_back(fmt::format("{} {}", instruction, printable(name)));
  }
  return left;
}

}  // namespace winnow
