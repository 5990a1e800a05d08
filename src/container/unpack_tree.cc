// SPDX-License-Identifier: Apache-2.0
// Every way into the tree is openat2(2) without links; every last component is made, or named without being followed.
#include "container/unpack_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/container/unpack.h"

namespace winnow {
namespace {

constexpr std::uint32_t kMaxNanoseconds = 999'999'999;
// What overlayfs itself keeps in a layer's files: an image's may not tell it where a file is.
constexpr std::string_view kOfOverlay = "trusted.overlay.";

Result<bool> is_empty(const Fd& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0)),
                                                   ::closedir);
  if (!stream) return std::unexpected(Error::from_errno("listing it"));
  while (const dirent* const one = ::readdir(stream.get()))  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (std::string_view(one->d_name) != "." && std::string_view(one->d_name) != "..") return false;
  return true;
}

timespec mtime_of(const Entry& entry) {
  return {entry.mtime, static_cast<long>(std::min(entry.mtime_ns, kMaxNanoseconds))};
}

}  // namespace

Result<UnpackTree> UnpackTree::at(const std::string& directory) {
  TRY(auto root, open_file(directory, O_RDONLY | O_DIRECTORY));
  const auto empty = is_empty(root);
  if (!empty) return std::unexpected(empty.error().within(printable(directory)));
  if (!*empty) return fail(printable(directory) + " is not empty", "name a directory that an image can be put into");
  return UnpackTree(std::move(root));
}

Result<Fd> UnpackTree::enter(std::string_view place, int flags) const {
  const std::string below = place.empty() ? "." : std::string(place.substr(1));
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags) | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  Fd fd(static_cast<int>(::syscall(SYS_openat2, root_.get(), below.c_str(), &how, sizeof how)));
  if (!fd.valid()) return std::unexpected(Error::from_errno("entering directory /" + printable(below)));
  return fd;
}

Result<int> UnpackTree::parent_of(std::string_view place) {
  const std::string_view parent = place.substr(0, place.rfind('/'));
  if (parent_.valid() && parent == parent_place_) return parent_.get();
  TRY(parent_, enter(parent, O_PATH));
  parent_place_ = parent;
  return parent_.get();
}

Result<Fd> UnpackTree::open(std::string_view place) const { return enter(place, O_RDONLY); }

Result<void> UnpackTree::link(std::string_view first, std::string_view place) {
  TRY(const auto held, enter(first.substr(0, first.rfind('/')), O_PATH));
  TRY(const auto parent, parent_of(place));
  const std::string from(base_name(first));
  if (::linkat(held.get(), from.c_str(), parent, std::string(base_name(place)).c_str(), 0) == 0) return {};
  const int failed = errno;
  if (failed == ENOENT && left_out_count_ > 0) return {};  // a node that could not be made has no names
  return std::unexpected(Error::from_errno("linking it to " + printable(first), failed));
}

void UnpackTree::leave_out(const Entry& entry, const Error& why) {
  if (left_out_.size() < kMaxLeftOut) left_out_.push_back(printable(entry.path) + ": " + why.what);
  ++left_out_count_;
}

// SET gives a value to a name as setxattr(2) does.
template <class Set>
void UnpackTree::set_attributes(const Entry& entry, const Set& set) {
  for (const auto& [name, value] : entry.xattrs) {
    if (name.starts_with(kOfOverlay))
      leave_out(entry, Error{printable(name) + " is for the file system's own use"});
    else if (set(name.c_str(), value.data(), value.size()) != 0)
      leave_out(entry, Error::from_errno("setting " + printable(name)));
  }
}

// The owner first: giving one takes setuid bits and capabilities away.
Result<void> UnpackTree::finish(int fd, const Entry& entry) {
  if (::fchown(fd, entry.uid, entry.gid) != 0) return std::unexpected(Error::from_errno("giving it an owner"));
  if (::fchmod(fd, entry.mode & 07777) != 0) return std::unexpected(Error::from_errno("giving it a mode"));
  set_attributes(entry, [&](const char* name, const char* value, std::size_t size) {
    return ::fsetxattr(fd, name, value, size, 0);
  });
  const timespec times[] = {{0, UTIME_OMIT}, mtime_of(entry)};
  return ::futimens(fd, times) == 0 ? Result<void>{} : std::unexpected(Error::from_errno("giving it a time"));
}

Result<void> UnpackTree::finish(int directory, const std::string& name, const Entry& entry) {
  if (::fchownat(directory, name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return std::unexpected(Error::from_errno("giving it an owner"));
  // fchmodat(2) follows links; what is no link here was made a moment ago where nobody else writes.
  if (entry.type != EntryType::kSymlink && ::fchmodat(directory, name.c_str(), entry.mode & 07777, 0) != 0)
    return std::unexpected(Error::from_errno("giving it a mode"));
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory, name);  // there is no lsetxattrat
  set_attributes(entry, [&](const char* attribute, const char* value, std::size_t size) {
    return ::lsetxattr(path.c_str(), attribute, value, size, 0);
  });
  const timespec times[] = {{0, UTIME_OMIT}, mtime_of(entry)};
  return ::utimensat(directory, name.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0
             ? Result<void>{}
             : std::unexpected(Error::from_errno("giving it a time"));
}

}  // namespace winnow
