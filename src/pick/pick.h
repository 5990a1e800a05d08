// SPDX-License-Identifier: Apache-2.0
// The parts of pick, the static program that copies listed entries of one tree into another inside a build stage.
// It runs as root in images that may hold nothing else, and on names and trees that may be hostile. No part allocates
// through the C++ library or throws: that keeps the program small enough to lie beside a Dockerfile.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>

namespace winnow::pick {

// Tells people what failed with NAME, escaped for a terminal, and why when ERROR is an errno value. Gives false.
bool complain(const char* what, const char* name, int error = 0);

// For an entry that keeps the mode that it has.
inline constexpr mode_t kItsOwn = ~mode_t{0};

// The names of a list file: "./usr/bin/x", each ended by NUL. Before a name may stand the mode to give it instead of
// its own, in octal digits: "4755:./usr/bin/x". What comes by way of a build context has lost some of it.
class NameList {
 public:
  NameList() = default;
  NameList(const NameList&) = delete;
  NameList& operator=(const NameList&) = delete;
  ~NameList();
  // Errors: it cannot be read; its last name has no end; a name is not "./" and components that are neither empty nor
  // "." nor "..".
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

// A directory tree that is entered only through directories: a component that is a link is never followed.
class Tree {
 public:
  Tree() = default;
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();
  bool open(const char* path);
  // mkdir(2), then open. Errors: it is there already, in whatever form.
  bool create(const char* path);
  // The directory that holds NAME; the tree's own, and good until the next call. -1: it could not be entered, which has
  // been said.
  int parent_of(const char* name);
  [[nodiscard]] int root() const { return root_; }

 private:
  int root_ = -1, parent_ = -1;
  const char* entered_ = nullptr;  // a name whose parent is parent_
};

// The first name under which each file with several was copied, by device and inode.
class LinkTable {
 public:
  LinkTable() = default;
  LinkTable(const LinkTable&) = delete;
  LinkTable& operator=(const LinkTable&) = delete;
  ~LinkTable();
  // The name given first for this file; null when NAME is that. Sets OK to false without memory.
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

// Copies the bytes of IN (at its start) to the empty file OUT; holes stay holes.
bool copy_content(int in, int out, off_t size, const char* name);
// Owner, then mode, then extended attributes, then modification time: each undoes part of what comes after it. The
// entries are LEAF in the open directories FROM and TO; STATUS is of the one in FROM.
bool copy_attributes(int from, int to, const char* leaf, const struct stat& status, const char* name);
// Makes NAME of FROM in TO, with MODE. A directory gets its attributes later: what they allow and when it was changed
// depends on what is put into it.
bool copy_entry(Tree& from, Tree& to, const char* name, mode_t mode, LinkTable& links);
// The attributes of NAME when it is a directory.
bool finish_directory(Tree& from, Tree& to, const char* name, mode_t mode);

}  // namespace winnow::pick
