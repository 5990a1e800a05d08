// SPDX-License-Identifier: Apache-2.0
// Translates what tasks of one container sighted into paths of the container's root file system: a task may be in a
// sandbox with another root and other mounts, and the container may bind-mount its directories elsewhere.
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

// Returns the mounts of a process if it is in this mount namespace; nullopt: it is not, or not any more.
using ReadMounts =
    std::function<std::optional<std::vector<Mount>>(std::uint32_t process, std::uint32_t mount_namespace)>;

// What is mounted: a directory or file of a file system.
struct Mounted {
  std::uint32_t device = 0;
  std::string path;
  bool told = false;  // its mount point was reported as an access already
  bool operator==(const Mounted& other) const { return device == other.device && path == other.path; }
};

// What is known of the mounts of one namespace.
struct Namespace {
  std::map<std::string, Mounted, std::less<>> mounts;  // by mount point
  std::uint32_t changes = 0;                           // Event::mounts when they were read
  bool whole = false;  // all mounts were read; false: only those are known on which something was found
};

// An access of a task.
struct Sighting {
  Access access;
  bool waits = false;  // its path is that of the namespace, because it is not known yet what is mounted there
};

class View {
 public:
  explicit View(Root own) : own_(std::move(own)) {}
  [[nodiscard]] const Root& own() const { return own_; }

  // Returns what EVENT says about the container's root file system, about other mounts in the container, and about
  // names that cannot be placed yet; first_ms is not set. What a sandbox has from elsewhere is left out.
  std::vector<Sighting> take(const Event& event, const ReadMounts& read);
  // The same for HELD, which a task with ROOT that runs EXE holds already.
  std::vector<Sighting> hold(const Root& root, const Place& held, const std::optional<Place>& exe);
  // Takes in all mounts of the namespace of a task with ROOT.
  void know(const Root& root, const std::vector<Mount>& mounts, std::uint32_t changes = 0);

  enum class Whose { kOwn, kElsewhere, kUnknown };
  struct Located {
    Whose whose = Whose::kUnknown;
    std::string path;         // kOwn: in the container's root file system; else unchanged
    std::string mount_point;  // of the mount it lies on; empty: unknown
  };
  // Returns where PATH of a mount namespace lies, if no link on the way leads elsewhere.
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
