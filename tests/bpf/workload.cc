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
#include <random>
#include <thread>

#include "winnow/base/file.h"

namespace winnow::test {
namespace {

namespace fs = std::filesystem;

std::string relative_to(const std::string& root, const std::string& path) {
  return path == root || path.starts_with(root + "/") ? fmt::format(".{}", path.substr(root.size())) : path;
}

}  // namespace

std::string random_id() {
  std::random_device random;
  std::string id;
  while (id.size() < 64) id += fmt::format("{:08x}", random());
  return id;
}

TestCgroup::TestCgroup(const std::string& name, const std::string& controller) {
  static int count = 0;
  const std::string unique = name.empty() ? fmt::format("winnow-test-{}-{}", ::getpid(), ++count) : name;
  const auto hierarchy = controller.empty() ? default_hierarchy() : hierarchy_of_controller(controller);
  if (!hierarchy) throw std::runtime_error(hierarchy.error().what);
  directory_ = hierarchy->mount + "/" + unique;
  if (::mkdir(directory_.c_str(), 0755) != 0) throw std::runtime_error("cannot make " + directory_);
  cgroup_ = *cgroup_at(directory_, *hierarchy);
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

Tree::Tree(const std::string& below) {
  root_ = fs::canonical(below.empty() ? fs::temp_directory_path() : fs::path(below)).string() + "/winnow-bpf-XXXXXX";
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

Files::Files(int count) : tree_(fs::exists("/dev/shm") ? "/dev/shm" : "") {
  for (int i = 0; i < count; ++i) {
    if (i % 1000 == 0) (void)tree_.directory(fmt::format("d{}", i / 1000));
    ::close(::open(path(i).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    all_.insert(path(i));
  }
}

std::string Files::path(int i) const { return tree_.at(fmt::format("d{}/file{}", i / 1000, i)); }

void Files::open_all(int threads) const {
  std::vector<std::jthread> running;
  const int count = static_cast<int>(all_.size());
  for (int t = 0; t < threads; ++t)
    running.emplace_back([this, t, threads, count] {
      for (int i = t; i < count; i += threads)
        if (const int fd = ::open(path(i).c_str(), O_RDONLY | O_CLOEXEC); fd < 0 || ::close(fd) != 0) ::_exit(1);
    });
}

std::set<std::string> Files::opened_in(const AccessProfile& profile) const {
  std::set<std::string> paths;
  for (const auto& [key, access] : profile.accesses)
    if (access.kinds.has(Kind::kOpen) && access.path.starts_with(tree_.root())) paths.insert(access.path);
  return paths;
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

Backend backend_under_test() {
  const char* name = std::getenv("WINNOW_BACKEND");
  if (name == nullptr) return Backend::kSyscall;
  const auto backend = backend_from_name(name);
  if (!backend) throw std::runtime_error(fmt::format("WINNOW_BACKEND={}: no such backend", name));
  return *backend;
}

RecorderOptions small() {
  return {.backend = backend_under_test(), .ring_bytes = std::size_t{1} << 20, .seen_keys = 1u << 14};
}

void BpfTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: CAP_BPF, CAP_PERFMON and a cgroup of its own";
  auto opened = Recorder::open(small());
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
