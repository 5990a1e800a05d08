// SPDX-License-Identifier: Apache-2.0
// What an entry has besides its content: owner, mode, extended attributes, modification time.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "pick/pick.h"

namespace winnow::pick {
namespace {

// What the machine that builds says of every file, not what the image holds: labels and measurements of its own policy.
constexpr const char* kOfTheHost[] = {"security.selinux", "security.ima", "security.evm"};

bool of_the_host(const char* attribute) {
  for (const char* const other : kOfTheHost)
    if (::strcmp(attribute, other) == 0) return true;
  return false;
}

// The calls take names, not descriptors: an open file is not to be had of links and devices. Names are looked up in the
// working directory, so that there is one component to look up, and it is not followed.
bool copy_xattrs(int from, int to, const char* leaf, const char* name) {
  static char attributes[XATTR_LIST_MAX];
  static char value[XATTR_SIZE_MAX];
  if (::fchdir(from) != 0) return complain("entering the directory of", name, errno);
  const ssize_t length = ::llistxattr(leaf, attributes, sizeof attributes);
  if (length < 0 && errno == ENOTSUP) return true;
  if (length < 0) return complain("listing the attributes of", name, errno);
  for (const char* attribute = attributes; attribute < attributes + length; attribute += ::strlen(attribute) + 1) {
    if (of_the_host(attribute)) continue;
    if (::fchdir(from) != 0) return complain("entering the directory of", name, errno);
    const ssize_t size = ::lgetxattr(leaf, attribute, value, sizeof value);
    if (size < 0) return complain("reading an attribute of", name, errno);
    if (::fchdir(to) != 0) return complain("entering the directory of", name, errno);
    if (::lsetxattr(leaf, attribute, value, static_cast<std::size_t>(size), 0) != 0)
      return complain("setting an attribute of", name, errno);
  }
  return true;
}

}  // namespace

bool copy_attributes(int from, int to, const char* leaf, const struct stat& status, const char* name) {
  if (::fchownat(to, leaf, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    return complain("giving an owner to", name, errno);
  // fchmodat follows links: what is no link here was made a moment ago in a tree that nobody else knows.
  if (!S_ISLNK(status.st_mode) && ::fchmodat(to, leaf, status.st_mode & 07777, 0) != 0)
    return complain("giving a mode to", name, errno);
  if (!copy_xattrs(from, to, leaf, name)) return false;
  const timespec times[] = {{0, UTIME_OMIT}, status.st_mtim};
  return ::utimensat(to, leaf, times, AT_SYMLINK_NOFOLLOW) == 0 || complain("giving a time to", name, errno);
}

}  // namespace winnow::pick
