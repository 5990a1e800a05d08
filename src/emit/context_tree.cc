// SPDX-License-Identifier: Apache-2.0
// Writing into a build context, component by component.
#include "emit/context_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ranges>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

Result<void> finish(int fd, std::uint32_t mode, std::int64_t mtime) {
  const std::array<timespec, 2> times = {{{0, UTIME_OMIT}, {mtime, mtime == 0 ? UTIME_OMIT : 0}}};
  if (::fchmod(fd, mode) != 0 || ::futimens(fd, times.data()) != 0)
    return std::unexpected(Error::from_errno("setting mode and time"));
  return {};
}

Result<void> write_leaf(int directory, const std::string& name, std::string_view content, std::uint32_t mode,
                        std::int64_t mtime) {
  if (::unlinkat(directory, name.c_str(), 0) != 0 && errno != ENOENT)
    return std::unexpected(Error::from_errno("replacing what is there"));
  const Fd fd(::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return std::unexpected(Error::from_errno("making the file"));
  TRY_DO(write_all(fd.get(), content));
  return finish(fd.get(), mode, mtime);
}

}  // namespace

Result<ContextTree> ContextTree::open(const std::string& directory) {
  TRY_DO(make_directory(directory));
  TRY(auto root, open_file(directory, O_RDONLY | O_DIRECTORY));
  return ContextTree(std::move(root));
}

Result<Fd> ContextTree::enter(std::string_view path) const {
  Fd fd(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  for (const std::string_view component : components_of(path)) {
    const std::string name(component);
    if (::mkdirat(fd.get(), name.c_str(), 0755) != 0 && errno != EEXIST)
      return std::unexpected(Error::from_errno("making directory " + printable(name)));
    Fd next(::openat(fd.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid()) {
      Error error = Error::from_errno("entering " + printable(name));
      if (errno == ENOTDIR || errno == ELOOP) error.hint = "remove it: it is a link, or no directory";
      return std::unexpected(error);
    }
    fd = std::move(next);
  }
  return fd;
}

Result<void> ContextTree::write(std::string_view path, std::string_view content, std::uint32_t mode,
                                std::int64_t mtime) const {
  const auto within = [&](const Error& error) { return std::unexpected(error.within("writing " + printable(path))); };
  const auto directory = enter(parent_of(path));
  if (!directory) return within(directory.error());
  if (auto written = write_leaf(directory->get(), std::string(base_name(path)), content, mode, mtime); !written)
    return within(written.error());
  return {};
}

Result<void> ContextTree::write(std::span<const Addition> additions, std::string_view prefix) const {
  const auto place = [&](const Addition& addition) { return std::string(prefix) + addition.entry.path; };
  for (const auto& [entry, content, unused] : additions)
    if (entry.type == EntryType::kFile)
      TRY_DO(write(std::string(prefix) + entry.path, content, entry.mode, entry.mtime));
  // A directory after what is in it, which its mode might forbid to make.
  for (const Addition& addition : additions | std::views::reverse) {
    if (addition.entry.type != EntryType::kDirectory) continue;
    const auto directory = enter(place(addition));
    const auto done = directory ? finish(directory->get(), addition.entry.mode, addition.entry.mtime)
                                : Result<void>(std::unexpected(directory.error()));
    if (!done) return std::unexpected(done.error().within("writing " + printable(place(addition))));
  }
  return {};
}

}  // namespace winnow
