// SPDX-License-Identifier: Apache-2.0
// --style, --base and --helper.
#include "cli/dockerfile_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "cli/cli.h"
#include "winnow/base/text.h"

namespace winnow::cli {

Result<void> DockerfileWords::read(DockerfileWish& wish) const {
  if (style == "distroless" && wish.base.empty())
    return std::unexpected(Error::usage("--style distroless needs --base, the image to add to"));
  if (style == "scratch" && !wish.base.empty())
    return std::unexpected(Error::usage("--base is for --style distroless"));
  static const std::map<std::string, HelperUse> uses = {
      {"auto", HelperUse::kAuto}, {"always", HelperUse::kAlways}, {"never", HelperUse::kNever}};
  wish.helper = uses.at(helper);
  return {};
}

void add_dockerfile_options(CLI::App& command, DockerfileWords& words, DockerfileWish& wish) {
  command
      .add_option("--style", words.style, "of the Dockerfile: everything, or what is missing in the base image --base")
      ->check(CLI::IsMember({"scratch", "distroless"}))
      ->capture_default_str();
  command.add_option("--base", wish.base, "the image that --style distroless adds to, named as any other image");
  command
      .add_option("--helper", words.helper,
                  "who picks the files while the Dockerfile builds: a program of winnow's, or never it but the image's "
                  "own sh and tar; auto: the program where those are missing or might not do it well")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

void say_dockerfile(const std::string& directory, const PinnedImages& pinned, const KeepSpec& spec) {
  say(fmt::format("{}/Dockerfile: FROM {}{}{}", printable(directory), pinned.source,
                  pinned.base.empty() ? "" : " onto ", pinned.base));
  if (needs_line_break(spec))
    say(fmt::format("winnow: variables or labels hold line breaks: build it with --build-arg {}=$'\\n'", kLineBreak));
}

}  // namespace winnow::cli
