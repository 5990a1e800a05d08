// SPDX-License-Identifier: Apache-2.0
// One line for each kind of file that `emit` writes.
#include "cli/outputs.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/cli.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::cli {
namespace {

struct Making {
  const Outputs& outputs;
  const KeepSpec& spec;
  const Index* source;  // null for what is made of the spec alone
};

// The list, and a line for each name that its format cannot hold.
Result<std::string> prefetch(const Making& making, PrefetchFormat format) {
  PrefetchList list = prefetch_list(making.spec, format, making.source != nullptr ? making.source->manifest : Digest());
  for (const std::string& path : list.left_out)
    say("winnow: not in the prefetch list, whose format cannot hold its name: " + printable(path));
  return std::move(list.text);
}

Result<std::string> sbom(const Making& making) {
  const auto files = sbom_files_from_name(making.outputs.sbom_files);
  return sbom_json(*making.source, making.spec, {files.value_or(SbomFiles::kPackages), std::string(version())});
}

struct ListOutput {
  const char* option;
  const char* help;
  bool from_source;
  Result<std::string> (*text)(const Making& making);
};

constexpr ListOutput kOutputs[] = {
    {"--list", "the kept paths, one a line, for tar -T", false,
     [](const Making& making) -> Result<std::string> { return keep_list(making.spec, false); }},
    {"--list0", "the same, NUL-separated", false,
     [](const Making& making) -> Result<std::string> { return keep_list(making.spec, true); }},
    {"--prefetch", "files in the order of their first use, one a line, for nydus-image create --prefetch-policy fs",
     false, [](const Making& making) { return prefetch(making, PrefetchFormat::kLines); }},
    {"--prefetch-nydus", "the same as JSON, for nydus-image optimize --prefetch-files", false,
     [](const Making& making) { return prefetch(making, PrefetchFormat::kNydus); }},
    {"--prefetch-stargz", "the same as JSON lines, for nerdctl or ctr-remote image convert --estargz-record-in", true,
     [](const Making& making) { return prefetch(making, PrefetchFormat::kStargz); }},
    {"--removed", "JSON: every removed path with size and layer", true,
     [](const Making& making) { return removed_json(*making.source, making.spec); }},
    {"--removed-csv", "the same as CSV, with the instruction that made the layer", true,
     [](const Making& making) { return removed_csv(*making.source, making.spec); }},
    {"--sbom", "CycloneDX 1.5 JSON: the packages and files that are kept", true, sbom},
    {"--report", "Markdown for people: before and after, and why", true,
     [](const Making& making) { return report_markdown(*making.source, making.spec); }},
};

const std::string& file_of(const Outputs& outputs, const ListOutput& output) { return outputs.files.at(output.option); }

}  // namespace

void add_outputs(CLI::App& command, Outputs& outputs) {
  for (const ListOutput& output : kOutputs)
    command.add_option(output.option, outputs.files[output.option], output.help)->type_name("FILE");
  command
      .add_option("--sbom-files", outputs.sbom_files,
                  "which files are components of the SBOM: packages [default], those that no package owns; all; none")
      ->check(CLI::IsMember({"packages", "all", "none"}));
}

bool wants_any(const Outputs& outputs) {
  return std::ranges::any_of(kOutputs, [&](const ListOutput& one) { return !file_of(outputs, one).empty(); });
}

bool wants_source(const Outputs& outputs) {
  return std::ranges::any_of(kOutputs,
                             [&](const ListOutput& one) { return one.from_source && !file_of(outputs, one).empty(); });
}

bool wants_stdout(const Outputs& outputs) {
  return std::ranges::any_of(outputs.files, [](const auto& one) { return one.second == "-"; });
}

Result<void> write_outputs(const Outputs& outputs, const KeepSpec& spec, const Image* source) {
  for (const ListOutput& output : kOutputs) {
    const std::string& file = file_of(outputs, output);
    if (file.empty() || output.from_source != (source != nullptr)) continue;
    TRY(const auto text, output.text({outputs, spec, source != nullptr ? &source->index() : nullptr}));
    TRY_DO(write_output(file, text));
  }
  return {};
}

}  // namespace winnow::cli
