// SPDX-License-Identifier: Apache-2.0
// Temporary names beside the place where output goes, so that rename(2) is atomic.
#include "image/write/staged.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// "DIR/" and "DIR" are the same place; only the second can be given a suffix.
std::string temporary_for(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path + ".XXXXXX";
}

}  // namespace

Result<StagedFile> StagedFile::create(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return fail(printable(path) + " is not a regular file");
  std::string temporary = temporary_for(path);
  StagedFile staged;
  staged.fd_ = Fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!staged.fd_.valid()) return std::unexpected(Error::from_errno("making a file beside " + printable(path)));
  staged.temporary_ = std::move(temporary);
  return staged;
}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> StagedFile::commit(const std::string& path) {
  if (::fchmod(fd_.get(), 0644) != 0 || ::fsync(fd_.get()) != 0)
    return std::unexpected(Error::from_errno("syncing " + printable(path)));
  if (::rename(temporary_.c_str(), path.c_str()) != 0)
    return std::unexpected(Error::from_errno("renaming to " + printable(path)));
  temporary_.clear();
  return {};
}

Result<StagedDirectory> StagedDirectory::create(const std::string& path) {
  std::string temporary = temporary_for(path);
  if (::mkdtemp(temporary.data()) == nullptr)
    return std::unexpected(Error::from_errno("making a directory beside " + printable(path)));
  StagedDirectory staged;
  staged.temporary_ = std::move(temporary);
  return staged;
}

StagedDirectory::~StagedDirectory() {
  std::error_code ignored;  // nothing more can be done about a temporary directory
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
}

Result<void> StagedDirectory::commit(const std::string& path) {
  if (::chmod(temporary_.c_str(), 0755) != 0 || ::rename(temporary_.c_str(), path.c_str()) != 0)
    return std::unexpected(Error::from_errno("renaming to " + printable(path)));
  temporary_.clear();
  return {};
}

}  // namespace winnow
