// SPDX-License-Identifier: Apache-2.0
// The fixed bounds on hostile images, and the budget that the layers of one image share.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "winnow/base/error.h"
#include "winnow/image/image.h"

namespace winnow {

inline constexpr std::size_t kMaxLayers = 512;                      // engines stop at 127
inline constexpr std::size_t kMaxArchiveMembers = 65'536;           // of a docker-archive or OCI archive
inline constexpr std::size_t kMaxDocument = std::size_t{16} << 20;  // a manifest or config; registries allow 4 MiB
inline constexpr std::size_t kMaxStoreFile = std::size_t{1} << 30;  // an engine's own list of images or layers
inline constexpr std::size_t kMaxJsonDepth = 64;
inline constexpr std::size_t kMaxPath = 4096;                      // PATH_MAX, limits.h(0P)
inline constexpr std::size_t kMaxName = 255;                       // NAME_MAX
inline constexpr std::size_t kMaxXattrs = std::size_t{256} << 10;  // names and values of one entry
inline constexpr std::uint64_t kMaxSteps = 20'000'000;  // components of links on the way to members, of all layers
inline constexpr std::size_t kMaxElf = std::size_t{512} << 20;  // larger ELF files have no facts
inline constexpr std::size_t kMaxLent = std::size_t{1} << 30;   // content held in memory as a whole, of all threads
inline constexpr std::size_t kMaxNeeded = 4096;                 // DT_NEEDED entries and search directories of one file
inline constexpr std::size_t kMaxShebang = 4096;                // the kernel reads 256 bytes (BINPRM_BUF_SIZE)
inline constexpr std::size_t kMaxJar = std::size_t{256} << 20;  // larger jars name no owner
inline constexpr std::size_t kMaxConda = std::size_t{4} << 20;  // larger lists of conda's files are not read
inline constexpr std::size_t kMaxScript = std::size_t{256} << 10;       // larger scripts name no commands or modules
inline constexpr std::size_t kMaxMentions = 512;                        // names in FileFacts::mentions of one file
inline constexpr std::size_t kMaxPackageData = std::size_t{256} << 20;  // larger package databases are not read
inline constexpr std::size_t kMaxText = std::size_t{1} << 20;           // larger database files have no facts

// What reading the layers of one image has cost so far. Its threads share it. The charge functions return an error once
// a limit is exceeded.
class Budget {
 public:
  // Memory for the content of one file that is needed as a whole; it is given back with the object.
  class Loan {
   public:
    Loan() = default;
    Loan(Budget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}
    Loan(Loan&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Loan& operator=(Loan&& other) noexcept;
    ~Loan();

   private:
    Budget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  explicit Budget(const Limits& limits) : limits_(limits) {}
  // Charges one more entry, whose names, attributes and facts take BYTES.
  Result<void> charge(std::size_t bytes);
  // Charge BYTES more of uncompressed layers, and of holes in sparse files, which no layer stores.
  Result<void> charge_stream(std::uint64_t bytes);
  Result<void> charge_holes(std::uint64_t bytes);
  // Charges one more component of a link on the way to a member.
  Result<void> charge_step();
  // Lends BYTES (at most kMaxElf), and waits until so much is free: a small image can hold many files that are large
  // once they are uncompressed. A thread must give one loan back before it borrows again.
  Loan borrow(std::size_t bytes);
  [[nodiscard]] const Limits& limits() const { return limits_; }

 private:
  void give_back(std::size_t bytes);

  const Limits limits_;
  std::atomic<std::uint64_t> entries_ = 0;
  std::atomic<std::uint64_t> metadata_ = 0;
  std::atomic<std::uint64_t> stream_ = 0;
  std::atomic<std::uint64_t> holes_ = 0;
  std::atomic<std::uint64_t> steps_ = 0;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t lent_ = 0;  // guarded by mutex_
};

}  // namespace winnow
