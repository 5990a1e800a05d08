// SPDX-License-Identifier: Apache-2.0
// A Dockerfile whose base images have names that hold: digests or tags that the engine knows.
#include "winnow/transfer/pin.h"

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/transfer/open.h"

namespace winnow {
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

Result<PinnedImages> write_dockerfile(const Image& source, const KeepSpec& spec, const std::string& directory,
                                      const Engine* engine, const DockerfileWish& wish) {
  const Known known = known_to(engine, spec.id, source.index().manifest);
  const PinnedSource pinned = pinned_source(spec, known.repo_digests);
  DockerfileOptions options{.helper = wish.helper};
  std::optional<Image> base;
  Known known_base;
  if (!wish.base.empty()) {
    TRY(const auto named, Reference::parse(wish.base));
    auto opened = open_image(named, wish.reading, engine);
    if (!opened) return std::unexpected(opened.error().within("the base image"));
    base = *std::move(opened);
    known_base = known_to(engine, base->index().id, base->index().manifest);
    options.base = &base->index();
    options.base_image = pinned_base(base->index(), named, known_base.repo_digests);
  }
  TRY_DO(emit_dockerfile(source.index(), spec, pinned, directory, options));
  TRY_DO(tag(engine, known, pinned));
  TRY_DO(tag(engine, known_base, options.base_image));
  return PinnedImages{pinned.reference, base ? options.base_image.reference : ""};
}

}  // namespace winnow
