// SPDX-License-Identifier: Apache-2.0
// Makes, sweeps and removes the directories of runs.
#include "cli/run_home.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "cli/cli.h"
#include "winnow/container.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLock = ".lock";

// The lock lies beside the directory: it outlives it.
Result<Fd> lock(const std::string& file, int how) {
  auto fd = open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!fd) return fd;
  if (::flock(fd->get(), how) != 0) return std::unexpected(Error::from_errno("locking " + printable(file)));
  return fd;
}

void remove_one(const std::string& directory) {
  if (auto removed = remove_bundle(directory); !removed) return say("winnow: " + removed.error().what);
  ::unlink((directory + std::string(kLock)).c_str());
}

// Under the lock of BASE. A lock that can be had belongs to nobody.
void sweep(const std::string& base) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(base, error)) {
    std::string name = entry.path().string();
    if (!name.ends_with(kLock) || entry.path().filename() == kLock) continue;
    if (const auto dead = lock(name, LOCK_EX | LOCK_NB)) remove_one(name.substr(0, name.size() - kLock.size()));
  }
}

}  // namespace

Result<RunHome> RunHome::make() {
  const char* const chosen = std::getenv("WINNOW_STATE");  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  const std::string base = std::string(chosen != nullptr && *chosen == '/' ? chosen : "/var/lib/winnow") + "/runs";
  std::error_code error;
  fs::create_directories(base, error);
  const auto held = lock(base + "/" + std::string(kLock), LOCK_EX);
  if (!held) {
    Error told = held.error();
    told.hint = "name a directory that can be written in WINNOW_STATE";
    return std::unexpected(told);
  }
  sweep(base);
  std::string directory = base + "/XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr)
    return std::unexpected(Error::from_errno("making " + printable(directory)));
  auto own = lock(directory + std::string(kLock), LOCK_EX);
  if (!own) return std::unexpected(own.error());
  return RunHome(std::move(directory), *std::move(own));
}

RunHome::RunHome(RunHome&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), lock_(std::move(other.lock_)) {}

RunHome::~RunHome() {
  if (!directory_.empty()) remove_one(directory_);
}

}  // namespace winnow::cli
