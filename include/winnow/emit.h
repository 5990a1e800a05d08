// SPDX-License-Identifier: Apache-2.0
// From a keep spec to artefacts, byte for byte reproducible: slim image, Dockerfile, lists, report.
#pragma once

#include <string>

#include "winnow/base.h"
#include "winnow/engine.h"
#include "winnow/image.h"
#include "winnow/plan.h"

namespace winnow {

// The source's config for the slim image: everything carried over, with rootfs holding only LAYER (a diff ID) and one
// history entry that says where it came from.
Result<std::string> slim_config(const KeepSpec& spec, const Digest& layer);

// Writes the slim image to DESTINATION: pristine content of SOURCE's layers in a single layer. ENGINE is needed for
// kEngine only. Returns the new image's config digest. Errors: SPEC is not of SOURCE; nothing is left half written.
Result<Digest> emit_image(const Image& source, const KeepSpec& spec, const Reference& destination,
                          const Engine* engine);

// The name under which the source image has to be known to the builder: a digest from a registry where there is one,
// else a tag made of the image id. TAG is to be given to the source image when it is not empty.
struct PinnedSource {
  std::string reference;
  std::string repository, tag;
};
PinnedSource pinned_source(const KeepSpec& spec, const std::vector<std::string>& repo_digests);

// The same for a base image that the user called NAMED: as named where that says a version, or by a tag like that.
PinnedSource pinned_base(const Index& base, const Reference& named, const std::vector<std::string>& repo_digests);

// Who picks the files in the first stage: the source's own sh and tar, which people can read, or a static program.
enum class HelperUse { kAuto, kAlways, kNever };
struct DockerfileOptions {
  HelperUse helper = HelperUse::kAuto;  // the program where sh or GNU tar are missing or might not do it well
  const Index* base = nullptr;          // the image to add to; null: scratch
  PinnedSource base_image = {};         // its name for builders
};
// A build context in DIRECTORY, made when it is missing: Dockerfile, .dockerignore, keep.list, and what else the stages
// need. Multi-stage, FROM the pinned source, one final layer. Errors: SPEC is not of SOURCE; nothing can pick; the
// config holds what no instruction can say; an entry does not fit the base.
Result<void> emit_dockerfile(const Index& source, const KeepSpec& spec, const PinnedSource& pinned,
                             const std::string& directory, const DockerfileOptions& options = {});

// The paths of SPEC, one a line, relative to the root ("./usr/bin/x"), for tar -T. NUL-separated when ZERO.
std::string keep_list(const KeepSpec& spec, bool zero);
// removed.json, schema "winnow.removed/1": each entry of SOURCE that SPEC drops, with size, layer and package.
Result<std::string> removed_json(const Index& source, const KeepSpec& spec);
// What a person wants to read, in Markdown: before and after, bytes by layer and by package, the largest things kept
// and dropped.
Result<std::string> report_markdown(const Index& source, const KeepSpec& spec);

}  // namespace winnow
