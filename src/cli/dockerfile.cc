// SPDX-License-Identifier: Apache-2.0
// The Dockerfile of emit and slim: which names the engine has for the images that it stands on.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "cli/artefacts.h"
#include "cli/cli.h"

namespace winnow::cli {
namespace {

// An image as the engine knows it: empty where it does not.
struct Known {
  std::string name;
  std::vector<std::string> repo_digests;
};

Known known_to(const Engine* engine, const Digest& id, const Digest& target) {
  Known known;
  for (const Digest& digest : {id, target}) {
    if (engine == nullptr || !digest.valid() || !known.name.empty()) continue;
    if (const auto found = engine->find_image(digest.str()); found && *found)
      known = {digest.str(), (*found)->repo_digests};
  }
  return known;
}

// Gives the engine's image the tag that the Dockerfile names, where it needs one.
Result<void> tag(const Engine* engine, const Known& known, const PinnedSource& pinned) {
  if (engine == nullptr || known.name.empty() || pinned.tag.empty()) return {};
  if (auto tagged = engine->tag_image(known.name, pinned.repository + ":" + pinned.tag); !tagged)
    return std::unexpected(tagged.error().within("tagging " + pinned.reference));
  return {};
}

}  // namespace

Result<void> write_dockerfile(const Image& source, const KeepSpec& spec, const std::string& directory,
                              const Engine* engine, const DockerfileWishes& wishes) {
  const Known known = known_to(engine, spec.id, source.index().target);
  const PinnedSource pinned = pinned_source(spec, known.repo_digests);
  DockerfileOptions options{.helper = wishes.helper};
  std::optional<Image> base;
  Known known_base;
  if (!wishes.base.empty()) {
    const auto named = Reference::parse(wishes.base);
    if (!named) return std::unexpected(named.error());
    auto opened = open_image(*named, wishes.reading, engine);
    if (!opened) return std::unexpected(opened.error().within("the base image"));
    base = *std::move(opened);
    known_base = known_to(engine, base->index().id, base->index().target);
    options.base = &base->index();
    options.base_image = pinned_base(base->index(), *named, known_base.repo_digests);
  }
  if (auto written = emit_dockerfile(source.index(), spec, pinned, directory, options); !written) return written;
  if (auto tagged = tag(engine, known, pinned); !tagged) return tagged;
  if (auto tagged = tag(engine, known_base, options.base_image); !tagged) return tagged;
  say(fmt::format("{}/Dockerfile: FROM {}{}{}", printable(directory), pinned.reference, base ? " onto " : "",
                  options.base_image.reference));
  if (needs_line_break(spec))
    say(fmt::format("winnow: variables or labels hold line breaks: build it with --build-arg {}=$'\\n'", kLineBreak));
  return {};
}

Result<void> DockerfileWords::read(DockerfileWishes& wishes) const {
  if (style == "distroless" && wishes.base.empty())
    return std::unexpected(Error::usage("--style distroless needs --base, the image to add to"));
  if (style == "scratch" && !wishes.base.empty())
    return std::unexpected(Error::usage("--base is for --style distroless"));
  static const std::map<std::string, HelperUse> uses = {
      {"auto", HelperUse::kAuto}, {"always", HelperUse::kAlways}, {"never", HelperUse::kNever}};
  wishes.helper = uses.at(helper);
  return {};
}

void add_dockerfile_options(CLI::App& command, DockerfileWords& words, DockerfileWishes& wishes) {
  command.add_option("--style", words.style, "of the Dockerfile: everything, or what the base image --base lacks")
      ->check(CLI::IsMember({"scratch", "distroless"}))
      ->capture_default_str();
  command.add_option("--base", wishes.base, "the image that --style distroless adds to, named as any other image");
  command
      .add_option("--helper", words.helper,
                  "who picks the files while the Dockerfile builds: a program of winnow's, or never it but the image's "
                  "own sh and tar; auto: the program where those are missing or might not do it well")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

}  // namespace winnow::cli
