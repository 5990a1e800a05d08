// SPDX-License-Identifier: Apache-2.0
// From a keep spec to artefacts, byte for byte reproducible: slim image, Dockerfile, lists, report.
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

// How the slim image is put into layers.
enum class Layering : std::uint8_t {
  kSquash,    // all in one
  kPreserve,  // one for each layer of the source that has something kept: images with a common base go on sharing it
};
std::optional<Layering> layering_from_name(std::string_view name);  // "squash", "preserve"

// One layer of the slim image.
struct SlimLayer {
  LayerDraft draft;
  std::optional<std::size_t> source;  // kPreserve: the layer of the source that it is of; none: package records
};
// What SPEC keeps of INDEX, and adds, as layers, the lowest first; never none. Under kPreserve each holds its layer's
// kept entries, and directories as that layer has them: what is equal below is equal to the bit, whatever stands above.
// SPEC must outlive them. Errors: SPEC is not of INDEX.
Result<std::vector<SlimLayer>> slim_layers(const Index& index, const KeepSpec& spec, Layering layering);

// The source's config for the slim image: everything carried over, with DIFF_IDS of LAYERS as its rootfs. Under
// kPreserve the history still tells the build, step by step; under kSquash it is one entry that says what was slimmed.
Result<std::string> slim_config(const KeepSpec& spec, std::span<const SlimLayer> layers,
                                std::span<const Digest> diff_ids, Layering layering);

// What an OCI manifest of the slim image says of its source, SOURCE, and of the plan.
std::map<std::string, std::string> slim_annotations(const KeepSpec& spec, const Index& source,
                                                    const std::string& version);

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

// A variable or label that holds a line break needs this build argument.
inline constexpr std::string_view kLineBreak = "WINNOW_LINE_BREAK";
// Whether the Dockerfile of SPEC has to be built with it: --build-arg WINNOW_LINE_BREAK=$'\n'.
bool needs_line_break(const KeepSpec& spec);

// The paths of SPEC, one a line, relative to the root ("./usr/bin/x"), for tar -T. NUL-separated when ZERO.
std::string keep_list(const KeepSpec& spec, bool zero);
// removed.json, schema "winnow.removed/1": each entry of SOURCE that SPEC drops, with size, layer and package.
Result<std::string> removed_json(const Index& source, const KeepSpec& spec);
// The same entries as CSV (RFC 4180): path, type, size, layer, package, created_by. Names are escaped as in JSON, and
// so is the first byte of what a spreadsheet would take for a formula.
Result<std::string> removed_csv(const Index& source, const KeepSpec& spec);
// What a person wants to read, in Markdown: before and after, bytes by layer and by package, the largest things kept
// and dropped.
Result<std::string> report_markdown(const Index& source, const KeepSpec& spec);

// What the workload opened, ran or mapped, in the order of its first touch, for snapshotters that pull lazily.
enum class PrefetchFormat : std::uint8_t {
  kStargz,  // JSON lines, as stargz-snapshotter's recorder (recorder/recorder.go) writes and `--estargz-record-in`
            // reads
  kNydus,   // JSON "v1", as `nydus-image optimize --prefetch-files` reads
  kLines,   // absolute paths, as `nydus-image create --prefetch-policy fs` reads from stdin
};
struct PrefetchList {
  std::string text;
  std::vector<std::string> left_out;  // names that the format cannot hold
};
// MANIFEST is the source's, for kStargz; not valid where it is not known.
PrefetchList prefetch_list(const KeepSpec& spec, PrefetchFormat format, const Digest& manifest = {});

// Which kept files are components of their own in an SBOM.
enum class SbomFiles : std::uint8_t {
  kPackages,  // those that no package owns; the others are where their package occurs
  kAll,
  kNone,
};
std::optional<SbomFiles> sbom_files_from_name(std::string_view name);  // "packages", "all", "none"
struct SbomOptions {
  SbomFiles files = SbomFiles::kPackages;
  std::string version;  // of winnow
};
// A CycloneDX 1.5 bill of what SPEC keeps of SOURCE and adds to it. Deterministic: its time is that of the config, its
// serial number is made of SPEC. Errors: SPEC is not of SOURCE.
Result<std::string> sbom_json(const Index& source, const KeepSpec& spec, const SbomOptions& options);

}  // namespace winnow
