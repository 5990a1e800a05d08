// SPDX-License-Identifier: Apache-2.0
// Heads chosen by what users call an image, and their profiles united.
#include "winnow/store/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "store/json.h"
#include "winnow/base/text.h"
#include "winnow/index/names.h"

namespace winnow {
namespace {

constexpr std::size_t kMinPrefix = 12;  // hex digits that name an image
constexpr std::size_t kMostShown = 20;  // images in one error

std::string name_for_people(const StoredHead& head) {
  return head.references.empty() ? head.image.short_hex() : printable(head.references.front());
}

}  // namespace

bool is_called(const StoredHead& head, std::string_view word) {
  const auto is_digest = [&](const Digest& digest) {
    std::string_view hex = word.substr(word.rfind('@') + 1);  // "REPOSITORY@sha256:HEX", as pods and engines say it
    if (hex.starts_with("sha256:")) hex.remove_prefix(7);
    return hex.size() >= kMinPrefix && digest.hex().starts_with(hex);
  };
  if (is_digest(head.image) || std::ranges::any_of(head.manifests, is_digest)) return true;
  const std::string name = full_name(word);
  return std::ranges::any_of(head.references,
                             [&](const std::string& one) { return one == word || full_name(one) == name; });
}

Result<std::vector<StoredHead>> heads_called(const std::vector<StoredHead>& heads, std::string_view word) {
  std::vector<StoredHead> chosen;
  std::map<Digest, std::string> images;
  for (const StoredHead& head : heads) {
    if (!is_called(head, word)) continue;
    chosen.push_back(head);
    images.emplace(head.image, name_for_people(head));
  }
  if (images.size() == 1) return chosen;
  if (images.empty())
    return fail(fmt::format("no profile of an image called {}", printable(word)),
                heads.empty() ? "the store has no profiles: do the agents run?"
                              : "--list shows of which images there are profiles");
  std::string known;
  for (std::size_t shown = 0; const auto& [image, name] : images) {
    known += shown < kMostShown ? fmt::format("\n  {} ({})", image.str(), name) : "\n  ...";
    if (++shown > kMostShown) break;
  }
  return fail(fmt::format("{} images are called {}:{}", images.size(), printable(word), known),
              "name one of them by its digest: a tag may have moved, and each architecture is an image of its own");
}

Result<AccessProfile> fetch_union(ProfileStore& store, const std::vector<StoredHead>& heads,
                                  const std::function<bool(const Run&)>& wanted) {
  AccessProfile whole;
  bool first = true;
  for (const StoredHead& head : heads) {
    TRY(auto profile, store.read(head));
    if (wanted) profile.select(wanted);
    if (profile.runs.empty()) continue;
    if (std::exchange(first, false))
      whole = std::move(profile);
    else
      TRY_DO(whole.merge(std::move(profile)));
  }
  if (first) return fail("no recorded run is chosen", "choose less narrowly, or see what there is with --list");
  return whole;
}

bool names_fleet(std::string_view word) {
  return word.starts_with("kubernetes:") || (word.starts_with("dir:") && word.contains("//"));
}

Result<AccessProfile> fetch_named(std::string_view word) {
  const std::size_t end = word.starts_with("dir:") ? word.find("//") : word.find(':');
  const std::string_view image = word.substr(end + (word.starts_with("dir:") ? 2 : 1));
  TRY(const auto objects, open_objects_to_read({.store = std::string(word.substr(0, end)), .name_space = {}}));
  ProfileStore store(*objects);
  std::vector<std::string> refused;
  TRY(const auto all, store.list(std::nullopt, refused));
  const auto heads = heads_called(all, image);
  if (!heads && !refused.empty())
    return fail(heads.error().what + "; left out: " + refused.front(), heads.error().hint);
  return heads ? fetch_union(store, *heads, {}) : std::unexpected(heads.error());
}

std::string heads_table(const std::vector<StoredHead>& heads) {
  std::vector<std::array<std::string, 7>> rows = {{"IMAGE", "ID", "NODE", "RUNS", "PATHS", "STATUS", "COVERAGE"}};
  for (const StoredHead& head : heads)
    rows.push_back({name_for_people(head), head.image.short_hex(), printable(head.node), std::to_string(head.runs),
                    std::to_string(head.paths), printable(head.state), printable(head.coverage)});
  std::array<std::size_t, 7> widths{};
  for (const auto& row : rows)
    for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], row[at].size());
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at)
      text += at + 1 == row.size() ? row[at] + "\n" : fmt::format("{:<{}}  ", row[at], widths[at]);
  }
  return text;
}

std::string heads_json(const std::vector<StoredHead>& heads) {
  ObjectJson list = ObjectJson::array();
  for (const StoredHead& head : heads) {
    ObjectJson names = ObjectJson::array(), manifests = ObjectJson::array();
    for (const std::string& name : head.references) names.push_back(escape_path(name));
    for (const Digest& manifest : head.manifests) manifests.push_back(manifest.str());
    list.push_back({{"image", head.image.str()},
                    {"references", std::move(names)},
                    {"manifests", std::move(manifests)},
                    {"node", escape_path(head.node)},
                    {"runs", head.runs},
                    {"paths", head.paths},
                    {"misses", head.misses},
                    {"state", head.state},
                    {"reasons", head.reasons},
                    {"coverage", head.coverage},
                    {"first_run_ms", head.first_run_ms},
                    {"last_run_ms", head.last_run_ms}});
  }
  return list.dump(1) + "\n";
}

}  // namespace winnow
