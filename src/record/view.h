// SPDX-License-Identifier: Apache-2.0
// What tasks of one container sighted, in the paths of the container's own file system: a task may be in a sandbox with
// a root and mounts of its own, and the container may mount directories of its own elsewhere.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/event.h"
#include "winnow/base/mounts.h"
#include "winnow/profile/profile.h"

namespace winnow::record {

// The mounts of a process that is in this mount namespace; nothing when it is not, or not any more.
using ReadMounts =
    std::function<std::optional<std::vector<Mount>>(std::uint32_t process, std::uint32_t mount_namespace)>;

// What is mounted: a directory or file of a file system.
struct Mounted {
  std::uint32_t device = 0;
  std::string path;
  bool told = false;  // its mount point was given as an access
  bool operator==(const Mounted& other) const { return device == other.device && path == other.path; }
};

// What is known of the mounts of one namespace.
struct Namespace {
  std::map<std::string, Mounted, std::less<>> mounts;  // by mount point
  std::uint32_t changes = 0;                           // Event::mounts when they were read
  bool whole = false;  // they were read; else only those are known that something was found on
};

// An access, or what would be one if it were known what is mounted there.
struct Sighting {
  Access access;
  bool waits = false;
};

class View {
 public:
  explicit View(Root own) : own_(std::move(own)) {}
  [[nodiscard]] const Root& own() const { return own_; }

  // What EVENT tells of the container's own file system, of what is mounted in it, and of names that nobody has placed
  // yet; without times. What a sandbox has from elsewhere is not the container's.
  std::vector<Sighting> take(const Event& event, const ReadMounts& read);
  // The same of what a task with ROOT, which runs EXE, holds already.
  std::vector<Sighting> hold(const Root& root, const Place& held, const std::optional<Place>& exe);
  // All mounts of the namespace of a task with ROOT.
  void know(const Root& root, const std::vector<Mount>& mounts, std::uint32_t changes = 0);

  enum class Whose { kOwn, kElsewhere, kUnknown };
  struct Located {
    Whose whose = Whose::kUnknown;
    std::string path;         // kOwn: in the container's own file system; else as it was
    std::string mount_point;  // of the mount it lies on, as far as that is known
  };
  // Where PATH of a mount namespace lies, if no link on the way leads elsewhere.
  [[nodiscard]] Located locate(std::uint32_t mount_namespace, const std::string& path) const;

  [[nodiscard]] const std::map<std::uint32_t, Namespace>& namespaces() const { return namespaces_; }
  void restore(std::map<std::uint32_t, Namespace> namespaces) { namespaces_ = std::move(namespaces); }

 private:
  [[nodiscard]] bool is_at_home(const Root& root) const;
  [[nodiscard]] std::optional<std::string> own_path(std::uint32_t device, const std::string& in_filesystem) const;
  [[nodiscard]] std::string program(const std::optional<Place>& exe, bool at_home) const;
  [[nodiscard]] Located asked(const Event& event) const;
  void learn(std::uint32_t mount_namespace, const std::optional<Place>& place);
  void refresh(const Event& event, const ReadMounts& read);
  void tell_mount_point(std::uint32_t mount_namespace, const std::string& point, const Access& like,
                        std::vector<Sighting>& all);
  Namespace& namespace_at(std::uint32_t inode);

  Root own_;
  std::map<std::uint32_t, Namespace> namespaces_;  // by inode
};

}  // namespace winnow::record
