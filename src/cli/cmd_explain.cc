// SPDX-License-Identifier: Apache-2.0
// winnow explain: from a path to the reasons for which it is kept, or to what would have kept it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/split.h"
#include "winnow/base/error.h"
#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"

namespace winnow::cli {
namespace {

constexpr std::size_t kMostMatches = 200;  // matches of a glob

struct ExplainWords {
  std::string keep, path, source;
};

std::string text_of(const Reason& reason) {
  return fmt::format("{}: {} ({})", printable(reason.rule), printable(reason.from), printable(reason.detail));
}

// A program that touched an entry is the end of its chain; the program's own presence is another question.
bool ends_chain(const Reason& reason) { return traits_of(reason.rule).by_program; }

// The reasons of an entry, and unless one of them is that a program touched it, under the first that names another
// entry that one's own, up to a program.
void print_chain(const KeepSpec& spec, const KeptEntry& kept, int depth, std::vector<std::string_view>& told) {
  constexpr int kMaxDepth = 12;
  told.push_back(kept.entry.path);
  bool followed = std::ranges::any_of(*kept.reasons, ends_chain);
  for (const Reason& reason : *kept.reasons) {
    fmt::print("{:{}}{}\n", "", 2 * depth, text_of(reason));
    const KeptEntry* cause = spec.find(reason.from);
    if (followed || cause == nullptr || depth >= kMaxDepth || std::ranges::count(told, cause->entry.path) > 0) continue;
    followed = true;
    print_chain(spec, *cause, depth + 1, told);
  }
}

// The source image where it can be had: a keep spec alone does not know what was dropped.
class Explainer {
 public:
  Explainer(KeepSpec spec, const ExplainWords& words, const Invocation& invocation)
      : spec_(std::move(spec)), words_(words), reading_(invocation.reading), json_(invocation.json) {}

  // PATH through the links that are kept: /bin/sh of a usr-merged image.
  [[nodiscard]] std::string resolved() const {
    Index slim;
    for (const KeptEntry& one : spec_.entries) slim.entries.push_back(one.entry);
    const auto found = slim.entries.empty() ? std::nullopt : slim.resolve(words_.path, false).entry;
    return found ? slim.entries[*found].path : normal_path(words_.path);
  }

  Result<int> explain() {
    if (!words_.source.empty() && source() == nullptr) return std::unexpected(failure_);
    const std::string path = resolved();
    if (const KeptEntry* const kept = spec_.find(path)) return json_ ? tell(kept_json(*kept)) : explain_kept(*kept);
    for (const Addition& addition : spec_.additions)
      if (addition.entry.path == path) {
        if (json_) return tell(addition_json(addition));
        fmt::print("{}: written by winnow, {} bytes: package records, cut to what is kept{}\n", printable(path),
                   addition.entry.size, addition.package.empty() ? "" : " (" + printable(addition.package) + ")");
        return kDone;
      }
    if (is_glob()) return json_ ? tell_glob() : explain_glob();
    return explain_dropped(path);
  }

 private:
  // Unless the image has something of exactly that name: a page called "[id].js".
  bool is_glob() {
    if (words_.path.find_first_of("*?[") == std::string::npos) return false;
    if (std::ranges::find(spec_.dropped_accesses, normal_path(words_.path), &DroppedAccess::path) !=
        spec_.dropped_accesses.end())
      return false;
    return source() == nullptr || !source()->resolve(words_.path, false).entry;
  }

  // A line for programs.
  static int tell(const std::string& line, int code = kDone) {
    fmt::print("{}\n", line);
    return code;
  }

  // Each match, kept or not, in the order of their names: first those that are kept.
  Result<int> tell_glob() {
    const Glob glob(words_.path);
    int code = kFinding;
    for (const KeptEntry& kept : spec_.entries)
      if (glob.matches(kept.entry.path)) code = tell(kept_json(kept));
    if (const Index* const fat = source())
      for (const Entry& entry : fat->entries)
        if (glob.matches(entry.path) && spec_.find(entry.path) == nullptr)
          tell(dropped_json(spec_, entry.path, &entry, true));
    return code;
  }

  Result<int> explain_kept(const KeptEntry& kept) {
    const Entry& entry = kept.entry;
    std::string created_by = entry.layer < spec_.layers.size() ? spec_.layers[entry.layer].created_by : "";
    if (created_by.empty()) created_by = "made by an unknown instruction";
    const std::string target = entry.type == EntryType::kSymlink ? " to " + printable(entry.link_target) : "";
    fmt::print("{}: {}{}, {} bytes, layer {} ({}), {}\n", printable(entry.path), to_string(entry.type), target,
               entry.size, entry.layer, cut_between_characters(printable(created_by), kInstruction),
               kept.package.empty() ? "of no package" : "package " + printable(kept.package));
    std::vector<std::string_view> told;
    print_chain(spec_, kept, 1, told);
    if (entry.type == EntryType::kDirectory) explain_below(entry.path);
    return kDone;
  }

