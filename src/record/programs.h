// SPDX-License-Identifier: Apache-2.0
// Loads and attaches the BPF programs: the only place, with the maps and the check of the kernel, that knows libbpf.
#pragma once

#include <memory>
#include <string>

#include "record/maps.h"
#include "winnow/base/error.h"
#include "winnow/record/record.h"

namespace winnow::record {

class Programs {
 public:
  // Loads and attaches. The error says what is missing, with the end of libbpf's log where that helps.
  static Result<Programs> load(const RecorderOptions& options);
  // The same, kept alive by pins in DIRECTORY, which is below a bpffs, until that is removed.
  static Result<Programs> load_pinned(const RecorderOptions& options, const std::string& directory);
  // Programs that another process loaded and pinned.
  static Result<Programs> pinned(const std::string& directory);
  Programs(Programs&&) noexcept;
  Programs& operator=(Programs&&) noexcept;
  ~Programs();

  [[nodiscard]] Maps& maps();
  [[nodiscard]] const Maps& maps() const;
  [[nodiscard]] Backend backend() const;  // never kAuto
  // In words: how these programs come to know of accesses, and why not by better ones. Empty: another process chose.
  [[nodiscard]] const std::string& method() const;
  // Times that the kernel left a program out because it was running already on the same processor.
  [[nodiscard]] std::uint64_t left_out() const;

 private:
  struct Impl;
  explicit Programs(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Collects what libbpf has to say as long as it lives, instead of letting it print.
class LibbpfLog {
 public:
  LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog();
  // Its last lines that say why, at most LINES; verifier states are left out.
  [[nodiscard]] std::string tail(std::size_t most) const;

 private:
  std::string text_;
};

}  // namespace winnow::record
