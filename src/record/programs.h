// SPDX-License-Identifier: Apache-2.0
// Loads and attaches the BPF programs. Only this, the object, the maps and the checks of the kernel use libbpf.
#pragma once

#include <memory>
#include <string>

#include "record/maps.h"
#include "winnow/base/error.h"
#include "winnow/record/record.h"

namespace winnow::record {

class Programs {
 public:
  // Loads and attaches the programs. The error says what is missing, with the end of libbpf's log if that helps.
  static Result<Programs> load(const RecorderOptions& options);
  // The same; pins in DIRECTORY, which is in a bpffs, keep programs and maps alive until it is removed.
  static Result<Programs> load_pinned(const RecorderOptions& options, const std::string& directory);
  // Opens programs that another process loaded and pinned.
  static Result<Programs> pinned(const std::string& directory);
  Programs(Programs&&) noexcept;
  Programs& operator=(Programs&&) noexcept;
  ~Programs();

  [[nodiscard]] Maps& maps();
  [[nodiscard]] const Maps& maps() const;
  [[nodiscard]] Backend backend() const;  // never kAuto
  // Describes how these programs learn of accesses and, if better ones were refused, why. "": another process loaded
  // them.
  [[nodiscard]] const std::string& method() const;
  // Returns how often the kernel skipped a program because it was running already on the same processor.
  [[nodiscard]] std::uint64_t left_out() const;

 private:
  struct Impl;
  explicit Programs(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Collects the messages that libbpf prints on this thread while the object lives; they are not printed.
class LibbpfLog {
 public:
  LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog();
  // Returns the last lines that say why something failed, at most MOST; the verifier's states are left out.
  [[nodiscard]] std::string tail(std::size_t most) const;

 private:
  std::string text_;
};

}  // namespace winnow::record
