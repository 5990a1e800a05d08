// SPDX-License-Identifier: Apache-2.0
// The page of a difference between keep specs or images: what a reviewer reads first stands first.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "diff/page.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kNothing = "(none)";

std::string text_of(const Reason& reason) {
  return fmt::format("{}{}{}", reason.rule, traits_of(reason.rule).by_program ? " by " : ": ", reason.from);
}

// "elf: /usr/bin/curl, accessed by /bin/sh".
std::string because(const EntryChange& change) {
  if (change.reasons == nullptr || change.reasons->empty()) return "";
  const Reason* const first = change.reasons->data();
  if (change.origin == nullptr) return text_of(*first);
  const bool own = std::ranges::any_of(*change.reasons, [&](const Reason& one) { return &one == change.origin; });
  return own ? text_of(*change.origin) : text_of(*first) + ", " + text_of(*change.origin);
}

std::string mode_text(const Entry& entry) { return fmt::format("{:04o}", entry.mode); }

// What is different, and from what to what where that is short.
std::string aspects_text(const EntryChange& change) {
  const Entry& a = *change.before;
  const Entry& b = *change.after;
  std::vector<std::string> texts;
  for (const std::string_view name : names_of_aspects(change.aspects)) {
    std::string text(name);
    if (name == "type") text += fmt::format(" {} -> {}", to_string(a.type), to_string(b.type));
    if (name == "size") text += fmt::format(" {} -> {}", human_bytes(a.size), human_bytes(b.size));
    if (name == "mode") text += fmt::format(" {} -> {}", mode_text(a), mode_text(b));
    if (name == "owner") text += fmt::format(" {}:{} -> {}:{}", a.uid, a.gid, b.uid, b.gid);
    if (name == "target") text += fmt::format(" {} -> {}", a.link_target, b.link_target);
    texts.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// "2 added, 1 changed"; empty when only the version is another one.
std::string entries_text(const PackageChange& package) {
  std::vector<std::string> texts;
  if (package.added > 0) texts.push_back(fmt::format("{} added", package.added));
  if (package.removed > 0) texts.push_back(fmt::format("{} removed", package.removed));
  if (package.changed > 0) texts.push_back(fmt::format("{} changed", package.changed));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// The commonest of what the entries of a directory say of themselves.
template <class Say>
std::string commonest(std::span<const EntryChange* const> changes, Say say) {
  std::map<std::string, std::size_t> counts;
  for (const EntryChange* const change : changes) ++counts[say(*change)];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  if (most->first.empty()) return "";
  return counts.size() == 1 ? most->first : most->first + ", and others";
}

class TreePage {
 public:
  TreePage(const TreeDiff& diff, std::size_t most) : diff_(diff), most_(most) {}

  Page page(std::span<const Crossing> crossed) {
    page_ = begin_page(diff_.kind == DiffKind::kKeep ? "keep specs" : "images", diff_.a, diff_.b);
    page_.headline = headline();
    tell_crossings(crossed, page_);
    for (const std::string& note : diff_.notes) page_.remarks.push_back(note);
    if (diff_.times_only > 0)
      page_.remarks.push_back(count_of(diff_.times_only, "entry differs", "entries differ") +
                              " in nothing but time, which is not compared");
    tell_shared_layers();
    add_attention();
    add_packages();
    add_entries(Change::kAdded);
    add_entries(Change::kRemoved);
    add_entries(Change::kChanged);
    add_settings("Config of the image", diff_.config);
    add_settings("Plan", diff_.plan);
    add_records();
    add_layers();
    return std::move(page_);
  }

 private:
  [[nodiscard]] std::string headline() const {
    std::string growth = fmt::format("{} -> {} ({}", human_bytes(diff_.a.bytes), human_bytes(diff_.b.bytes),
                                     signed_bytes(diff_.a.bytes, diff_.b.bytes));
    if (diff_.a.bytes > 0)
      growth += fmt::format(", {:+.1f} %",
                            100.0 * (static_cast<double>(diff_.b.bytes) / static_cast<double>(diff_.a.bytes) - 1));
    growth += ")";
    if (diff_.identical())
      return fmt::format("no differences in {}, {}", count_of(diff_.b.entries, "entry", "entries"),
                         human_bytes(diff_.b.bytes));
    return fmt::format("{} added, {} removed, {} changed; {}", count_of(diff_.added, "entry", "entries"), diff_.removed,
                       diff_.changed, growth);
  }

  void tell_shared_layers() {
    const auto shared =
        std::ranges::count_if(diff_.layers, [](const LayerChange& one) { return one.before && one.after; });
    const auto later =
        std::ranges::count_if(diff_.layers, [](const LayerChange& one) { return one.after.has_value(); });
    if (later > shared || static_cast<std::size_t>(later) < diff_.layers.size())
      page_.remarks.push_back(
          fmt::format("{} of {} are shared", shared, count_of(static_cast<std::uint64_t>(later), "layer", "layers")));
  }

  void add(Section section) {
    if (most_ > 0 && section.rows.size() > most_) {
      const std::string more = fmt::format("and {} more", section.rows.size() - most_);
      section.rest = section.rest.empty() ? more : more + "; " + section.rest;
      section.rows.resize(most_);
    }
    if (!section.rows.empty() || !section.rest.empty()) page_.sections.push_back(std::move(section));
  }

  void add_attention() {
    Section section{
        "Look at these",
        {{"what"}, {"path", false, true}, {"mode"}, {"package", false, true}, {"kept because", false, true}},
        {},
        "",
        false};
    for (const Attention& one : diff_.attention) {
      if (!one.entry) {
        section.rows.push_back({one.what, one.path, "", "", ""});
        continue;
      }
      const EntryChange& change = diff_.entries[*one.entry];
      const Entry& entry = *change.after;
      section.rows.push_back({one.what, one.path, fmt::format("{} {}:{}", mode_text(entry), entry.uid, entry.gid),
                              package_of(change), because(change)});
    }
    add(std::move(section));
  }

  void add_packages() {
    Section section{
        "Packages", {{"package", false, true}, {"version", false, true}, {"bytes", true}, {"entries"}}, {}, "", false};
    for (const PackageChange& one : diff_.packages) {
      const auto versions = [](const std::vector<std::string>& list) {
        return list.empty() ? std::string(kNothing) : fmt::format("{}", fmt::join(list, ", "));
      };
      std::string version =
          one.before == one.after ? versions(one.after) : versions(one.before) + " -> " + versions(one.after);
      section.rows.push_back(
          {one.name, std::move(version), signed_bytes(one.bytes_before, one.bytes_after), entries_text(one)});
    }
    add(std::move(section));
  }

  [[nodiscard]] const std::string& package_of(const EntryChange& change) const {
    return diff_.package_names[change.after != nullptr ? change.package_after : change.package_before];
  }

  // Those of packages that are there in another version now are told with the package, unless all is wanted.
  void add_entries(Change which) {
    std::vector<const EntryChange*> changes;
    std::vector<std::string_view> paths;
    std::uint64_t with_package = 0;
    for (const EntryChange& change : diff_.entries) {
      if (change.change() != which) continue;
      if (change.other_version && most_ > 0) {
        ++with_package;
        continue;
      }
      changes.push_back(&change);
      paths.push_back(change.entry().path);
    }
    const std::string_view last = which == Change::kChanged ? "what"
                                  : which == Change::kAdded ? "kept because"
                                                            : "was kept because";
    Section section{std::string(to_string(which)),
                    {{"bytes", true},
                     {"path", false, true},
                     {"package", false, true},
                     {diff_.kind == DiffKind::kImage && which != Change::kChanged ? "layer" : last, false, true}},
                    {},
                    "",
                    true};
    section.title[0] = static_cast<char>(section.title[0] - 'a' + 'A');
    for (const PathLine& line : fold_paths(paths, most_))
      section.rows.push_back(row_of(line, {changes.data() + line.first, line.last - line.first}));
    if (with_package > 0)
      section.rest =
          fmt::format("{} of packages that have another version now", count_of(with_package, "entry", "entries"));
    section.title += fmt::format(": {}", count_of(changes.size() + with_package, "entry", "entries"));
    add(std::move(section));
  }

  [[nodiscard]] std::vector<std::string> row_of(const PathLine& line,
                                                std::span<const EntryChange* const> changes) const {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    for (const EntryChange* const change : changes) {
      if (change->before != nullptr) before += change->before->size;
      if (change->after != nullptr) after += change->after->size;
    }
    const bool single = changes.size() == 1;
    std::string name = line.name;
    if (!single) name += fmt::format(" ({})", count_of(changes.size(), "entry", "entries"));
    return {signed_bytes(before, after), std::move(name),
            commonest(changes, [&](const EntryChange& one) { return package_of(one); }),
            commonest(changes, [&](const EntryChange& one) { return why(one, single); })};
  }

  [[nodiscard]] std::string why(const EntryChange& change, bool single) const {
    if (change.change() == Change::kChanged)
      return single ? aspects_text(change) : fmt::format("{}", fmt::join(names_of_aspects(change.aspects), ", "));
    if (diff_.kind == DiffKind::kImage) return fmt::format("layer {}", change.entry().layer);
    if (single || change.origin == nullptr) return because(change);
    return text_of(*change.origin);
  }

  void add_settings(std::string_view title, const std::vector<SettingChange>& changes) {
    Section section{std::string(title),
                    {{"setting"}, {"name", false, true}, {""}, {"before", false, true}, {"after", false, true}},
                    {},
                    "",
                    false};
    for (const SettingChange& one : changes)
      section.rows.push_back(
          {one.field, one.name, std::string(to_string(one.change)), one.before.value_or(""), one.after.value_or("")});
    add(std::move(section));
  }

  void add_records() {
    Section section{"Package records that winnow writes", {{""}, {"path", false, true}}, {}, "", true};
    for (const auto& [change, path] : diff_.records) section.rows.push_back({std::string(to_string(change)), path});
    add(std::move(section));
  }

  void add_layers() {
    if (std::ranges::all_of(diff_.layers, [](const LayerChange& one) { return one.before && one.after; })) return;
    Section section{"Layers",
                    {{"before"}, {"after"}, {"bytes before", true}, {"bytes after", true}, {"made by", false, true}},
                    {},
                    "",
                    true};
    constexpr std::size_t kInstruction = 100;
    for (const LayerChange& one : diff_.layers)
      section.rows.push_back({one.before ? std::to_string(*one.before) : "-",
                              one.after ? std::to_string(*one.after) : "-", human_bytes(one.bytes_before),
                              human_bytes(one.bytes_after),
                              std::string(cut_between_characters(one.layer->created_by, kInstruction))});
    add(std::move(section));
  }

  const TreeDiff& diff_;
  const std::size_t most_;
  Page page_;
};

}  // namespace

Page page_of(const TreeDiff& diff, std::span<const Crossing> crossed, std::size_t most) {
  return TreePage(diff, most).page(crossed);
}

}  // namespace winnow
