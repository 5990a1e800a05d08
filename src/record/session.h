// SPDX-License-Identifier: Apache-2.0
// A session outlives its recorder: pins keep the BPF programs and maps, a journal keeps what was taken out of the maps.
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
    kEvent = 1,   // an event as the programs sent it
    kTarget,      // Target::save(): replaces what was known of that target
    kRelease,     // a cgroup id: this target was released
    kController,  // the controller of the hierarchy; empty: version 2
    kAnnotation,  // the annotation: replaces the one before
  };
  using Visitor = std::function<Result<void>(Kind, std::string_view)>;

  // Makes a session. Errors: there is one with this name already; NAME is not valid; a bpffs is missing.
  static Result<Session> create(const std::string& name);
  // Opens a session and calls VISIT with all that was kept, in order; a last record that a crash cut off is dropped.
  // Errors: there is no such session; another recorder uses it, whose state directory may be another; it is damaged.
  static Result<Session> open(const std::string& name, const Visitor& visit);
  // Removes what is left of a session. Returns false if there was none. Error: a recorder uses it.
  static Result<bool> remove(const std::string& name);

  // The directory for pins, which exists.
  [[nodiscard]] const std::string& pins() const { return pins_; }
  // Appends a record to the journal; when this returns, the record survives the end of this process. Error: the disk
  // did not take it; the journal is as it was.
  Result<void> append(Kind kind, std::string_view data);
  // Whether more than 64 MiB were appended since the last rewrite, so that it is time for another.
  [[nodiscard]] bool is_long() const;
  // Replaces the whole journal, in one step, by what WRITE appends to the session that it gets. Error: it stays.
  Result<void> rewrite(const std::function<Result<void>(Session&)>& write);

 private:
  Session(std::string journal, std::string pins, Fd file);

  std::string journal_;  // path of the journal
  std::string pins_;
  Fd file_, pins_lock_;
  std::size_t appended_ = 0;  // bytes since the last rewrite
  std::size_t size_ = 0;      // of the journal
};

}  // namespace winnow::record