  // What is in a directory, by the first reason of each entry; what was dropped where the image can be asked.
  void explain_below(const std::string& directory) {
    struct Sum {
      std::size_t entries = 0;
      std::uint64_t bytes = 0;
    };
    const std::string prefix = directory == "/" ? "/" : directory + "/";
    std::map<std::string, Sum> by_rule;
    Sum all;
    const auto add = [](Sum& sum, std::uint64_t bytes) {
      ++sum.entries;
      sum.bytes += bytes;
    };
    for (const KeptEntry& kept : spec_.entries) {
      if (!kept.entry.path.starts_with(prefix) || kept.entry.path == "/") continue;
      add(by_rule[kept.reasons->front().rule], kept.entry.size);
      add(all, kept.entry.size);
    }
    if (all.entries > 0) fmt::print("  in it {} entries are kept, {}:\n", all.entries, human_bytes(all.bytes));
    for (const auto& [rule, sum] : by_rule)
      fmt::print("    {:>6}  {:>8}  {}\n", sum.entries, human_bytes(sum.bytes), printable(rule));
    Sum dropped;
    if (const Index* const fat = source())
      for (const Entry& entry : fat->entries)
        if (entry.path.starts_with(prefix) && spec_.find(entry.path) == nullptr) add(dropped, entry.size);
    const auto records =
        std::ranges::count_if(spec_.additions, [&](const Addition& one) { return one.entry.path.starts_with(prefix); });
    if (records > 0) fmt::print("  {} are written by winnow: package records, cut to what is kept\n", records);
    if (source() == nullptr) print_no_source("what is dropped");
    if (dropped.entries > 0) fmt::print("  and {} are dropped, {}\n", dropped.entries, human_bytes(dropped.bytes));
    for (const Risk& risk : spec_.risks)
      if (risk.glob.starts_with(prefix)) print_risk(risk);
  }

  Result<int> explain_glob() {
    const Glob glob(words_.path);
    std::size_t kept_matches = 0;
    for (const KeptEntry& kept : spec_.entries)
      if (glob.matches(kept.entry.path) && ++kept_matches <= kMostMatches)
        fmt::print("{}\n  {}\n", printable(kept.entry.path), text_of(kept.reasons->front()));
    if (kept_matches > kMostMatches) fmt::print("... and {} more\n", kept_matches - kMostMatches);
    std::size_t dropped = 0;
    std::uint64_t bytes = 0;
    if (const Index* const fat = source())
      for (const Entry& entry : fat->entries)
        if (glob.matches(entry.path) && spec_.find(entry.path) == nullptr) {
          ++dropped;
          bytes += entry.size;
        }
    if (source() == nullptr) print_no_source("what is dropped");
    if (kept_matches + dropped == 0 && source() != nullptr) {
      fmt::print("nothing in the image matches; a glob matches whole paths, and ** crosses directories\n");
      return kFinding;
    }
    fmt::print("{} entries that match are kept", kept_matches);
    if (dropped > 0)
      fmt::print("; {} are dropped, {}: --keep {} keeps them", dropped, human_bytes(bytes), shell_word(words_.path));
    fmt::print("\n");
    return kept_matches > 0 ? kDone : kFinding;
  }

  Result<int> explain_dropped(const std::string& path) {
    const Index* const fat = source();
    const Entry* entry = nullptr;
    if (fat != nullptr)
      if (const auto found = fat->resolve(path, false).entry) entry = &fat->entries[*found];
    if (json_) return tell(dropped_json(spec_, path, entry, fat != nullptr), kFinding);
    if (fat != nullptr && entry == nullptr) {
      fmt::print("{} is not in the image\n", printable(path));
      return kFinding;
    }
    std::string real = path;
    std::string more;
    if (entry != nullptr) {
      real = entry->path;
      more = fmt::format(": {}, {} bytes, layer {} ({})", to_string(entry->type), entry->size, entry->layer,
                         cut_between_characters(printable(fat->layers[entry->layer].created_by), kInstruction));
    }
    fmt::print("{} is not kept{}\n", printable(path), more);
    if (const std::string* const glob = spec_.dropped_by(real)) {
      fmt::print("  dropped by --drop {}: without it the other rules decide\n", printable(*glob));
      return kFinding;
    }
    fmt::print("  no access in the profile led to it and no kept entry needs it\n");
    for (const Risk& risk : spec_.risks)
      if (glob_matches(risk.glob, real)) print_risk(risk);
    if (fat == nullptr) print_no_source("whether the image has it at all");
    fmt::print("  winnow plan ... --keep {} keeps it\n", shell_word(literal_glob(real)));
    return kFinding;
  }

  void print_no_source(std::string_view what) const {
    fmt::print("  {} cannot be told: {}; name the image with --source\n", what, printable(failure_.what));
  }

  static void print_risk(const Risk& risk) {
    fmt::print("  at risk: {} ({} entries, {}), since {} is kept: --keep {}", printable(risk.family), risk.entries,
               human_bytes(risk.bytes), printable(risk.because), shell_word(risk.glob));
    const bool own =
        risk.family == "listing" || risk.family == "dlopen" || risk.family == "commands" || risk.family == "evidence";
    fmt::print("{}\n", own ? " keeps it"
                           : fmt::format(", --family {} or --policy families keeps them", printable(risk.family)));
  }

  const Index* source() {
    if (asked_) return image_ ? &image_->index() : nullptr;
    asked_ = true;
    auto opened = open_planned(spec_, words_.source, reading_);
    if (opened)
      image_ = std::move(*opened);
    else
      failure_ = opened.error();
    return image_ ? &image_->index() : nullptr;
  }

  KeepSpec spec_;
  const ExplainWords& words_;
  const OpenOptions& reading_;
  bool json_;
  bool asked_ = false;
  std::optional<Image> image_;
  Error failure_;
};

}  // namespace

void add_explain(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<ExplainWords>();
  auto* command = app.add_subcommand(
      "explain", "tell why a path is kept, back to the program that touched it, or what would have kept it");
  command->add_option("keep", words->keep, "what winnow plan wrote")->required();
  command->add_option("path", words->path, "a path in the image, or a glob")->required();
  command->add_option("--source", words->source, "where the planned image is now, if not where the keep spec says");
  command->callback([words, &invocation] {
    invocation.run = [words, &invocation]() -> Result<int> {
      TRY(auto spec, read_keep(words->keep));
      return Explainer(std::move(spec), *words, invocation).explain();
    };
  });
}

}  // namespace winnow::cli
