// SPDX-License-Identifier: Apache-2.0
// The merged tree of an image's layers as plain values: what attribution, planning and auditing read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/path.h"
#include "winnow/index/entry_ids.h"
#include "winnow/index/facts.h"

namespace winnow {

enum class EntryType : std::uint8_t { kFile, kDirectory, kSymlink, kCharDevice, kBlockDevice, kFifo };
std::string_view to_string(EntryType type);  // "file", "directory", "symlink", ...
std::optional<EntryType> entry_type_from_name(std::string_view name);

inline constexpr int kMaxSymlinks = 40;  // that the kernel follows on the way to a file (path_resolution(7))

using Xattrs = std::vector<std::pair<std::string, std::string>>;  // names and values, sorted by name

// One path of the merged tree.
struct Entry {
  std::string path;  // absolute and normal; "/" is the root
  EntryType type = EntryType::kFile;
  bool implied = false;    // a directory that no layer lists, but that must exist for paths below it; 0755 root:root
  std::uint32_t mode = 0;  // permission, setuid, setgid and sticky bits: 07777
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;        // bytes of content; 0 for anything but files
  std::int64_t mtime = 0;        // seconds since the epoch
  std::string link_target;       // of a symbolic link
  std::uint32_t mtime_ns = 0;    // nanoseconds after mtime
  std::uint32_t link_group = 0;  // hard links: all names of one file share a number above 0; 0: it has only this name
  std::uint32_t dev_major = 0, dev_minor = 0;
  std::uint32_t layer = 0;  // index into Index::layers: the layer that gave it this name
  Digest sha256;            // of the content; files only
  Xattrs xattrs;
  std::shared_ptr<const FileFacts> facts;  // null if there are none
};

// A file or directory that the slim image gets although the source image does not have it, or has another version of
// it: a package database cut down to what is kept.
struct Addition {
  Entry entry;  // a file or a directory, owned by root; its layer means nothing
  std::string content;
  std::string package = {};  // the package that it is about, "deb:libc6@2.36-9"; empty: it is about several
};

// A version of a path that the merged tree does not show, because it was replaced or deleted. Its layer still holds it.
struct Shadowed {
  Entry entry;
  std::uint32_t by_layer = 0;  // the layer that replaced or deleted it; its own layer if a later tar member did
  bool deleted = false;        // by a whiteout, an opaque directory or a replaced parent; false: it was replaced
  bool linked = false;         // the same file is still in the merged tree under another name: no bytes are hidden
};

struct Layer {
  Digest diff_id;              // of the uncompressed tar
  Digest digest;               // of the blob as stored; equal to diff_id if it is not compressed
  std::uint64_t size = 0;      // bytes of the blob as stored
  std::uint64_t tar_size = 0;  // bytes of the uncompressed tar
  std::string created_by;      // the build step, from the config's history; empty if that does not fit the layers
};

// What the engine reads from the image's config (OCI image-spec config.md).
struct RuntimeConfig {
  std::vector<std::string> entrypoint, cmd, env, healthcheck, shell;
  std::string user, working_dir;
  std::vector<std::string> volumes;
  std::string os, architecture;
};

// What the kernel would find for a path (path_resolution(7)).
struct Resolution {
  std::optional<EntryId> entry;  // nullopt: nothing is there
  std::vector<EntryId> hops;     // each link that was followed, and each directory that a ".." left again, in order
  bool loops = false;     // there were more than kMaxSymlinks links (ELOOP); the last hop is the one that was too many
  EntryId deepest = 0;    // the last directory that the walk reached
  std::size_t steps = 0;  // how many components were walked: links can make a short path long
};

// The merged tree of an image, sorted by path; entry 0 is the root. It does not change once it is made. Entries are in
// a deque, so that a million of them can be built and sorted without being in memory twice.
struct Index {
  Digest id;        // digest of the config: what most engines call the image id
  Digest manifest;  // digest of the manifest or index of an OCI image, which engines with containerd's store call the
                    // image id; not valid if there is none
  std::string config_json;  // the config as stored
  RuntimeConfig config;
  std::vector<std::string> names;  // repository tags
  std::vector<Layer> layers;
  std::deque<Entry> entries;
  std::vector<Shadowed> shadowed;                                          // sorted by path, the lowest version first
  [[nodiscard]] std::optional<EntryId> find(std::string_view path) const;  // exactly this path, no links followed
  [[nodiscard]] EntryIds starting_with(std::string_view prefix) const;     // entries whose path starts with these bytes
  [[nodiscard]] EntryIds below(std::string_view path) const;  // entries at any depth; not PATH, which is normal
  [[nodiscard]] Children children(std::string_view path) const { return {*this, path}; }  // no links followed
  // Walks PATH from the root as the kernel does. FOLLOW_LAST: a link at the end is followed, too.
  [[nodiscard]] Resolution resolve(std::string_view path, bool follow_last = true) const;
  [[nodiscard]] std::uint64_t bytes() const;  // content of all files, each hard-link group once
  [[nodiscard]] std::uint64_t shadowed_bytes()
      const;  // the same of shadowed files; the sum of both is what the layers hold
};

}  // namespace winnow
