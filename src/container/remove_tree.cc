// SPDX-License-Identifier: Apache-2.0
// Removes a directory tree that a container could write to: of any depth, with no link followed and no mount entered.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "container/debris.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow::container {
namespace {

constexpr std::size_t kMaxOpen = 32;  // directories that are open at the same time

using Listing = std::unique_ptr<DIR, int (*)(DIR*)>;

// A directory on the way down: its entries are read and removed one by one.
struct Level {
  std::string name;  // in the level above
  Listing entries{nullptr, ::closedir};
  [[nodiscard]] int fd() const { return ::dirfd(entries.get()); }
};

Result<bool> is_mount(int directory, const char* name) {
  struct statx status{};
  if (::statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &status) != 0) {
    if (errno == ENOENT) return false;
    return std::unexpected(Error::from_errno("looking at " + printable(name)));
  }
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

Result<Level> enter(int parent, const std::string& name) {
  TRY(const auto mounted, is_mount(parent, name.c_str()));
  if (mounted) return fail("something is mounted on " + printable(name), "unmount it; winnow removes nothing in it");
  const int fd = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return std::unexpected(Error::from_errno("entering " + printable(name)));
  Level level{name, Listing(::fdopendir(fd), ::closedir)};
  if (level.entries) return level;
  ::close(fd);
  return std::unexpected(Error::from_errno("listing " + printable(name)));
}

class Removal {
 public:
  explicit Removal(int parent) : parent_(parent) {}

  Result<void> run(const std::string& name) {
    TRY(auto top, enter(parent_, name));
    levels_.push_back(std::move(top));
    while (!levels_.empty()) TRY_DO(step());
    return {};
  }

 private:
  Result<void> step() {
    Level& level = levels_.back();
    const dirent* const one = ::readdir(level.entries.get());  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (one == nullptr) return leave();
    const std::string name = one->d_name;
    if (name == "." || name == "..") return {};
    if (::unlinkat(level.fd(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
    const int failed = errno;
    if (failed != EISDIR && failed != EPERM && failed != EBUSY)
      return std::unexpected(Error::from_errno("removing " + printable(name), failed));
    if (levels_.size() < kMaxOpen) return descend(level.fd(), name);
    // Too deep: it becomes a directory of the top, which is listed again until it is empty.
    moved_ = true;
    const std::string flat = fmt::format(".{}", next_++);
    if (::renameat(level.fd(), name.c_str(), levels_.front().fd(), flat.c_str()) == 0 || errno == EEXIST ||
        errno == ENOTEMPTY)
      return {};
    return std::unexpected(Error::from_errno("moving " + printable(name)));
  }

  Result<void> descend(int directory, const std::string& name) {
    TRY(auto below, enter(directory, name));
    levels_.push_back(std::move(below));
    return {};
  }

  Result<void> leave() {
    if (levels_.size() == 1 && moved_) {
      moved_ = false;
      ::rewinddir(levels_.back().entries.get());
      return {};
    }
    const std::string name = std::move(levels_.back().name);
    levels_.pop_back();
    const int above = levels_.empty() ? parent_ : levels_.back().fd();
    if (::unlinkat(above, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
    // What was not moved for want of a free name is found when the directory is listed again.
    if (errno == ENOTEMPTY) return descend(above, name);
    return std::unexpected(Error::from_errno("removing directory " + printable(name)));
  }

  int parent_;
  std::vector<Level> levels_;
  std::size_t next_ = 0;
  bool moved_ = false;
};

}  // namespace

Result<void> remove_tree(const std::string& directory) {
  const auto slash = directory.find_last_not_of('/');
  const std::string path = directory.substr(0, slash + 1);
  TRY(const auto parent, open_file(std::string(parent_of(path)), O_PATH | O_DIRECTORY));
  auto removed = Removal(parent.get()).run(std::string(base_name(path)));
  return removed ? std::move(removed) : std::unexpected(removed.error().within("removing " + printable(directory)));
}

}  // namespace winnow::container
