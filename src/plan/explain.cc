// SPDX-License-Identifier: Apache-2.0
// From a path to the reasons for which it is kept, or to what would have kept it.
#include "winnow/plan/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "plan/explain_json.h"
#include "plan/instruction.h"
#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMostMatches = 200;  // matches of a glob

std::string text_of(const Reason& reason) {
  return fmt::format("{}: {} ({})", printable(reason.rule), printable(reason.from), printable(reason.detail));
}

// A program that touched an entry is the end of its chain; the program's own presence is another question.
bool ends_chain(const Reason& reason) { return traits_of(reason.rule).by_program; }

// The reasons of an entry, and unless one of them is that a program touched it, under the first that names another
// entry that one's own, up to a program.
void add_chain(std::string& text, const KeepSpec& spec, const KeptEntry& kept, int depth,
               std::vector<std::string_view>& told) {
  constexpr int kMaxDepth = 12;
  told.push_back(kept.entry.path);
  bool followed = std::ranges::any_of(*kept.reasons, ends_chain);
  for (const Reason& reason : *kept.reasons) {
    text += fmt::format("{:{}}{}\n", "", 2 * depth, text_of(reason));
    const KeptEntry* cause = spec.find(reason.from);
    if (followed || cause == nullptr || depth >= kMaxDepth || std::ranges::count(told, cause->entry.path) > 0) continue;
    followed = true;
    add_chain(text, spec, *cause, depth + 1, told);
  }
}

// The source image where it can be had: a keep spec alone does not know what was dropped.
class Explainer {
 public:
  Explainer(const KeepSpec& spec, const std::string& path, const AskSource& ask, bool json)
      : spec_(spec), path_(path), ask_(ask), json_(json) {}

  Explanation explain() {
    const bool kept = answer();
    return {std::move(text_), kept};
  }

 private:
  // PATH through the links that are kept: /bin/sh of a usr-merged image.
  [[nodiscard]] std::string resolved() const {
    Index slim;
    for (const KeptEntry& one : spec_.entries) slim.entries.push_back(one.entry);
    const auto found = slim.entries.empty() ? std::nullopt : slim.resolve(path_, false).entry;
    return found ? slim.entries[*found].path : normal_path(path_);
  }

  // Whether PATH is kept, or something that matches it.
  bool answer() {
    const std::string path = resolved();
    if (const KeptEntry* const kept = spec_.find(path)) return json_ ? tell(kept_json(*kept)) : explain_kept(*kept);
    for (const Addition& addition : spec_.additions)
      if (addition.entry.path == path) {
        if (json_) return tell(addition_json(addition));
        say("{}: written by winnow, {} bytes: package records, cut to what is kept{}\n", printable(path),
            addition.entry.size, addition.package.empty() ? "" : " (" + printable(addition.package) + ")");
        return true;
      }
    if (is_glob()) return json_ ? tell_glob() : explain_glob();
    return explain_dropped(path);
  }

  template <class... Values>
  void say(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }

  // Unless the image has something of exactly that name: a page called "[id].js".
  bool is_glob() {
    if (path_.find_first_of("*?[") == std::string::npos) return false;
    if (std::ranges::find(spec_.dropped_accesses, normal_path(path_), &DroppedAccess::path) !=
        spec_.dropped_accesses.end())
      return false;
    return source() == nullptr || !source()->resolve(path_, false).entry;
  }

  // A line for programs.
  bool tell(const std::string& line, bool kept = true) {
    text_ += line + "\n";
    return kept;
  }

  // Each match, kept or not, in the order of their names: first those that are kept.
  bool tell_glob() {
    const Glob glob(path_);
    bool kept_any = false;
    for (const KeptEntry& kept : spec_.entries)
      if (glob.matches(kept.entry.path)) kept_any = tell(kept_json(kept));
    if (const Index* const whole = source())
      for (const Entry& entry : whole->entries)
        if (glob.matches(entry.path) && spec_.find(entry.path) == nullptr)
          tell(dropped_json(spec_, entry.path, &entry, true));
    return kept_any;
  }

