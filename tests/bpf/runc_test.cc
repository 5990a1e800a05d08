// SPDX-License-Identifier: Apache-2.0
// A real container under runc, adopted at its birth.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

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

  // Runs SCRIPT as the container's first process and gives runc's exit status.
  [[nodiscard]] int run(const std::string& id, const std::string& script) const {
    std::ofstream(tree.at("config.json")) << fmt::format(
        R"({{"ociVersion":"1.0.2","process":{{"cwd":"/","user":{{"uid":0,"gid":0}},"args":["/bin/sh","-c","{}"]}},
            "root":{{"path":"image"}},"mounts":[{{"destination":"/proc","type":"proc","source":"proc"}}],
            "linux":{{"cgroupsPath":"/{}","namespaces":[{{"type":"mount"}},{{"type":"pid"}}]}}}})",
        script, id);
    const auto command = fmt::format(
        "PATH=$PATH:/usr/sbin runc --root {0}/state run --bundle {0} {1} >{0}/log 2>&1 </dev/null", tree.root(), id);
    return std::system(command.c_str());  // NOLINT(cert-env33-c): nothing of it comes from outside
  }
};

TEST_F(Runc, AContainerIsRecordedFromItsFirstInstructionWithoutItsRuntime) {
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string id = random_id();
  ASSERT_EQ(run(id, "read x < /data/used; test -e /data/none; cd /data; : < used"), 0) << *read_file(tree.at("log"));
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

}  // namespace
}  // namespace winnow::test
