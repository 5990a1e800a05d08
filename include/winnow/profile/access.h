// SPDX-License-Identifier: Apache-2.0
// One path that a workload touched: how, by whom, and where it led.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace winnow {

// How a path was touched. A set of them is an or of bits.
enum class Kind : std::uint16_t {
  kOpen = 1 << 0,
  kExec = 1 << 1,
  kStat = 1 << 2,
  kLstat = 1 << 3,  // stat of the name itself: a final link was not followed
  kReadlink = 1 << 4,
  kDir = 1 << 5,        // chdir, create, rename, bind or remove
  kMap = 1 << 6,        // already open or mapped when recording started
  kMiss = 1 << 7,       // looked up and not there (ENOENT, ENOTDIR); never kept, used by verify
  kList = 1 << 8,       // the directory's names were read (getdents64)
  kWanted = 1 << 9,     // looked up on a slim image that lacked it, by a test that has to pass
  kNotEmpty = 1 << 10,  // a directory that was not removed or replaced, because something is in it (ENOTEMPTY)
  kSearch = 1 << 11,  // the directory's names were read by an import system that looks for modules, not by the program
};

class Kinds {
 public:
  constexpr Kinds() = default;
  constexpr Kinds(Kind kind) : bits_(static_cast<std::uint16_t>(kind)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr bool has(Kind kind) const { return (bits_ & static_cast<std::uint16_t>(kind)) != 0; }
  [[nodiscard]] constexpr bool only(Kind kind) const { return bits_ == static_cast<std::uint16_t>(kind); }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr Kinds& operator|=(Kinds other) {
    bits_ |= other.bits_;
    return *this;
  }
  constexpr bool operator==(const Kinds&) const = default;
  [[nodiscard]] std::vector<std::string_view> names() const;  // "open", "exec", ...
  static std::optional<Kind> from_name(std::string_view name);

 private:
  std::uint16_t bits_ = 0;
};

// Whose processes touched a path. A set of them is an or of bits.
enum class Actor : std::uint8_t {
  kWorkload = 1 << 0,     // the container's own tree, and its runtime while it starts or enters the container
  kHealthcheck = 1 << 1,  // run in the container by the engine to ask after its health
  kExec = 1 << 2,         // run in the container by somebody else: `docker exec`, an exec probe
};

class Actors {
 public:
  constexpr Actors() = default;
  constexpr Actors(Actor actor) : bits_(static_cast<std::uint8_t>(actor)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr bool has(Actor actor) const { return (bits_ & static_cast<std::uint8_t>(actor)) != 0; }
  [[nodiscard]] constexpr bool only(Actor actor) const { return bits_ == static_cast<std::uint8_t>(actor); }
  constexpr Actors& operator|=(Actors other) {
    bits_ |= other.bits_;
    return *this;
  }
  constexpr bool operator==(const Actors&) const = default;
  [[nodiscard]] std::vector<std::string_view> names() const;  // "workload", "healthcheck", "exec"
  static std::optional<Actor> from_name(std::string_view name);

 private:
  std::uint8_t bits_ = 0;
};

// A set of runs, by their indexes into AccessProfile::runs. A thousand runs in a row take as much memory as one.
class RunSet {
 public:
  struct Range {
    std::uint32_t first = 0, last = 0;  // both are in the set
    bool operator==(const Range&) const = default;
  };
  RunSet() = default;
  RunSet(std::initializer_list<std::uint32_t> runs);
  void insert(std::uint32_t first, std::uint32_t last);
  void insert(std::uint32_t run) { insert(run, run); }
  void merge(const RunSet& other);
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }  // ascending, with gaps between them
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] std::uint64_t size() const;
  bool operator==(const RunSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

// One path that a workload resolved, or failed to.
struct Access {
  std::string path;      // as requested, made absolute against its base directory; not normalised: ".." and links stay
  std::string resolved;  // where it led inside the container's root; empty when the kernel did not say
  Kinds kinds;
  bool other_mount = false;         // what was opened lies on a mount of its own, not on the image's root file system
  bool unresolved = false;          // PATH is relative to a directory that the kernel could not tell
  std::uint64_t first_ms = 0;       // since the run began
  std::string by;                   // the first program that touched it: the resolved path of its executable
  std::string argv0;                // what that program was called as; empty when unknown
  std::set<std::string> also_by;    // the other programs that touched it
  std::set<std::string> listed_by;  // those of all these that read its names (Kind::kList)
  Actors from = Actor::kWorkload;
  RunSet runs;
};

}  // namespace winnow
