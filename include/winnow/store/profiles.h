// SPDX-License-Identifier: Apache-2.0
// Keeps profiles in a store of objects: one for each image and node, compressed, in parts if it is large.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/profile/profile.h"
#include "winnow/store/objects.h"

namespace winnow {

// The node of a profile that was united from those of several nodes.
inline constexpr std::string_view kAllNodes = "*";

// What a store says of a profile without its content.
struct StoredHead {
  std::string name, version;            // of the object: metadata.name and .resourceVersion
  Digest image;                         // digest of the image's config
  std::vector<std::string> references;  // names of the image
  std::vector<Digest> manifests;        // of the manifest and the indexes that these names stand for
  std::string node;                     // or kAllNodes
  Digest digest;                        // of the content
  std::uint64_t parts = 1;
  // From the object's status; empty and 0 while it has none.
  std::string state, coverage;  // "complete" or "partial"; "93 % (at least 88 %)"
  std::vector<std::string> reasons;
  std::uint64_t runs = 0, paths = 0, misses = 0;
  std::uint64_t first_run_ms = 0, last_run_ms = 0;  // Unix time, milliseconds
};

struct NewProfile {
  std::set<std::string> references;
  std::set<Digest> manifests;
  std::string node;
  const AccessProfile* profile = nullptr;  // of one image, whose id is known
};

class ProfileStore {
 public:
  explicit ProfileStore(ObjectStore& objects) : objects_(&objects) {}
  // Replaces what the store has of this image and node. A reader sees the old profile or the new one, never a mixture.
  // Returns how many bytes of text the store now holds of it. What was put before and has not changed is not written.
  Result<std::uint64_t> put(const NewProfile& profile);
  // Returns the profile of IMAGE that NODE has put here; nullopt: there is none, or it cannot be read: then one line
  // about it goes to REFUSED. Error: the store failed.
  Result<std::optional<AccessProfile>> get(const Digest& image, const std::string& node,
                                           std::vector<std::string>& refused);
  // Returns the heads of all profiles, or of those of one image, sorted by image and node. What is no valid head is
  // left out, and one line for each goes to REFUSED.
  Result<std::vector<StoredHead>> list(const std::optional<Digest>& image, std::vector<std::string>& refused);
  // Returns the content. Errors: a part is missing, damaged, or of another image.
  Result<AccessProfile> read(const StoredHead& head);
  // Removes the profile, unless it was replaced since HEAD was read.
  Result<void> remove(const StoredHead& head);

 private:
  struct Written {
    StoredHead head;
    std::uint64_t bytes = 0;                              // 0: it was written by an earlier process
    std::set<std::pair<Digest, std::uint64_t>> contents;  // and their numbers of parts; of each, parts may be there
  };
  Result<void> remember(const std::string& name);
  Result<std::optional<std::uint64_t>> put_parts(const StoredHead& head, const std::vector<std::string>& parts);
  Result<void> remove_parts(const StoredHead& head);
  Result<void> remove_others(StoredHead head, std::set<std::pair<Digest, std::uint64_t>>& contents);
  Result<Result<AccessProfile>> content(const StoredHead& head);

  ObjectStore* objects_;
  std::map<std::string, Written> written_;  // by the object's name
  std::size_t part_bytes_ = 690'000;        // of the base64 text of one part; less once the store refused so many
};

}  // namespace winnow
