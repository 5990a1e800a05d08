// SPDX-License-Identifier: Apache-2.0
// Trees that are entered one directory at a time, and which file has been seen under which name.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>

#include "pick/pick.h"

namespace winnow::pick {
namespace {

constexpr int kEnter = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// The directory named by the first LENGTH bytes at COMPONENT.
int enter(int directory, const char* component, std::size_t length) {
  char name[NAME_MAX + 1];
  if (length > NAME_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  ::memcpy(name, component, length);
  name[length] = '\0';
  return ::openat(directory, name, kEnter);
}

// Whether both names have one parent.
bool siblings(const char* one, const char* other) {
  const auto length = leaf_of(one) - one;
  return leaf_of(other) - other == length && ::memcmp(one, other, static_cast<std::size_t>(length)) == 0;
}

}  // namespace

Tree::~Tree() {
  if (parent_ >= 0 && parent_ != root_) ::close(parent_);
  if (root_ >= 0) ::close(root_);
}

bool Tree::open(const char* path) {
  root_ = ::open(path, kEnter);
  return root_ >= 0 || complain("entering", path, errno);
}

bool Tree::create(const char* path) {
  if (::mkdir(path, 0700) != 0) return complain("making", path, errno);
  return open(path);
}

int Tree::parent_of(const char* name) {
  if (entered_ != nullptr && siblings(entered_, name)) return parent_;
  if (parent_ >= 0 && parent_ != root_) ::close(parent_);
  entered_ = nullptr;
  parent_ = root_;
  const char* const leaf = leaf_of(name);
  for (const char* begin = name + 2; begin < leaf;) {
    const char* const end = ::strchrnul(begin, '/');
    const int next = enter(parent_, begin, static_cast<std::size_t>(end - begin));
    const int error = errno;
    if (parent_ != root_) ::close(parent_);
    parent_ = next;
    if (next < 0) {
      complain("no directory on the way to", name, error);
      return -1;
    }
    begin = end + 1;
  }
  entered_ = name;
  return parent_;
}

LinkTable::~LinkTable() { ::free(slots_); }

LinkTable::Slot* LinkTable::slot_of(dev_t device, ino_t inode) const {
  std::size_t at = (static_cast<std::uint64_t>(inode) * 0x9e3779b97f4a7c15u ^ device) & (capacity_ - 1);
  while (slots_[at].name != nullptr && (slots_[at].device != device || slots_[at].inode != inode))
    at = (at + 1) & (capacity_ - 1);
  return slots_ + at;
}

bool LinkTable::grow() {
  Slot* const old = slots_;
  const std::size_t had = capacity_;
  capacity_ = had == 0 ? 1024 : had * 2;
  slots_ = static_cast<Slot*>(::calloc(capacity_, sizeof *slots_));
  if (slots_ != nullptr)
    for (std::size_t at = 0; at < had; ++at)
      if (old[at].name != nullptr) *slot_of(old[at].device, old[at].inode) = old[at];
  ::free(old);
  return slots_ != nullptr;
}

const char* LinkTable::first_name(const struct stat& status, const char* name, bool& ok) {
  if (used_ * 2 >= capacity_ && !grow()) {
    ok = complain("no memory for the links of", name);
    return nullptr;
  }
  Slot* const slot = slot_of(status.st_dev, status.st_ino);
  if (slot->name != nullptr) return slot->name;
  *slot = {status.st_dev, status.st_ino, name};
  ++used_;
  return nullptr;
}

}  // namespace winnow::pick
