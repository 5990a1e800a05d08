// SPDX-License-Identifier: Apache-2.0
// A real container under runc, adopted at its birth.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "winnow/base/file.h"
#include "workload.h"

namespace winnow::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBusybox = "/bin/busybox";

class Runc : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (!fs::exists("/usr/sbin/runc") && !fs::exists("/usr/bin/runc")) GTEST_SKIP() << "needs runc";
    if (!fs::exists(kBusybox)) GTEST_SKIP() << "needs busybox-static";
    for (const char* directory : {"image/bin", "image/etc", "image/proc", "image/data"})
      (void)tree.directory(directory);
    fs::copy(kBusybox, tree.at("image/bin/busybox"));
    (void)tree.link("image/bin/sh", "busybox");
    (void)tree.file("image/etc/passwd", "app:x:1000:1000::/:/bin/sh\n");
    (void)tree.file("image/data/used");
    (void)tree.file("image/data/unused");
  }

  // How a container differs from a plain one: parts of its configuration.
  struct Variant {
    std::string namespaces = "";  // after the two that all have
    std::string mappings = "";
    std::string mounts = "";
    std::string root = "";
  };

  // Runs SCRIPT as the container's first process and gives runc's exit status. Several may run at once.
  [[nodiscard]] int run(const std::string& id, const std::string& script, const Variant& variant) const {
    const std::string bundle = tree.directory("bundle-" + id);
    std::ofstream(bundle + "/config.json") << fmt::format(
        R"({{"ociVersion":"1.0.2","process":{{"cwd":"/","user":{{"uid":0,"gid":0}},"args":["/bin/sh","-c","{}"]}},
            "root":{{"path":"{}/image"{}}},"mounts":[{{"destination":"/proc","type":"proc","source":"proc"}}{}],
            "linux":{{"cgroupsPath":"/{}"{},"namespaces":[{{"type":"mount"}},{{"type":"pid"}}{}]}}}})",
        script, tree.root(), variant.root, variant.mounts, id, variant.mappings, variant.namespaces);
    const auto command =
        fmt::format("PATH=$PATH:/usr/sbin runc --root {0}/state run --bundle {1} {2} >{1}/log 2>&1 </dev/null",
                    tree.root(), bundle, id);
    return std::system(command.c_str());  // NOLINT(cert-env33-c): nothing of it comes from outside
  }
  [[nodiscard]] int run(const std::string& id, const std::string& script) const { return run(id, script, {}); }
  [[nodiscard]] std::string log(const std::string& id) const {
    return read_file(tree.at("bundle-" + id + "/log")).value_or("no log");
  }

  // What the containers that ran since the last call did, by container id, in the order of their births.
  std::vector<std::pair<std::string, AccessProfile>> born() {
    std::vector<std::pair<std::string, AccessProfile>> all;
    EXPECT_TRUE(recorder->poll(std::chrono::milliseconds(100)));
    for (const NewContainer& one : recorder->take_new_containers()) {
      auto seen = recorder->collect(one.cgroup.id);
      EXPECT_TRUE(seen) << seen.error().what;
      if (seen) all.emplace_back(one.container_id, *std::move(seen));
    }
    return all;
  }
};

TEST_F(Runc, AContainerIsRecordedFromItsFirstInstructionWithoutItsRuntime) {
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string id = random_id();
  ASSERT_EQ(run(id, "read x < /data/used; test -e /data/none; cd /data; : < used"), 0) << log(id);
  ASSERT_TRUE(recorder->poll(std::chrono::milliseconds(100)));
  const auto born = recorder->take_new_containers();
  ASSERT_EQ(born.size(), 1U);
  EXPECT_EQ(born[0].container_id, id);
  const auto seen = recorder->collect(born[0].cgroup.id);
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_TRUE(seen->partial_reasons().empty());
  EXPECT_EQ(seen->runs.at(0).container, id);
  EXPECT_FALSE(recorder->alive(born[0].cgroup.id));
  const auto& all = seen->accesses;
  ASSERT_TRUE(all.contains({"/bin/sh", "/bin/busybox"}));
  EXPECT_TRUE(all.at({"/bin/sh", "/bin/busybox"}).kinds.has(Kind::kExec));
  EXPECT_TRUE(all.contains({"/data/used", "/data/used"}));
  EXPECT_TRUE(all.contains({"/data/none", ""}));
  EXPECT_TRUE(all.contains({"/etc/passwd", "/etc/passwd"})) << "the runtime looks up the user in the container";
  for (const auto& [key, access] : all) {
    EXPECT_FALSE(access.path.contains("runc") || access.path.starts_with(tree.root())) << access.path;
    EXPECT_FALSE(access.path.contains("unused")) << access.path;
  }
}

