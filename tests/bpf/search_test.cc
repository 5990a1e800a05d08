// SPDX-License-Identifier: Apache-2.0
// An import system's search for modules, told from a program's own listing of a directory.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>

#include "workload.h"

namespace winnow::test {
namespace {

class Search : public BpfTest {
 protected:
  void look(int times) const {
    struct stat found{};
    for (int i = 0; i < times; ++i)
      if (::stat(directory_.c_str(), &found) != 0) ::_exit(1);
  }
  void list() const {
    DIR* const open = ::opendir(directory_.c_str());
    if (open == nullptr) ::_exit(2);
    while (::readdir(open) != nullptr) continue;
    ::closedir(open);
  }
  void import() const {
    look(3);
    list();
  }
  // What was recorded of the names in a directory of its own that WORK reads: "search", "list" or both.
  std::string read(const std::function<void()>& work) {
    const std::string name = "modules" + std::to_string(++directories_);
    directory_ = tree.directory(name);
    (void)tree.file(name + "/a.py");
    std::set<std::string> kinds;
    for (const std::string& line : recorded(work))
      for (const char* const kind : {"list", "search"})
        if (line.ends_with("./" + name) && line.substr(0, line.find(' ')).find(kind) != std::string::npos)
          kinds.insert(kind);
    return fmt::format("{}", fmt::join(kinds, ","));
  }
  int directories_ = 0;
  std::string directory_;
};

TEST_F(Search, IsAListingAfterThreeLooks) {
  EXPECT_EQ(read([&] { import(); }), "search");
}

TEST_F(Search, IsNoListingAfterFewerOrMoreLooks) {
  for (const int times : {0, 1, 2, 4})
    EXPECT_EQ(read([&] {
                look(times);
                list();
              }),
              "list")
        << times;
}

TEST_F(Search, HidesNoListingThatTheProgramMakesBesideIt) {
  EXPECT_EQ(read([&] {
              import();
              list();
            }),
            "list,search");
  EXPECT_EQ(read([&] {
              list();
              import();
            }),
            "list,search");
  EXPECT_EQ(read([&] {
              import();
              look(1);  // as pathlib does
              list();
            }),
            "list,search");
}

TEST_F(Search, IsMadeOnceInAProcess) {
  EXPECT_EQ(read([&] {
              import();
              import();
            }),
            "list,search");
  EXPECT_EQ(read([&] {
              import();
              std::thread([&] { import(); }).join();
            }),
            "list,search");
  EXPECT_EQ(read([&] {
              import();
              if (::fork() == 0) {
                import();
                ::_exit(0);
              }
              ::wait(nullptr);
            }),
            "search")
      << "a child that searches for itself";
}

TEST_F(Search, IsNoListingAfterLooksAtSomethingElse) {
  const std::string other = tree.directory("other");
  struct stat found{};
  EXPECT_EQ(read([&] {
              look(2);
              if (::stat(other.c_str(), &found) != 0) ::_exit(3);
              look(1);
              list();
            }),
            "list");
  EXPECT_EQ(read([&] {
              look(3);
              if (::open(other.c_str(), O_RDONLY | O_DIRECTORY) < 0) ::_exit(3);
              list();
            }),
            "list");
}

TEST_F(Search, IsOfOneThread) {
  EXPECT_EQ(read([&] {
              look(3);
              std::thread([&] { list(); }).join();
            }),
            "list");
  EXPECT_EQ(read([&] { std::thread([&] { import(); }).join(); }), "search");
}

}  // namespace
}  // namespace winnow::test
