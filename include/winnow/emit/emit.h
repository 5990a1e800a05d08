// SPDX-License-Identifier: Apache-2.0
// Makes artefacts from a keep spec, byte for byte reproducible: slim image, Dockerfile, lists, report.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/index/draft.h"
#include "winnow/index/reference.h"
#include "winnow/plan/plan.h"

namespace winnow {

// How the slim image is divided into layers.
enum class Layering : std::uint8_t {
  kSquash,    // one layer holds everything
  kPreserve,  // one layer for each layer of the source image of which something is kept: images with a common base
              // still share its layers
};
std::optional<Layering> layering_from_name(std::string_view name);  // "squash", "preserve"

// One layer of the slim image.
struct SlimLayer {
  LayerDraft draft;
  std::optional<std::size_t> source;  // kPreserve: the layer of the source image that it is made of; empty for
                                      // package records, and under kSquash
};
// Returns what SPEC keeps of INDEX and adds to it, as layers, the lowest first; there is always one. Under kPreserve a
// layer holds the kept entries of its source layer, with directories as that layer has them. It depends only on the
// source layers up to its own, so images whose lower layers are the same get the same bytes there. The names of one
// file stay together, in the topmost of their layers. SPEC must outlive the result. Errors: SPEC is not of INDEX.
Result<std::vector<SlimLayer>> slim_layers(const Index& index, const KeepSpec& spec, Layering layering);

// Returns the config of the slim image: the source image's, with DIFF_IDS, the digests of LAYERS, as its rootfs and
// with a new history. Under kPreserve the history has each step of the source's build; under kSquash it is one step
// that says what was slimmed. Errors: the source's config is malformed.
Result<std::string> slim_config(const KeepSpec& spec, std::span<const SlimLayer> layers,
                                std::span<const Digest> diff_ids, Layering layering);

// Returns annotations for an OCI manifest of the slim image: they name SOURCE, the profile, the policy, and VERSION of
// winnow.
std::map<std::string, std::string> slim_annotations(const KeepSpec& spec, const Index& source,
                                                    const std::string& version);

// The name by which a Dockerfile refers to an image: a digest from a registry if there is one, else a tag made of the
// image id. If TAG is not empty, the caller has to give the image that name, REPOSITORY:TAG.
struct PinnedSource {
  std::string reference;
  std::string repository, tag;
};
PinnedSource pinned_source(const KeepSpec& spec, const std::vector<std::string>& repo_digests);

// The same for a base image that the user called NAMED. Without a registry digest, that name itself is used if it is an
// engine's and has a digest or a tag other than "latest".
PinnedSource pinned_base(const Index& base, const Reference& named, const std::vector<std::string>& repo_digests);

// Which program picks the kept files in the first stage: sh and tar of the source image (kNever), which make a
// Dockerfile that people can read, or the static program "pick" (kAlways). kAuto takes pick only if sh, mkdir or GNU
// tar is missing in the source image, or might not do it well.
enum class HelperUse { kAuto, kAlways, kNever };
struct DockerfileOptions {
  HelperUse helper = HelperUse::kAuto;
  const Index* base = nullptr;   // the image that the final stage starts from; null: scratch
  PinnedSource base_image = {};  // its name for builders
};
// Writes a build context into DIRECTORY, which is made if it is missing: Dockerfile, .dockerignore, keep.list, and what
// else the stages need. The first stage is FROM the pinned source image, the last one adds a single layer. Errors: SPEC
// is not of SOURCE; no program can pick; no instruction can express the config; an entry has another type in the base.
Result<void> emit_dockerfile(const Index& source, const KeepSpec& spec, const PinnedSource& pinned,
                             const std::string& directory, const DockerfileOptions& options = {});

// The build argument that stands for a line break: no instruction can write one in a variable or a label.
inline constexpr std::string_view kLineBreak = "WINNOW_LINE_BREAK";
// Whether the Dockerfile of SPEC has to be built with --build-arg WINNOW_LINE_BREAK=$'\n'.
bool needs_line_break(const KeepSpec& spec);

// The paths of the kept entries, one a line, relative to the root ("./usr/bin/x"), for tar -T. With ZERO, each ends
// with a NUL byte.
std::string keep_list(const KeepSpec& spec, bool zero);
// The three functions below fail if SPEC is not of SOURCE.

// removed.json, schema "winnow.removed/1": each entry of SOURCE that SPEC drops, with size, layer and package.
Result<std::string> removed_json(const Index& source, const KeepSpec& spec);
// The same entries as CSV (RFC 4180): path, type, size, layer, package, created_by. Names are escaped as in JSON; if a
// spreadsheet would take a name for a formula, its first byte is escaped, too.
Result<std::string> removed_csv(const Index& source, const KeepSpec& spec);
// A report for people, in Markdown: sizes before and after, bytes by layer and by package, the largest things kept and
// dropped.
Result<std::string> report_markdown(const Index& source, const KeepSpec& spec);

// The kept files that the workload opened, ran or mapped, ordered by their first touch. Snapshotters that pull lazily
// fetch them first.
enum class PrefetchFormat : std::uint8_t {
  kStargz,  // JSON lines, as stargz-snapshotter's recorder (recorder/recorder.go) writes and `--estargz-record-in`
            // reads
  kNydus,   // JSON "v1", as `nydus-image optimize --prefetch-files` reads
  kLines,   // absolute paths, as `nydus-image create --prefetch-policy fs` reads from stdin
};
struct PrefetchList {
  std::string text;
  std::vector<std::string> left_out;  // paths that the format cannot hold
};
// MANIFEST is the digest of the source image's manifest, which kStargz names; not valid if it is not known.
PrefetchList prefetch_list(const KeepSpec& spec, PrefetchFormat format, const Digest& manifest = {});

// Which kept files are listed as components in an SBOM.
enum class SbomFiles : std::uint8_t {
  kPackages,  // those that no package owns; files of packages are listed as occurrences of their package
  kAll,
  kNone,
};
std::optional<SbomFiles> sbom_files_from_name(std::string_view name);  // "packages", "all", "none"
struct SbomOptions {
  SbomFiles files = SbomFiles::kPackages;
  std::string version;  // of winnow
};
// Returns a CycloneDX 1.5 bill of materials of the slim image. Deterministic: its time is the creation time in the
// config, its serial number is made from SPEC and OPTIONS. Errors: SPEC is not of SOURCE.
Result<std::string> sbom_json(const Index& source, const KeepSpec& spec, const SbomOptions& options);

}  // namespace winnow
