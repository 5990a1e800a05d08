// SPDX-License-Identifier: Apache-2.0
// What outlives a recorder: pins that keep the BPF programs and maps, and a journal of what was taken out of the maps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow::record {

class Session {
 public:
  enum class Kind : std::uint32_t {
    kEvent = 1,   // as the programs sent it
    kTarget,      // Target::save(): replaces what was known of that target
    kRelease,     // a cgroup id: the target is forgotten
    kController,  // of the hierarchy; empty: version 2
    kAnnotation,  // replaces the one before
  };
  using Visitor = std::function<Result<void>(Kind, std::string_view)>;

  // The error says so when there is one of this name already, or when the name cannot be one.
  static Result<Session> create(const std::string& name);
  // Gives all that was kept to VISIT; a record that was cut off by a crash is not kept. One recorder at a time.
  static Result<Session> open(const std::string& name, const Visitor& visit);
  // False: there was none.
  static Result<bool> remove(const std::string& name);

  // The directory for pins; it exists.
  [[nodiscard]] const std::string& pins() const { return pins_; }
  // On return it survives the end of this process.
  Result<void> append(Kind kind, std::string_view data);
  // So much was appended since the last rewrite that it is time for another.
  [[nodiscard]] bool is_long() const;
  // Replaces all that was kept by what WRITE appends, in one step.
  Result<void> rewrite(const std::function<Result<void>(Session&)>& write);

 private:
  Session(std::string journal, std::string pins, Fd file);

  std::string journal_;  // its path
  std::string pins_;
  Fd file_;
  std::size_t appended_ = 0;  // bytes since the last rewrite
};

}  // namespace winnow::record
