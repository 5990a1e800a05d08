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

inline constexpr int kMaxSymlinks = 40;  // on the way to a file: MAXSYMLINKS, path_resolution(7)

using Xattrs = std::vector<std::pair<std::string, std::string>>;  // names and values, sorted by name

// One path of the merged tree.
struct Entry {
  std::string path;  // absolute and normal; "/" is the root
  EntryType type = EntryType::kFile;
  bool implied = false;    // a directory that no layer lists, only paths below it; 0755 root:root
  std::uint32_t mode = 0;  // permission, setuid, setgid and sticky bits: 07777
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;   // bytes of content; 0 for anything but files
  std::int64_t mtime = 0;   // seconds since the epoch
  std::string link_target;  // symbolic links
  std::uint32_t mtime_ns = 0;
  std::uint32_t link_group = 0;  // names of one file share a number above 0; 0: it has one name
  std::uint32_t dev_major = 0, dev_minor = 0;
  std::uint32_t layer = 0;  // index into Index::layers: the one that gave it this name
  Digest sha256;            // of the content; files only
  Xattrs xattrs;
  std::shared_ptr<const FileFacts> facts;  // null when there is nothing to say
};

// Something that an image gets though its source has it not, or has it otherwise: a package database cut to what is
// kept.
struct Addition {
  Entry entry;  // a file or a directory, owned by root; its layer means nothing
  std::string content;
  std::string package = {};  // the one package that it is about, "deb:libc6@2.36-9"; empty: several
};

// A version of a path that nobody sees in the merged tree, though its layer still carries it.
struct Shadowed {
  Entry entry;
  std::uint32_t by_layer = 0;  // the layer that replaced or deleted it; its own when a later member of the tar did
  bool deleted = false;        // a whiteout, an opaque directory or a replaced parent; else something took its place
  bool linked = false;         // the same file is still seen under another name: no bytes are lost
};

struct Layer {
  Digest diff_id;              // of the uncompressed tar
  Digest digest;               // of the blob as stored; equal to diff_id when it is not compressed
  std::uint64_t size = 0;      // bytes of the blob as stored
  std::uint64_t tar_size = 0;  // bytes of the uncompressed tar
  std::string created_by;      // from the history, where it lines up with the layers
};

// What the engine reads from the image config (OCI image-spec config.md).
struct RuntimeConfig {
  std::vector<std::string> entrypoint, cmd, env, healthcheck, shell;
  std::string user, working_dir;
  std::vector<std::string> volumes;
  std::string os, architecture;
};

// The answer to "what does the kernel find when a process asks for this path" (path_resolution(7)).
struct Resolution {
  std::optional<EntryId> entry;  // absent: it is not there
  std::vector<EntryId> hops;     // each link followed, and each directory that a ".." left again, in order
  bool loops = false;     // ended at more links than the kernel follows (ELOOP); the last hop is the one too many
  EntryId deepest = 0;    // the deepest directory reached
  std::size_t steps = 0;  // components walked: links can make a short path long
};

// The merged tree, sorted by path; entry 0 is the root. Immutable once made. A deque: a million entries are put
// together and sorted without being in memory twice.
struct Index {
  Digest id;        // digest of the config: what most engines call the image id
  Digest manifest;  // of the manifest or index that an OCI source names: engines on containerd's store call this
                    // one the image id; not valid if the source has none
  std::string config_json;  // the config as stored
  RuntimeConfig config;
  std::vector<std::string> names;  // repository tags
  std::vector<Layer> layers;
  std::deque<Entry> entries;
  std::vector<Shadowed> shadowed;                                          // sorted by path, the lowest version first
  [[nodiscard]] std::optional<EntryId> find(std::string_view path) const;  // exactly this path, no links followed
  [[nodiscard]] EntryIds starting_with(std::string_view prefix) const;     // those whose paths do, letter by letter
  [[nodiscard]] EntryIds below(std::string_view path) const;               // at any depth; not PATH itself
  [[nodiscard]] Children children(std::string_view path) const { return {*this, path}; }  // no links followed
  [[nodiscard]] Resolution resolve(std::string_view path, bool follow_last = true) const;
  [[nodiscard]] std::uint64_t bytes() const;  // content of all files, each hard-link group once
  [[nodiscard]] std::uint64_t shadowed_bytes()
      const;  // the same of what is shadowed; with bytes(): all the layers carry
};

}  // namespace winnow
