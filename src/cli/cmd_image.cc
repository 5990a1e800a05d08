// SPDX-License-Identifier: Apache-2.0
// winnow image ls and winnow image dump: what is in an image, as its layers say.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "winnow/attribute/attribute.h"
#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/index/index_json.h"

namespace winnow::cli {
namespace {

struct ImageWords {
  std::string image, path = "/";
  bool shadowed = false;
};

Result<Image> open(const ImageWords& words, const Invocation& invocation) {
  TRY(const auto reference, Reference::parse(words.image));
  return open_named(reference, invocation.reading);
}

// "-rwsr-xr-x" as ls(1) writes it.
std::string mode_of(const Entry& entry) {
  constexpr std::string_view kTypes = "-dlcbp";  // in the order of EntryType
  std::string text(1, kTypes[static_cast<std::size_t>(entry.type)]);
  constexpr std::string_view kBits = "rwx";
  for (int bit = 8; bit >= 0; --bit)
    text += (entry.mode >> bit & 1) != 0 ? kBits[static_cast<std::size_t>(2 - bit % 3)] : '-';
  const auto special = [&](unsigned bit, std::size_t at, char letter) {
    if ((entry.mode & bit) == 0) return;
    const bool executable = text[at] == 'x';
    text[at] = static_cast<char>(executable ? letter : letter - 'a' + 'A');
  };
  special(04000, 3, 's');
  special(02000, 6, 's');
  special(01000, 9, 't');
  return text;
}

std::string line_of(const Entry& entry) {
  const bool device = entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice;
  const std::string size =
      device ? fmt::format("{},{}", entry.dev_major, entry.dev_minor) : fmt::format("{}", entry.size);
  const std::int64_t kLastYear = 253402300799;  // 9999-12-31: what people can read
  const std::time_t time = static_cast<std::time_t>(std::clamp<std::int64_t>(entry.mtime, 0, kLastYear));
  std::string line = fmt::format(
      "{}{} {:>3} {:>11} {:>10} {:%Y-%m-%d %H:%M} {}", mode_of(entry), entry.xattrs.empty() ? ' ' : '+', entry.layer,
      fmt::format("{}:{}", entry.uid, entry.gid), size, fmt::gmtime(time), printable(entry.path));
  if (entry.type == EntryType::kSymlink) line += " -> " + printable(entry.link_target);
  return line;
}

Result<int> list(const ImageWords& words, const Invocation& invocation) {
  TRY(const auto image, open(words, invocation));
  const Index& index = image.index();
  const auto found = index.resolve(words.path, false).entry;
  if (!found && !words.shadowed) {
    say(fmt::format("{} is not in the image", printable(words.path)));
    return kFinding;
  }
  const std::string top = found ? index.entries[*found].path : normal_path(words.path);
  std::string text;
  const bool json = invocation.json;  // one object a line
  for (const Entry& entry : index.entries)
    if (!words.shadowed && is_below(entry.path, top)) text += (json ? json_of(entry).dump() : line_of(entry)) + "\n";
  for (const Shadowed& version : index.shadowed)
    if (words.shadowed && is_below(version.entry.path, top))
      text += json ? json_of(version).dump() + "\n"
                   : fmt::format("{}  ({} by layer {})\n", line_of(version.entry),
                                 version.deleted ? "deleted" : "replaced", version.by_layer);
  TRY_DO(write_output("-", text));
  return kDone;
}

Result<int> dump(const ImageWords& words, const Invocation& invocation) {
  TRY(const auto image, open(words, invocation));
  const Ownership owners = find_owners(image.index());
  std::vector<std::string> packages(owners.owner.size());
  for (EntryId id = 0; id < packages.size(); ++id)
    if (const Package* const owner = owners.of(id)) packages[id] = owner->str();
  TRY_DO(write_output("-", to_json(image.index(), packages)));
  return kDone;
}

Result<int> packages(const ImageWords& words, const Invocation& invocation) {
  TRY(const auto image, open(words, invocation));
  const Ownership owners = find_owners(image.index());
  for (const std::string& warning : owners.warnings) say("warning: " + printable(warning));
  const Breakdown split = break_down(image.index(), owners, {});
  std::string text;
  for (const auto& [name, share] : split.packages) {
    if (!invocation.json) {
      text += fmt::format("{:>12} {:>8} {}\n", share.dropped_bytes, share.dropped_entries,
                          name.empty() ? "(unowned)" : printable(name));
      continue;
    }
    nlohmann::ordered_json package = {
        {"package", nullptr}, {"bytes", share.dropped_bytes}, {"entries", share.dropped_entries}};
    if (!name.empty()) package["package"] = escape_path(name);
    text += package.dump() + "\n";
  }
  TRY_DO(write_output("-", text));
  return kDone;
}

}  // namespace

void add_image(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<ImageWords>();
  auto* const command = app.add_subcommand("image", "show what is in an image");
  command->require_subcommand(1);
  auto* const ls = command->add_subcommand(
      "ls", "list entries: mode, layer, owner, size, time (UTC), path; with --json an object a line");
  ls->add_option("image", words->image, "a reference such as docker-archive:FILE, or a name the engine knows")
      ->required();
  ls->add_option("path", words->path, "only this and what is below it")->capture_default_str();
  ls->add_flag("--shadowed", words->shadowed, "list what higher layers replaced or deleted instead");
  ls->callback([words, &invocation] { invocation.run = [words, &invocation] { return list(*words, invocation); }; });
  auto* const owners = command->add_subcommand(
      "packages", "list packages: bytes and entries that are theirs, name; with --json an object a line");
  owners->add_option("image", words->image, "a reference such as docker-archive:FILE, or a name the engine knows")
      ->required();
  owners->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return packages(*words, invocation); }; });
  auto* const all = command->add_subcommand("dump", "write all that is known of the image as JSON");
  all->add_option("image", words->image, "a reference such as docker-archive:FILE, or a name the engine knows")
      ->required();
  all->callback([words, &invocation] { invocation.run = [words, &invocation] { return dump(*words, invocation); }; });
}

}  // namespace winnow::cli
