// SPDX-License-Identifier: Apache-2.0
// Who touched it: the container's own tree, a health check, or somebody who came in from outside; and which programs.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "winnow/base/file.h"
#include "workload.h"

namespace winnow::test {
namespace {

void run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
  ::execv(arguments.front(), arguments.data());
  ::_exit(1);
}

// What a runtime does for `exec`: it goes into the cgroup and the container's mount namespace, and runs the command.
void come_in_and_run(const std::vector<std::string>& command) {
  if (::unshare(CLONE_NEWNS) != 0) ::_exit(2);
  run(command);
}

class Entry : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (const char* name : {"own", "probed", "shown", "both"}) (void)tree.file(name);
    container.emplace("docker-" + random_id() + ".scope");
    ASSERT_TRUE(recorder->add(container->cgroup()));
  }
  [[nodiscard]] std::vector<std::string> cat(const std::string& name) const { return {"/bin/cat", tree.at(name)}; }
  AccessProfile collected(const Visitors& entries = {}) {
    auto profile = recorder->collect(container->cgroup().id, entries);
    EXPECT_TRUE(profile) << profile.error().what;
    return profile ? *profile : AccessProfile();
  }
  [[nodiscard]] std::vector<std::string_view> from(const AccessProfile& profile, const std::string& name) const {
    const auto found = profile.accesses.find({tree.at(name), tree.at(name)});
    return found == profile.accesses.end() ? std::vector<std::string_view>{"nobody"} : found->second.from.names();
  }
  using Names = std::vector<std::string_view>;

  std::optional<TestCgroup> container;
};

TEST_F(Entry, TheContainersOwnTreeIsTheWorkload) {
  ASSERT_EQ(container->run([this] {
    if (::fork() == 0) run(cat("own"));
    ::wait(nullptr);
    run(cat("both"));
  }),
            0);
  const AccessProfile profile = collected();
  EXPECT_EQ(from(profile, "own"), Names{"workload"});
  EXPECT_EQ(from(profile, "both"), Names{"workload"});
  EXPECT_TRUE(profile.runs.at(0).entered.empty());
}

TEST_F(Entry, WhatCameInFromOutsideIsToldApartWithItsChildrenAndCanBeLeftOut) {
  ASSERT_EQ(container->run([this] { run(cat("own")); }), 0);
  const std::vector<std::string> shell = {"/bin/sh", "-c",
                                          "/bin/cat " + tree.at("shown") + "; /bin/cat " + tree.at("both")};
  ASSERT_EQ(container->run([&] { come_in_and_run(shell); }), 0);
  ASSERT_EQ(container->run([this] { come_in_and_run(cat("probed")); }), 0);
  ASSERT_EQ(container->run([this] { come_in_and_run(cat("probed")); }), 0);
  const Visitors health{.healthcheck = cat("probed")};
  AccessProfile profile = collected(health);
  EXPECT_EQ(from(profile, "own"), Names{"workload"});
  EXPECT_EQ(from(profile, "shown"), Names{"exec"});
  EXPECT_EQ(from(profile, "both"), Names{"exec"});
  EXPECT_EQ(from(profile, "probed"), Names{"healthcheck"});
  ASSERT_EQ(profile.runs.at(0).entered.size(), 2U) << "the same command again is the same entry";
  EXPECT_EQ(profile.runs.at(0).entered[0].command, shell);
  EXPECT_FALSE(profile.runs.at(0).entered[0].healthcheck);
  EXPECT_EQ(profile.runs.at(0).entered[1].command, cat("probed"));
  EXPECT_TRUE(profile.runs.at(0).entered[1].healthcheck);

  profile = collected({.healthcheck = cat("probed"), .ignore_exec = true});
  EXPECT_EQ(from(profile, "own"), Names{"workload"});
  EXPECT_EQ(from(profile, "shown"), Names{"nobody"});
  EXPECT_EQ(from(profile, "probed"), Names{"healthcheck"});
  EXPECT_EQ(from(collected(), "probed"), Names{"exec"}) << "without that health check it is just another exec";
}