TEST_F(Runc, TheSystemCallsAreTheWorkloadsAndItsRuntimesAreApart) {
  recorder.reset();
  RecorderOptions options = small();
  options.syscalls = true;
  auto opened = Recorder::open(options);
  ASSERT_TRUE(opened) << opened.error().what;
  recorder.emplace(*std::move(opened));
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string id = random_id();
  ASSERT_EQ(run(id, "read x < /data/used; test -e /data/none"), 256) << log(id);
  const auto seen = born();
  ASSERT_EQ(seen.size(), 1U);
  const winnow::Run& did = seen[0].second.runs.at(0);
  ASSERT_EQ(did.syscalls.size(), 1U);
  ASSERT_EQ(did.runtime_syscalls.size(), 1U);
  const auto& own = did.syscalls.begin()->second;
  const auto& runtimes = did.runtime_syscalls.begin()->second;
  for (const char* name : {"execve", "exit_group", "read"}) EXPECT_TRUE(own.contains(name)) << name;
  for (const char* name : {"mount", "pivot_root", "futex"}) {
    EXPECT_TRUE(runtimes.contains(name)) << name;
    EXPECT_FALSE(own.contains(name)) << name;
  }
  EXPECT_LT(own.size(), 30U) << fmt::format("{}", fmt::join(own, " "));
}

TEST_F(Runc, TwoContainersOfOneImageAtOnceAreToldApart) {
  (void)tree.file("image/data/other");
  // In one directory, two runtimes at once would race for the links that each makes in /dev.
  const Variant own_dev{.mounts = R"(,{"destination":"/dev","type":"tmpfs","source":"tmpfs"})"};
  (void)tree.directory("image/dev");
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string one = random_id();
  const std::string two = random_id();
  int other = -1;
  std::jthread beside([&] { other = run(two, "for i in 1 2 3 4 5 6 7 8 9; do : < /data/other; done", own_dev); });
  ASSERT_EQ(run(one, "for i in 1 2 3 4 5 6 7 8 9; do : < /data/used; done", own_dev), 0) << log(one);
  beside.join();
  ASSERT_EQ(other, 0) << log(two);
  const auto seen = born();
  ASSERT_EQ(seen.size(), 2U);
  for (const auto& [id, profile] : seen) {
    EXPECT_EQ(profile.accesses.contains({"/data/used", "/data/used"}), id == one);
    EXPECT_EQ(profile.accesses.contains({"/data/other", "/data/other"}), id == two);
  }
}

TEST_F(Runc, AContainerThatIsStartedAgainIsRecordedAgain) {
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string id = random_id();
  for (const char* script : {": < /data/used", ": < /data/used; : < /data/unused"}) {
    ASSERT_EQ(run(id, script), 0) << log(id);
    const auto seen = born();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].first, id);
    EXPECT_TRUE(seen[0].second.accesses.contains({"/data/used", "/data/used"}));
    EXPECT_EQ(seen[0].second.accesses.contains({"/data/unused", "/data/unused"}),
              std::string_view(script).contains("unused"));
  }
}

TEST_F(Runc, AContainerWithAUserNamespaceIsRecorded) {
  constexpr int kRoot = 100'000;  // of the container, on this machine
  fs::permissions(tree.root(), fs::perms{0755});
  ASSERT_EQ(::chown(tree.directory("image/dev").c_str(), kRoot, kRoot), 0);  // where the runtime makes nodes
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string id = random_id();
  const auto map = fmt::format(R"([{{"containerID":0,"hostID":{},"size":1000}}])", kRoot);
  const Variant variant{.namespaces = R"(,{"type":"user"})",
                        .mappings = fmt::format(R"(,"uidMappings":{0},"gidMappings":{0})", map)};
  ASSERT_EQ(run(id, "read x < /data/used; test -e /data/none; :", variant), 0) << log(id);
  const auto seen = born();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].second.accesses.contains({"/bin/sh", "/bin/busybox"}));
  EXPECT_TRUE(seen[0].second.accesses.contains({"/data/used", "/data/used"}));
  EXPECT_TRUE(seen[0].second.accesses.contains({"/data/none", ""}));
}

TEST_F(Runc, AReadOnlyRootAndATmpfsOverADirectoryOfTheImageAreSeenAsTheyAre) {
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string id = random_id();
  const Variant variant{.mounts = R"(,{"destination":"/data","type":"tmpfs","source":"tmpfs"})",
                        .root = R"(,"readonly":true)"};
  ASSERT_EQ(run(id, "echo x > /etc/new; echo x > /data/used; : < /data/used", variant), 0) << log(id);
  const auto seen = born();
  ASSERT_EQ(seen.size(), 1U);
  const auto& all = seen[0].second.accesses;
  ASSERT_TRUE(all.contains({"/data/used", "/data/used"}));
  EXPECT_TRUE(all.at({"/data/used", "/data/used"}).other_mount) << "it is not the image's file of that name";
  ASSERT_TRUE(all.contains({"/bin/sh", "/bin/busybox"}));
  EXPECT_FALSE(all.at({"/bin/sh", "/bin/busybox"}).other_mount);
}

}  // namespace
}  // namespace winnow::test
