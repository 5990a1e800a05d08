// SPDX-License-Identifier: Apache-2.0
// Unites what idle nodes have put into a store, and removes what is old.
#include <algorithm>
#include <map>
#include <vector>

#include "winnow/agent/agent.h"
#include "winnow/base/time.h"
#include "winnow/store/profiles.h"

namespace winnow {
namespace {

// The last run of HEAD is longer ago than AGE.
bool is_older(const StoredHead& head, std::chrono::milliseconds age) {
  const auto ms = static_cast<std::uint64_t>(age.count());
  const std::uint64_t now = unix_ms();
  return head.last_run_ms != 0 && now >= ms && head.last_run_ms < now - ms;
}

// The union of HEADS, all of one image; those that cannot be read stay as they are.
Result<void> unite(ProfileStore& store, const std::vector<StoredHead>& heads, Compacted& done) {
  AccessProfile whole;
  NewProfile fresh{.node = std::string(kAllNodes), .profile = &whole};
  std::vector<StoredHead> united;
  for (const StoredHead& head : heads) {
    TRY(auto profile, store.get(head.image, head.node, done.refused));
    if (!profile) continue;
    if (united.empty())
      whole = *std::move(profile);
    else
      TRY_DO(whole.merge(*std::move(profile)));
    fresh.references.insert(head.references.begin(), head.references.end());
    fresh.manifests.insert(head.manifests.begin(), head.manifests.end());
    united.push_back(head);
  }
  if (united.size() < 2 && std::ranges::all_of(united, [](const StoredHead& one) { return one.node == kAllNodes; }))
    return {};
  TRY_DO(store.put(fresh));
  for (const StoredHead& head : united) {
    if (head.node == kAllNodes) continue;
    TRY_DO(store.remove(head));
    ++done.united;
  }
  return {};
}

}  // namespace

Result<Compacted> compact(ObjectStore& objects, const CompactOptions& options) {
  Compacted done;
  ProfileStore store(objects);
  TRY(const auto heads, store.list(std::nullopt, done.refused));
  std::map<Digest, std::vector<StoredHead>> by_image;
  for (const StoredHead& head : heads) {
    if (options.ttl.count() > 0 && is_older(head, options.ttl)) {
      TRY_DO(store.remove(head));
      ++done.removed;
    } else if (head.node == kAllNodes || is_older(head, options.idle)) {
      by_image[head.image].push_back(head);
    }
  }
  for (const auto& [image, idle] : by_image) TRY_DO(unite(store, idle, done));
  done.images = by_image.size();
  return done;
}

}  // namespace winnow