TEST_F(Entry, AFileOfBothIsTheWorkloadsToo) {
  ASSERT_EQ(container->run([this] { run(cat("own")); }), 0);
  ASSERT_EQ(container->run([this] { come_in_and_run(cat("own")); }), 0);
  EXPECT_EQ(from(collected(), "own"), (Names{"workload", "exec"}));
  EXPECT_EQ(from(collected({.healthcheck = {}, .ignore_exec = true}), "own"), Names{"workload"});
}

TEST_F(Entry, AProcessThatWasThereBeforeTheRecorderIsToldApartByItsParents) {
  TestCgroup old("docker-" + random_id() + ".scope");
  old.start([] {});  // the oldest: the container's own
  const auto procs = open_file(old.directory() + "/cgroup.procs", O_WRONLY);
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t shell = ::fork();
  if (shell == 0) {
    char byte = 0;
    ::close(gate[1]);
    if (::write(procs->get(), "0", 1) != 1) ::_exit(9);
    if (::read(gate[0], &byte, 1) == 1) ::open(tree.at("shown").c_str(), O_RDONLY);
    ::_exit(0);
  }
  ::usleep(200'000);  // it is in by then, or the check of the processes below fails
  ASSERT_EQ(read_file(old.directory() + "/cgroup.procs")->contains(fmt::format("{}\n", shell)), true);
  ASSERT_TRUE(recorder->add(old.cgroup()));
  ASSERT_EQ(::write(gate[1], "x", 1), 1);
  ::waitpid(shell, nullptr, 0);
  const auto profile = recorder->collect(old.cgroup().id);
  ASSERT_TRUE(profile) << profile.error().what;
  EXPECT_EQ(from(*profile, "shown"), Names{"exec"});
  EXPECT_EQ(profile->runs.at(0).entered.size(), 1U);
  ::close(gate[0]);
  ::close(gate[1]);
}

TEST_F(Entry, TheFirstProgramAndAllOthersAreNamed) {
  std::filesystem::create_symlink("/bin/cat", tree.at("copycat"));
  ASSERT_EQ(container->run([this] {
    if (::fork() == 0) run({tree.at("copycat"), tree.at("own")});
    ::wait(nullptr);
    if (::fork() == 0) run({"/usr/bin/head", tree.at("own")});
    ::wait(nullptr);
    ::open(tree.at("own").c_str(), O_RDONLY);
  }),
            0);
  const AccessProfile profile = collected();
  const Access& access = profile.accesses.at({tree.at("own"), tree.at("own")});
  EXPECT_EQ(access.by, std::filesystem::canonical("/bin/cat").string());
  EXPECT_EQ(access.argv0, tree.at("copycat"));
  EXPECT_EQ(access.also_by, (std::set<std::string>{std::filesystem::canonical("/usr/bin/head").string(),
                                                   std::filesystem::canonical("/proc/self/exe").string()}));
}

// Executes a copy of /bin/cat from memory that is called NAME; the copy reads FILE.
void run_from_memory(const char* name, const std::string& file) {
  ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
  const int memory = ::memfd_create(name, 0);
  const int program = ::open("/bin/cat", O_RDONLY);
  while (::sendfile(memory, program, nullptr, 1 << 20) > 0) {
  }
  const char* const words[] = {"cat", file.c_str(), nullptr};
  ::fexecve(memory, const_cast<char* const*>(words), environ);
  ::_exit(127);
}

TEST_F(Entry, AProgramThatWasMadeInMemoryIsTheWorkloadsAndACopyOfTheRuntimeIsNot) {
  ASSERT_EQ(container->run([this] {
    for (const auto& [name, file] : {std::pair{"plug", "own"}, std::pair{"runc_cloned:/proc/self/exe", "shown"}}) {
      if (::fork() == 0) run_from_memory(name, tree.at(file));
      int status = 0;
      ::wait(&status);
      if (status != 0) ::_exit(1);
    }
  }),
            0);
  const AccessProfile profile = collected();
  EXPECT_EQ(profile.accesses.at({tree.at("own"), tree.at("own")}).by, "/memfd:");
  EXPECT_EQ(profile.accesses.at({tree.at("shown"), tree.at("shown")}).by, "(outside the container)");
}

}  // namespace
}  // namespace winnow::test
