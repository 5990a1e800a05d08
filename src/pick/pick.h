// SPDX-License-Identifier: Apache-2.0
// The parts of pick, the static program that copies listed entries of one tree into another inside a build stage.
// It runs as root in images that may hold nothing else; names and trees may be hostile. No part throws or allocates
// through the C++ library: that keeps the program small enough to be put beside a Dockerfile.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>

namespace winnow::pick {

// Prints what failed with NAME, escaped for a terminal, and why if ERROR is an errno value (not 0). Returns false.
// Functions below that return bool return false after they have called this.
bool complain(const char* what, const char* name, int error = 0);

// In place of a mode: the entry keeps the mode that it has in the source tree.
inline constexpr mode_t kItsOwn = ~mode_t{0};

// The names of a list file: "./usr/bin/x", each followed by a NUL byte. A name may have a prefix, the mode to give it
// in octal digits: "4755:./usr/bin/x". It is for files from the build context, which does not carry all bits of a mode.
class NameList {
 public:
  NameList() = default;
  NameList(const NameList&) = delete;
  NameList& operator=(const NameList&) = delete;
  ~NameList();
  // Errors: the file cannot be read; its last name has no NUL; a name is not "./" and components that are neither empty
  // nor "." nor "..".
  bool load(const char* file);
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] const char* operator[](std::size_t at) const { return names_[at].name; }
  [[nodiscard]] mode_t mode(std::size_t at) const { return names_[at].mode; }

 private:
  struct Name {
    const char* name;
    mode_t mode;
  };
  bool read(const char* file);
  bool split();
  char* text_ = nullptr;
  std::size_t length_ = 0;
  Name* names_ = nullptr;
  std::size_t count_ = 0;
};

// The last component of a name of a list.
const char* leaf_of(const char* name);

// A directory tree that is entered only through directories: a link is never followed.
class Tree {
 public:
  Tree() = default;
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();
  bool open(const char* path);
  // Makes the directory PATH and opens it. Error: PATH exists already, whatever it is.
  bool create(const char* path);
  // Returns a descriptor of the directory that holds NAME; the tree owns it, and it is valid until the next call.
  // Returns -1 if it cannot be entered, after complain().
  int parent_of(const char* name);
  [[nodiscard]] int root() const { return root_; }

 private:
  int root_ = -1, parent_ = -1;
  const char* entered_ = nullptr;  // a name in the directory parent_
};

// Remembers for each file with several names the first one under which it was copied, by device and inode.
class LinkTable {
 public:
  LinkTable() = default;
  LinkTable(const LinkTable&) = delete;
  LinkTable& operator=(const LinkTable&) = delete;
  ~LinkTable();
  // Returns the first name of the file with STATUS; null if NAME is the first one. Sets OK to false if there is no
  // memory.
  const char* first_name(const struct stat& status, const char* name, bool& ok);

 private:
  struct Slot {
    dev_t device;
    ino_t inode;
    const char* name;
  };
  [[nodiscard]] Slot* slot_of(dev_t device, ino_t inode) const;
  bool grow();
  Slot* slots_ = nullptr;
  std::size_t capacity_ = 0, used_ = 0;
};

// Copies SIZE bytes of IN, from its beginning, to the empty file OUT; holes stay holes.
bool copy_content(int in, int out, off_t size, const char* name);
// Copies the owner, then the mode, then extended attributes, then the modification time: setting one of them can change
// those that come after it. The entries are LEAF in the open directories FROM and TO; STATUS is that of the one in
// FROM.
bool copy_attributes(int from, int to, const char* leaf, const struct stat& status, const char* name);
// Copies NAME of FROM into TO, with MODE. A directory gets its attributes later, by finish_directory(): its mode could
// forbid to put something in, and its time changes when something is put in.
bool copy_entry(Tree& from, Tree& to, const char* name, mode_t mode, LinkTable& links);
// Copies the attributes of NAME if it is a directory.
bool finish_directory(Tree& from, Tree& to, const char* name, mode_t mode);

}  // namespace winnow::pick