  bool explain_kept(const KeptEntry& kept) {
    const Entry& entry = kept.entry;
    std::string created_by = entry.layer < spec_.layers.size() ? spec_.layers[entry.layer].created_by : "";
    if (created_by.empty()) created_by = "made by an unknown instruction";
    const std::string target = entry.type == EntryType::kSymlink ? " to " + printable(entry.link_target) : "";
    say("{}: {}{}, {} bytes, layer {} ({}), {}\n", printable(entry.path), to_string(entry.type), target, entry.size,
        entry.layer, shown_instruction(created_by),
        kept.package.empty() ? "of no package" : "package " + printable(kept.package));
    std::vector<std::string_view> told;
    add_chain(text_, spec_, kept, 1, told);
    if (entry.type == EntryType::kDirectory) explain_below(entry.path);
    return true;
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
    if (all.entries > 0) say("  in it {} entries are kept, {}:\n", all.entries, human_bytes(all.bytes));
    for (const auto& [rule, sum] : by_rule)
      say("    {:>6}  {:>8}  {}\n", sum.entries, human_bytes(sum.bytes), printable(rule));
    Sum dropped;
    if (const Index* const whole = source())
      for (const Entry& entry : whole->entries)
        if (entry.path.starts_with(prefix) && spec_.find(entry.path) == nullptr) add(dropped, entry.size);
    const auto records =
        std::ranges::count_if(spec_.additions, [&](const Addition& one) { return one.entry.path.starts_with(prefix); });
    if (records > 0) say("  {} are written by winnow: package records, cut to what is kept\n", records);
    if (source() == nullptr) say_no_source("what is dropped");
    if (dropped.entries > 0) say("  and {} are dropped, {}\n", dropped.entries, human_bytes(dropped.bytes));
    for (const Risk& risk : spec_.risks)
      if (risk.glob.starts_with(prefix)) say_risk(risk);
  }

  bool explain_glob() {
    const Glob glob(path_);
    std::size_t kept_matches = 0;
    for (const KeptEntry& kept : spec_.entries)
      if (glob.matches(kept.entry.path) && ++kept_matches <= kMostMatches)
        say("{}\n  {}\n", printable(kept.entry.path), text_of(kept.reasons->front()));
    if (kept_matches > kMostMatches) say("... and {} more\n", kept_matches - kMostMatches);
    std::size_t dropped = 0;
    std::uint64_t bytes = 0;
    if (const Index* const whole = source())
      for (const Entry& entry : whole->entries)
        if (glob.matches(entry.path) && spec_.find(entry.path) == nullptr) {
          ++dropped;
          bytes += entry.size;
        }
    if (source() == nullptr) say_no_source("what is dropped");
    if (kept_matches + dropped == 0 && source() != nullptr) {
      say("nothing in the image matches; a glob matches whole paths, and ** crosses directories\n");
      return false;
    }
    say("{} entries that match are kept", kept_matches);
    if (dropped > 0) say("; {} are dropped, {}: --keep {} keeps them", dropped, human_bytes(bytes), shell_word(path_));
    say("\n");
    return kept_matches > 0;
  }

  bool explain_dropped(const std::string& path) {
    const Index* const whole = source();
    const Entry* entry = nullptr;
    if (whole != nullptr)
      if (const auto found = whole->resolve(path, false).entry) entry = &whole->entries[*found];
    if (json_) return tell(dropped_json(spec_, path, entry, whole != nullptr), false);
    if (whole != nullptr && entry == nullptr) {
      say("{} is not in the image\n", printable(path));
      return false;
    }
    std::string real = path;
    std::string more;
    if (entry != nullptr) {
      real = entry->path;
      more = fmt::format(": {}, {} bytes, layer {} ({})", to_string(entry->type), entry->size, entry->layer,
                         shown_instruction(whole->layers[entry->layer].created_by));
    }
    say("{} is not kept{}\n", printable(path), more);
    if (const std::string* const glob = spec_.dropped_by(real)) {
      say("  dropped by --drop {}: without it the other rules decide\n", printable(*glob));
      return false;
    }
    say("  no access in the profile led to it and no kept entry needs it\n");
    for (const Risk& risk : spec_.risks)
      if (glob_matches(risk.glob, real)) say_risk(risk);
    if (whole == nullptr) say_no_source("whether the image has it at all");
    say("  winnow plan ... --keep {} keeps it\n", shell_word(literal_glob(real)));
    return false;
  }

  void say_no_source(std::string_view what) {
    say("  {} cannot be told: {}; name the image with --source\n", what, printable(failure_.what));
  }

  void say_risk(const Risk& risk) {
    say("  at risk: {} ({} entries, {}), since {} is kept: --keep {}", printable(risk.family), risk.entries,
        human_bytes(risk.bytes), printable(risk.because), shell_word(risk.glob));
    const bool own =
        risk.family == "listing" || risk.family == "dlopen" || risk.family == "commands" || risk.family == "evidence";
    say("{}\n",
        own ? " keeps it" : fmt::format(", --family {} or --policy families keeps them", printable(risk.family)));
  }

  const Index* source() {
    if (!asked_) {
      asked_ = true;
      if (auto answer = ask_())
        source_ = *answer;
      else
        failure_ = std::move(answer).error();
    }
    return source_;
  }

  const KeepSpec& spec_;
  const std::string& path_;
  const AskSource& ask_;
  bool json_;
  std::string text_;
  bool asked_ = false;
  const Index* source_ = nullptr;
  Error failure_;
};

}  // namespace

Explanation explain(const KeepSpec& spec, const std::string& path, const AskSource& source, ExplainAs how) {
  return Explainer(spec, path, source, how == ExplainAs::kJson).explain();
}

}  // namespace winnow
