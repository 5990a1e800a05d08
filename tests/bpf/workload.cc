// SPDX-License-Identifier: Apache-2.0
// Cgroups, directories and children of the tests.
#include "workload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace winnow::test {
namespace {

namespace fs = std::filesystem;

std::string relative_to(const std::string& root, const std::string& path) {
  return path == root || path.starts_with(root + "/") ? fmt::format(".{}", path.substr(root.size())) : path;
}

}  // namespace

TestCgroup::TestCgroup(const std::string& name) {
  static int count = 0;
  const std::string unique = name.empty() ? fmt::format("winnow-test-{}-{}", ::getpid(), ++count) : name;
  const auto mount = cgroup2_mount();
  if (!mount) throw std::runtime_error(mount.error().what);
  directory_ = *mount + "/" + unique;
  if (::mkdir(directory_.c_str(), 0755) != 0) throw std::runtime_error("cannot make " + directory_);
  cgroup_ = *cgroup_at(directory_);
}

TestCgroup::~TestCgroup() {
  finish();
  std::vector<std::string> directories = {directory_};
  for (const auto& entry : fs::recursive_directory_iterator(directory_))
    if (entry.is_directory()) directories.push_back(entry.path());
  std::ranges::sort(directories, std::greater());  // the deepest first
  for (const auto& directory : directories)        // busy for a moment more after its last thread was waited for
    for (int tries = 0; tries < 1000 && ::rmdir(directory.c_str()) != 0 && errno == EBUSY; ++tries) ::usleep(1000);
}

int TestCgroup::run(const std::function<void()>& work) const {
  const auto procs = open_file(directory_ + "/cgroup.procs", O_WRONLY);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::write(procs->get(), "0", 1) != 1) ::_exit(99);
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t TestCgroup::start(const std::function<void()>& work) {
  const auto procs = open_file(directory_ + "/cgroup.procs", O_WRONLY);
  int down[2];
  int up[2];
  if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0) throw std::runtime_error("no pipes");
  child_ = ::fork();
  char byte = 0;
  if (child_ == 0) {
    ::close(down[1]);
    if (::write(procs->get(), "0", 1) != 1) ::_exit(99);
    work();
    if (::write(up[1], "x", 1) != 1) ::_exit(98);
    ::_exit(::read(down[0], &byte, 1) >= 0 ? 0 : 97);
  }
  ::close(down[0]);
  ::close(up[1]);
  to_child_ = Fd(down[1]);
  const Fd from_child(up[0]);
  if (::read(from_child.get(), &byte, 1) != 1) throw std::runtime_error("the child ended early");
  return child_;
}

void TestCgroup::finish() {
  if (child_ == 0) return;
  to_child_ = Fd();
  ::waitpid(child_, nullptr, 0);
  child_ = 0;
}

Tree::Tree() {
  root_ = fs::canonical(fs::temp_directory_path()).string() + "/winnow-bpf-XXXXXX";
  if (::mkdtemp(root_.data()) == nullptr) throw std::runtime_error("cannot make " + root_);
  ::chmod(root_.c_str(), 0755);
}

Tree::~Tree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::string Tree::file(const std::string& name, const std::string& content, unsigned mode) const {
  std::ofstream(at(name)) << content;
  ::chmod(at(name).c_str(), mode);
  return at(name);
}

std::string Tree::directory(const std::string& name) const {
  fs::create_directories(at(name));
  return at(name);
}

std::string Tree::link(const std::string& name, const std::string& to) const {
  fs::create_symlink(to, at(name));
  return at(name);
}

std::vector<std::string> lines_of(const AccessProfile& profile, const std::string& root) {
  Lines lines;
  for (const auto& [key, access] : profile.accesses) {
    if (!access.path.starts_with(root) && !access.resolved.starts_with(root)) continue;
    std::string line = fmt::format("{} {}", fmt::join(access.kinds.names(), ","), relative_to(root, access.path));
    if (!access.resolved.empty()) line += " -> " + relative_to(root, access.resolved);
    lines.push_back(line);
  }
  std::ranges::sort(lines);
  return lines;
}

void BpfTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: CAP_BPF, CAP_PERFMON and a cgroup of its own";
  auto opened = Recorder::open({.ring_bytes = std::size_t{1} << 20, .seen_keys = 1u << 14});
  ASSERT_TRUE(opened) << opened.error().what;
  recorder.emplace(*std::move(opened));
  group.emplace();
  const auto added = recorder->add(group->cgroup());
  ASSERT_TRUE(added) << added.error().what;
}

AccessProfile BpfTest::profile() {
  auto collected = recorder->collect(group->cgroup().id);
  EXPECT_TRUE(collected) << collected.error().what;
  return collected ? *collected : AccessProfile();
}

std::vector<std::string> BpfTest::recorded(const std::function<void()>& work) {
  EXPECT_EQ(group->run(work), 0);
  const AccessProfile seen = profile();
  EXPECT_TRUE(seen.partial_reasons().empty()) << seen.partial_reasons().front();
  return lines_of(seen, tree.root());
}

}  // namespace winnow::test
