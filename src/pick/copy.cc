// SPDX-License-Identifier: Apache-2.0
// One entry from a tree to the same place in another: content, links, nodes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "pick/pick.h"

namespace winnow::pick {
namespace {

// Copies [BEGIN, END) through memory. Gives false with errno set.
bool copy_through_memory(int in, int out, off_t begin, off_t end) {
  static char buffer[1 << 17];
  while (begin < end) {
    const off_t left = end - begin;
    const auto want = left < static_cast<off_t>(sizeof buffer) ? static_cast<std::size_t>(left) : sizeof buffer;
    const ssize_t n = ::pread(in, buffer, want, begin);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;  // shorter than it was a moment ago
    if (n <= 0) return false;
    for (ssize_t done = 0; done < n;) {
      const ssize_t written = ::pwrite(out, buffer + done, static_cast<std::size_t>(n - done), begin + done);
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) done += written;
    }
    begin += n;
  }
  return true;
}

// The same by the kernel, which can share blocks; what it cannot do goes through memory.
bool copy_range(int in, int out, off_t begin, off_t end) {
  off_t from = begin, to = begin;
  while (from < end) {
    const ssize_t n = ::copy_file_range(in, &from, out, &to, static_cast<std::size_t>(end - from), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return copy_through_memory(in, out, from, end);
  }
  return true;
}

bool copy_file(int from, int to, const char* leaf, const struct stat& status, const char* name) {
  const int in = ::openat(from, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (in < 0) return complain("opening", name, errno);
  struct stat opened{};
  bool done = ::fstat(in, &opened) == 0 && opened.st_ino == status.st_ino && opened.st_dev == status.st_dev;
  if (!done) complain("changed while it was copied:", name);
  if (done) {
    const int out = ::openat(to, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    done = out >= 0 ? copy_content(in, out, status.st_size, name) : complain("making", name, errno);
    if (out >= 0 && ::close(out) != 0 && done) done = complain("writing", name, errno);
  }
  ::close(in);
  return done;
}

bool copy_symlink(int from, int to, const char* leaf, const char* name) {
  static char target[PATH_MAX + 1];
  const ssize_t length = ::readlinkat(from, leaf, target, sizeof target);
  if (length < 0) return complain("reading the link", name, errno);
  if (length == sizeof target) return complain("the target is too long:", name);
  target[length] = '\0';
  return ::symlinkat(target, to, leaf) == 0 || complain("making the link", name, errno);
}

bool make_entry(int from, int to, const char* leaf, const struct stat& status, const char* name) {
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return copy_file(from, to, leaf, status, name);
    case S_IFLNK:
      return copy_symlink(from, to, leaf, name);
    case S_IFDIR:
      return ::mkdirat(to, leaf, 0700) == 0 || complain("making the directory", name, errno);
    case S_IFIFO:
    case S_IFCHR:
    case S_IFBLK:
      return ::mknodat(to, leaf, (status.st_mode & S_IFMT) | 0600, status.st_rdev) == 0 ||
             complain("making the node", name, errno);
    default:
      return complain("not a kind of entry that an image holds:", name);
  }
}

// Another name for what was copied as FIRST.
bool make_hard_link(Tree& to, const char* first, const char* name) {
  int held = to.parent_of(first);
  if (held < 0) return false;
  held = ::dup(held);  // the next question may close it
  const int parent = held < 0 ? -1 : to.parent_of(name);
  const bool done = parent >= 0 && ::linkat(held, leaf_of(first), parent, leaf_of(name), 0) == 0;
  if (!done && parent >= 0) complain("linking", name, errno);
  if (held >= 0) ::close(held);
  return done;
}

// Enters the directories of NAME in both trees and reads its STATUS in FROM, with MODE in place of its own.
bool look_at(Tree& from, Tree& to, const char* name, mode_t mode, int& in, int& out, struct stat& status) {
  in = from.parent_of(name);
  out = in < 0 ? -1 : to.parent_of(name);
  if (out < 0) return false;
  if (::fstatat(in, leaf_of(name), &status, AT_SYMLINK_NOFOLLOW) != 0) return complain("looking at", name, errno);
  if (mode != kItsOwn) status.st_mode = (status.st_mode & S_IFMT) | mode;
  return true;
}

}  // namespace

bool copy_content(int in, int out, off_t size, const char* name) {
  off_t data = 0, hole = 0;
  while (hole < size) {
    data = ::lseek(in, hole, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // only a hole is left
    if (data < 0) data = hole;              // holes are not known here: all of it is data
    hole = ::lseek(in, data, SEEK_HOLE);
    if (hole < 0 || hole > size) hole = size;
    if (!copy_range(in, out, data, hole)) return complain("copying", name, errno);
  }
  return ::ftruncate(out, size) == 0 || complain("writing", name, errno);
}

bool copy_entry(Tree& from, Tree& to, const char* name, mode_t mode, LinkTable& links) {
  int in = -1, out = -1;
  struct stat status{};
  if (!look_at(from, to, name, mode, in, out, status)) return false;
  if (!S_ISDIR(status.st_mode) && status.st_nlink > 1) {
    bool ok = true;
    if (const char* const first = links.first_name(status, name, ok)) return make_hard_link(to, first, name);
    if (!ok) return false;
  }
  if (!make_entry(in, out, leaf_of(name), status, name)) return false;
  return S_ISDIR(status.st_mode) || copy_attributes(in, out, leaf_of(name), status, name);
}

bool finish_directory(Tree& from, Tree& to, const char* name, mode_t mode) {
  int in = -1, out = -1;
  struct stat status{};
  if (!look_at(from, to, name, mode, in, out, status)) return false;
  return !S_ISDIR(status.st_mode) || copy_attributes(in, out, leaf_of(name), status, name);
}

}  // namespace winnow::pick
