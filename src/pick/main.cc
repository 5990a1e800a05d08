// SPDX-License-Identifier: Apache-2.0
// pick DEST TREE LIST [TREE LIST]...: makes the directory DEST and copies into it what each LIST names of its TREE.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "pick/pick.h"

namespace winnow::pick {
namespace {

struct Source {
  Tree tree;
  NameList names;
};

// A stage that runs has file systems of the kernel there, not what the image holds.
constexpr const char* kOfTheKernel[] = {"./dev", "./proc", "./sys"};

bool of_the_kernel(const char* name) {
  for (const char* const mount : kOfTheKernel) {
    const std::size_t length = ::strlen(mount);
    if (::strncmp(name, mount, length) == 0 && (name[length] == '\0' || name[length] == '/')) return true;
  }
  return false;
}

bool copy_all(Source& source, Tree& to, LinkTable& links) {
  for (std::size_t at = 0; at < source.names.size(); ++at) {
    const char* const name = source.names[at];
    if (!of_the_kernel(name) && !copy_entry(source.tree, to, name, source.names.mode(at), links)) return false;
  }
  return true;
}

// From the end: a directory comes after what is in it, which its attributes might forbid to touch.
bool finish_all(Source& source, Tree& to) {
  for (std::size_t at = source.names.size(); at-- > 0;) {
    const char* const name = source.names[at];
    if (!of_the_kernel(name) && !finish_directory(source.tree, to, name, source.names.mode(at))) return false;
  }
  return true;
}

// The root of the new tree is like that of the first one.
bool finish_root(const Tree& from, const Tree& to) {
  struct stat status{};
  if (::fstatat(from.root(), ".", &status, 0) != 0) return complain("looking at", "the root", errno);
  return copy_attributes(from.root(), to.root(), ".", status, "the root");
}

bool pick(const char* destination, char** words, std::size_t count) {
  Source sources[4];
  for (std::size_t at = 0; at < count; ++at)
    if (!sources[at].tree.open(words[2 * at]) || !sources[at].names.load(words[2 * at + 1])) return false;
  Tree to;
  LinkTable links;
  if (!to.create(destination)) return false;
  for (std::size_t at = 0; at < count; ++at)
    if (!copy_all(sources[at], to, links)) return false;
  for (std::size_t at = count; at-- > 0;)
    if (!finish_all(sources[at], to)) return false;
  return finish_root(sources[0].tree, to);
}

}  // namespace
}  // namespace winnow::pick

int main(int argc, char** argv) {
  if (argc < 4 || argc > 10 || argc % 2 != 0) {
    winnow::pick::complain("usage:", "pick DEST TREE LIST [TREE LIST]...");
    return 2;
  }
  ::umask(0);
  return winnow::pick::pick(argv[1], argv + 2, static_cast<std::size_t>(argc - 2) / 2) ? 0 : 1;
}
