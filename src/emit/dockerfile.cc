// SPDX-License-Identifier: Apache-2.0
// A multi-stage Dockerfile that picks the kept files out of the source image with its own tar, in one final layer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "winnow/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

// Engines mount files of their own over these while a RUN instruction runs: tar would read the builder's, not the
// image's.
constexpr std::array<std::string_view, 3> kBindMounted = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
// Where a RUN instruction sees kernel file systems; runtimes make these directories themselves.
constexpr std::array<std::string_view, 3> kKernelMounts = {"/dev", "/proc", "/sys"};

bool under_kernel_mount(std::string_view path) {
  return std::ranges::any_of(kKernelMounts, [&](std::string_view mount) {
    return path == mount || (path.starts_with(mount) && path[mount.size()] == '/');
  });
}

bool bind_mounted(std::string_view path) { return std::ranges::find(kBindMounted, path) != kBindMounted.end(); }

// A double-quoted word of an instruction: quotes, backslashes and "$" keep their own meaning.
std::string double_quoted(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$') word += '\\';
    word += c;
  }
  return word + "\"";
}

// A bare word of an instruction that expands variables.
std::string literal(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c == '\\' || c == '$') word += '\\';
    word += c;
  }
  return word;
}

// The exec form: a JSON array on one line.
std::string exec_form(const Json& words) { return words.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Appends one instruction. A Dockerfile has no way to write a line break inside one, and a config that holds one could
// smuggle in instructions of its own.
void instruct(std::string& text, std::string_view name, const std::string& arguments) {
  if (arguments.find_first_of("\n\r") != std::string::npos)
    throw std::invalid_argument(fmt::format("{} holds a line break, which a Dockerfile cannot express", name));
  if (arguments.ends_with('\\'))  // it would swallow the next instruction
    throw std::invalid_argument(fmt::format("{} ends in a backslash, which a Dockerfile cannot express", name));
  text += fmt::format("{} {}\n", name, arguments);
}

// A duration of the config (nanoseconds) as Dockerfiles write it.
std::string duration(std::int64_t nanoseconds) { return fmt::format("{}ms", nanoseconds / 1'000'000); }

// Durations and the command of a health check; "" where the config sets none.
std::string healthcheck_arguments(const Json& check, const std::vector<std::string>& shell) {
  const auto test = check.at("Test").get<std::vector<std::string>>();
  if (test.size() < 2) return test.empty() ? "" : "NONE";
  std::string options;
  for (const auto& [field, option] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Interval", "interval"}, {"Timeout", "timeout"}, {"StartPeriod", "start-period"}})
    if (const auto value = check.value(field, std::int64_t{0}); value > 0)
      options += fmt::format("--{}={} ", option, duration(value));
  if (const int retries = check.value("Retries", 0); retries > 0) options += fmt::format("--retries={} ", retries);
  if (test[0] != "CMD-SHELL") return options + "CMD " + exec_form(Json(std::span(test).subspan(1)));
  // What would be read as something else has no shell form; its shell can be named instead.
  const bool plain =
      test[1].find_first_of("\n\r") == std::string::npos && !test[1].starts_with('[') && !test[1].ends_with('\\');
  if (plain) return options + "CMD " + test[1];
  Json words = shell.empty() ? Json{"/bin/sh", "-c"} : Json(shell);
  words.push_back(test[1]);
  return options + "CMD " + exec_form(words);
}

// The instructions that carry CONFIG over. Commands come last, in the form that the config holds.
std::string config_instructions(const Json& config) {
  std::string text;
  const auto present = [&](const char* field) { return config.contains(field) && !config.at(field).empty(); };
  const auto strings = [&](const char* field) {
    return present(field) ? config.at(field).get<std::vector<std::string>>() : std::vector<std::string>();
  };
  const auto word = [&](std::string_view name, const char* field) {
    if (!present(field)) return;
    if (const auto value = config.at(field).get<std::string>(); !value.empty()) instruct(text, name, literal(value));
  };
  const auto array = [&](std::string_view name, const char* field) {
    if (present(field)) instruct(text, name, exec_form(config.at(field)));
  };
  for (const std::string& variable : strings("Env")) {
    const auto equals = std::min(variable.find('='), variable.size());
    const std::string value = equals < variable.size() ? variable.substr(equals + 1) : "";
    instruct(text, "ENV", variable.substr(0, equals) + "=" + double_quoted(value));
  }
  if (present("Labels"))
    for (const auto& [name, value] : config.at("Labels").items())
      instruct(text, "LABEL", double_quoted(name) + "=" + double_quoted(value.get<std::string>()));
  if (present("ExposedPorts"))
    for (const auto& [port, unused] : config.at("ExposedPorts").items()) instruct(text, "EXPOSE", literal(port));
  word("STOPSIGNAL", "StopSignal");
  array("SHELL", "Shell");
  if (present("Healthcheck") && config.at("Healthcheck").contains("Test"))
    if (const auto check = healthcheck_arguments(config.at("Healthcheck"), strings("Shell")); !check.empty())
      instruct(text, "HEALTHCHECK", check);
  for (const std::string& trigger : strings("OnBuild")) instruct(text, "ONBUILD", trigger);
  if (present("Volumes")) {
    Json volumes = Json::array();
    for (const auto& [path, unused] : config.at("Volumes").items()) volumes.push_back(path);
    instruct(text, "VOLUME", exec_form(volumes));
  }
  word("WORKDIR", "WorkingDir");
  word("USER", "User");
  array("ENTRYPOINT", "Entrypoint");
  array("CMD", "Cmd");
  return text;
}

// The list that tar reads: without what the builder's own mounts hide.
KeepSpec what_tar_can_read(const KeepSpec& spec) {
  KeepSpec readable;
  for (const KeptEntry& kept : spec.entries)
    if (!bind_mounted(kept.entry.path) && !under_kernel_mount(kept.entry.path)) readable.entries.push_back(kept);
  return readable;
}

// One name a line is what every tar reads; names that need quoting there go NUL-separated to GNU tar.
bool needs_zero(const KeepSpec& spec) {
  return std::ranges::any_of(spec.entries, [](const KeptEntry& kept) {
    return kept.entry.path.find_first_of("\n\r\\\"'") != std::string::npos;
  });
}

Result<void> check_tools(const Index& source) {
  for (const auto& paths : {std::array{"/bin/sh", "/usr/bin/sh"}, std::array{"/bin/tar", "/usr/bin/tar"}})
    if (std::ranges::none_of(paths, [&](const char* path) { return source.resolve(path).entry.has_value(); }))
      return fail(fmt::format("the source image has no {}, which the Dockerfile needs to pick files", paths[0]),
                  "write the image itself with --image instead");
  return {};
}

std::string dockerfile_text(const KeepSpec& spec, const PinnedSource& pinned, const KeepSpec& readable, bool zero) {
  const Json config = Json::parse(spec.config_json);
  const bool xattrs =
      std::ranges::any_of(readable.entries, [](const auto& kept) { return !kept.entry.xattrs.empty(); });
  const std::string_view attributes = xattrs ? "--xattrs --xattrs-include='*' " : "";
  std::string text = fmt::format("# {} of {} entries of {}.\n", spec.summary.kept_entries, spec.summary.image_entries,
                                 printable(spec.reference));
  if (!pinned.tag.empty())
    text += fmt::format("# The source has no digest from a registry. Where this tag is missing: docker tag {} {}\n",
                        spec.id.str(), pinned.reference);
  text += fmt::format("FROM {} AS source\n\nFROM source AS pick\nUSER 0\n", pinned.reference);
  text += "COPY keep.list /.winnow/keep.list\n";
  // Two steps, not a pipe: a shell reports only the last program of a pipe.
  text += fmt::format(
      "RUN [\"/bin/sh\", \"-ec\", \"cd / && tar {0}--no-recursion {1}-cf /.winnow/kept.tar -T /.winnow/keep.list && "
      "mkdir /.winnow/root && tar {0}-xpf /.winnow/kept.tar -C /.winnow/root\"]\n",
      attributes, zero ? "--null " : "");
  for (const KeptEntry& kept : spec.entries)
    if (bind_mounted(kept.entry.path))
      text += fmt::format("COPY --from=source {0} /.winnow/root{0}\n", kept.entry.path);
  text += "\nFROM scratch\nCOPY --from=pick /.winnow/root/ /\n";
  return text + config_instructions(config.value("config", Json::object()));
}

}  // namespace

PinnedSource pinned_source(const KeepSpec& spec, const std::vector<std::string>& repo_digests) {
  if (!repo_digests.empty()) return {repo_digests.front(), "", ""};
  const std::string tag = spec.id.short_hex();
  return {"winnow-source:" + tag, "winnow-source", tag};
}

Result<void> emit_dockerfile(const Index& source, const KeepSpec& spec, const PinnedSource& pinned,
                             const std::string& directory) {
  if (auto kept = kept_entries(spec, source); !kept) return std::unexpected(kept.error());
  if (auto checked = check_tools(source); !checked) return checked;
  const KeepSpec readable = what_tar_can_read(spec);
  const bool zero = needs_zero(readable);
  std::string text;
  try {
    text = dockerfile_text(spec, pinned, readable, zero);
  } catch (const std::exception& error) {
    return fail(fmt::format("the config of {}: {}", spec.id.str(), printable(error.what())));
  }
  if (auto made = make_directory(directory); !made) return made;
  if (auto written = write_file_atomically(directory + "/keep.list", keep_list(readable, zero)); !written)
    return written;
  if (auto written = write_file_atomically(directory + "/.dockerignore", "*\n!keep.list\n"); !written) return written;
  return write_file_atomically(directory + "/Dockerfile", text);
}

}  // namespace winnow
