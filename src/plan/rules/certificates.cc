// SPDX-License-Identifier: Apache-2.0
// Rule: where a program looks certificates up by their hash, all of them are kept: which one is asked for depends on
// whom it talks to. A bundle is one file and needs no such help.
#include <set>

#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// "4042bcee.0": openssl-rehash(1).
bool is_hash_name(std::string_view name) {
  constexpr std::size_t kHash = 8;
  return name.size() > kHash + 1 && name[kHash] == '.' &&
         name.substr(0, kHash).find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         name.substr(kHash + 1).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

void seed_certificates(Decisions& plan, std::string_view rule) {
  std::set<EntryId> seen;
  for (const Attribution& found : plan.accesses()) {
    // A lookup that failed counts as well: the program asked for an issuer that the image does not know.
    const std::string& path = found.access->path;
    if (!is_hash_name(base_name(path))) continue;
    const Resolution directory = plan.index().resolve(parent_of(path));
    if (!directory.entry || !seen.insert(*directory.entry).second) continue;
    const Reason why{std::string(rule), found.access->by, "it looked up " + path};
    plan.each_child(plan.entry(*directory.entry).path, [&](EntryId id) {
      if (is_hash_name(base_name(plan.entry(id).path))) plan.keep_path(plan.entry(id).path, why);
    });
  }
}

}  // namespace winnow
