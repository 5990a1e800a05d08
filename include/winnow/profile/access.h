// SPDX-License-Identifier: Apache-2.0
// One path that a workload touched: how, by whom, and where it led.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace winnow {

// How a path was touched. A set of kinds is the bitwise or of their values.
enum class Kind : std::uint16_t {
  kOpen = 1 << 0,
  kExec = 1 << 1,
  kStat = 1 << 2,
  kLstat = 1 << 3,  // stat of the name itself: a final link was not followed
  kReadlink = 1 << 4,
  kDir = 1 << 5,        // chdir to it; or it was created, renamed, bound (as a socket) or removed
  kMap = 1 << 6,        // already open or mapped when recording started
  kMiss = 1 << 7,       // the lookup failed (ENOENT, ENOTDIR); never kept, used by verify
  kList = 1 << 8,       // the names in the directory were read (getdents64)
  kWanted = 1 << 9,     // was missing on a slim image, where a test that has to pass looked it up
  kNotEmpty = 1 << 10,  // a directory that was not removed or replaced, because it is not empty (ENOTEMPTY)
  kSearch = 1 << 11,    // the names in the directory were read by an import system, only to look for modules
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

// Whose process touched a path. A set of actors is the bitwise or of their values.
enum class Actor : std::uint8_t {
  kWorkload = 1 << 0,     // the container's first process and those that it started, and its runtime on the way in
  kHealthcheck = 1 << 1,  // a visit by the engine: the container's health check
  kExec = 1 << 2,         // any other visit: `docker exec`, an exec probe
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

// A set of runs: indexes into AccessProfile::runs. It is kept as ranges: a thousand consecutive runs take as much
// memory as one.
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

// One path that a workload looked up, with or without success.
struct Access {
  std::string path;      // as requested, made absolute with its base directory; ".." and links are left in it
  std::string resolved;  // the path inside the container's root that it led to; empty if the kernel did not report it
  Kinds kinds;
  bool other_mount = false;         // it lies on another mount than the image's root file system
  bool unresolved = false;          // PATH is relative to a directory that the kernel could not report
  std::uint64_t first_ms = 0;       // when it was first touched, in ms since the run began
  std::string by;                   // the first program that touched it: the resolved path of its executable
  std::string argv0;                // the argv[0] of that program; empty if unknown
  std::set<std::string> also_by;    // the other programs that touched it
  std::set<std::string> listed_by;  // those of BY and ALSO_BY that read its names (Kind::kList)
  Actors from = Actor::kWorkload;
  RunSet runs;  // in which it was touched
};

// About how many bytes an access takes, and the name of a program in one of its sets, with the nodes that hold them.
std::size_t memory_of(const Access& access);
std::size_t memory_of_program(const std::string& name);

}  // namespace winnow
