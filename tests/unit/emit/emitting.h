// SPDX-License-Identifier: Apache-2.0
// The image and the plan that the tests of artefacts speak of.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/index_text.h"
#include "winnow/base/file.h"
#include "winnow/emit/emit.h"

namespace winnow {

inline const char* const kImage = R"(
  config {"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z","variant":"v2","config":{"Env":["PATH=/usr/bin","GREETING=say \"$HOME\""],"Entrypoint":["/usr/bin/app"],"Cmd":["-v","two words"],"User":"www","WorkingDir":"/srv","ExposedPorts":{"80/tcp":{}},"Labels":{"a \"b":"c$d"},"StopSignal":"SIGQUIT","Healthcheck":{"Test":["CMD-SHELL","curl localhost"],"Interval":5000000000,"Retries":3},"Volumes":{"/data":{}},"OnBuild":["RUN true"],"Shell":["/bin/sh","-ec"]},"rootfs":{"type":"layers","diff_ids":["sha256:aa"]},"history":[{"created_by":"one"}]}
  layer ADD base
  f 0755 0:0 5000 /usr/bin/app
  f 0755 0:0 900 /bin/sh
  f 0755 0:0 800 /bin/tar
  f 0755 0:0 700 /bin/mkdir
  f 0644 0:0 20 /etc/hosts
  d 0755 0:0 /srv
  layer RUN install | docs
  f 0644 0:0 70000 /usr/share/doc/big
)";

class Emitting : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/winnow-test.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static KeepSpec plan(const Index& index, std::vector<std::string> paths = {"/usr/bin/app", "/etc/hosts"}) {
    AccessProfile profile;
    winnow::Run run;
    run.from_start = true;
    profile.runs = {run};
    for (const auto& path : paths) {
      Access access;
      access.path = path;
      access.kinds = Kind::kOpen;
      access.by = "/usr/bin/app";
      profile.add(access);
    }
    PlanOptions options;
    options.reference = "docker-daemon:app";
    return make_plan(index, profile, options).value();
  }
  std::string dockerfile(const Index& index, const KeepSpec& spec, const DockerfileOptions& options = {}) {
    const auto written = emit_dockerfile(index, spec, pinned_source(spec, {}), directory_ + "/out", options);
    EXPECT_TRUE(written) << written.error().what;
    return file("Dockerfile");
  }
  // Of the build context that was written.
  std::string file(const std::string& name) const { return read_file(directory_ + "/out/" + name).value_or(""); }
  const Index index_ = test::index_from_text(kImage);
  std::string directory_;
};

}  // namespace winnow
