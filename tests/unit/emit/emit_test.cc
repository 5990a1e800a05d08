// SPDX-License-Identifier: Apache-2.0
// Artefacts that need no engine: config, Dockerfile, lists, report.
#include "winnow/emit.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/index_text.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

const char* const kImage = R"(
  config {"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z","variant":"v2","config":{"Env":["PATH=/usr/bin","GREETING=say \"$HOME\""],"Entrypoint":["/usr/bin/app"],"Cmd":["-v","two words"],"User":"www","WorkingDir":"/srv","ExposedPorts":{"80/tcp":{}},"Labels":{"a \"b":"c$d"},"StopSignal":"SIGQUIT","Healthcheck":{"Test":["CMD-SHELL","curl localhost"],"Interval":5000000000,"Retries":3},"Volumes":{"/data":{}},"OnBuild":["RUN true"],"Shell":["/bin/sh","-ec"]},"rootfs":{"type":"layers","diff_ids":["sha256:aa"]},"history":[{"created_by":"one"}]}
  layer ADD base
  f 0755 0:0 5000 /usr/bin/app
  f 0755 0:0 900 /bin/sh
  f 0755 0:0 800 /bin/tar
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

  static KeepSpec plan(const Index& index, const std::vector<std::string>& paths = {"/usr/bin/app", "/etc/hosts"}) {
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
  std::string dockerfile(const Index& index, const KeepSpec& spec) {
    const auto written = emit_dockerfile(index, spec, pinned_source(spec, {}), directory_ + "/out");
    EXPECT_TRUE(written) << written.error().what;
    return read_file(directory_ + "/out/Dockerfile").value_or("");
  }
  const Index index_ = testing::index_from_text(kImage);
  std::string directory_;
};

TEST_F(Emitting, CarriesTheWholeConfigOverWithOneLayerAndItsHistory) {
  const KeepSpec spec = plan(index_);
  const Digest layer = Digest::of("layer");
  const Json slim = Json::parse(slim_config(spec, {}, {&layer, 1}, Layering::kSquash).value());
  const Json fat = Json::parse(index_.config_json);
  for (const char* field : {"architecture", "os", "created", "variant", "config"})
    EXPECT_EQ(slim.at(field), fat.at(field));
  EXPECT_EQ(slim.at("rootfs").at("diff_ids"), Json::array({layer.str()}));
  ASSERT_EQ(slim.at("history").size(), 1u);
  EXPECT_NE(slim.at("history")[0].at("created_by").get<std::string>().find(spec.id.str()), std::string::npos);
}

TEST_F(Emitting, WritesADockerfileThatCarriesTheConfigInExecForm) {
  const std::string text = dockerfile(index_, plan(index_));
  for (const char* line :
       {"\nENV PATH=\"/usr/bin\"\n", "\nENV GREETING=\"say \\\"\\$HOME\\\"\"\n", "\nENTRYPOINT [\"/usr/bin/app\"]\n",
        "\nCMD [\"-v\",\"two words\"]\n", "\nUSER www\n", "\nWORKDIR /srv\n", "\nEXPOSE 80/tcp\n",
        "\nSTOPSIGNAL SIGQUIT\n", "\nLABEL \"a \\\"b\"=\"c\\$d\"\n",
        "\nHEALTHCHECK --interval=5000ms --retries=3 CMD curl localhost\n", "\nVOLUME [\"/data\"]\n",
        "\nONBUILD RUN true\n", "\nSHELL [\"/bin/sh\",\"-ec\"]\n", "\nFROM scratch\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
}

TEST_F(Emitting, PinsTheSourceByRegistryDigestOrElseByItsId) {
  const KeepSpec spec = plan(index_);
  EXPECT_EQ(pinned_source(spec, {"app@sha256:1"}).reference, "app@sha256:1");
  EXPECT_EQ(pinned_source(spec, {}).reference, "winnow-source:" + spec.id.short_hex());
}

TEST_F(Emitting, TakesFilesThatTheBuilderMountsOverFromTheImageItself) {
  const std::string text = dockerfile(index_, plan(index_));
  EXPECT_NE(text.find("COPY --from=source /etc/hosts /.winnow/root/etc/hosts\n"), std::string::npos);
  const std::string list = read_file(directory_ + "/out/keep.list").value();
  EXPECT_EQ(list.find("./etc/hosts\n"), std::string::npos);
  EXPECT_NE(list.find("./usr/bin/app\n"), std::string::npos);
}

TEST_F(Emitting, RefusesADockerfileWhenTheConfigCouldSmuggleInInstructions) {
  const Index hostile = testing::index_from_text(
      "config {\"config\":{\"User\":\"www\\nRUN evil\"}}\nf 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/tar\nf 0755 0:0 1 "
      "/a");
  const KeepSpec spec = plan(hostile, {"/a"});
  const auto written = emit_dockerfile(hostile, spec, pinned_source(spec, {}), directory_ + "/out");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().what.find("USER holds a line break"), std::string::npos) << written.error().what;
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/out/Dockerfile"));
}

TEST_F(Emitting, RefusesADockerfileForAnImageWithoutAShell) {
  const Index bare = testing::index_from_text("f 0755 0:0 1 /app");
  const KeepSpec spec = plan(bare, {"/app"});
  EXPECT_FALSE(emit_dockerfile(bare, spec, pinned_source(spec, {}), directory_ + "/out"));
}

TEST_F(Emitting, SeparatesOddNamesByNulForGnuTar) {
  const Index odd = testing::index_from_text("f 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/tar\nf 0644 0:0 1 /new\\x0aline");
  const KeepSpec spec = plan(odd, {"/new\nline"});
  EXPECT_NE(dockerfile(odd, spec).find(" --null "), std::string::npos);
  EXPECT_EQ(read_file(directory_ + "/out/keep.list"), std::string("./new\nline\0", 11));
}

TEST_F(Emitting, ListsEveryRemovedEntryWithSizeAndLayer) {
  const Json removed = Json::parse(removed_json(index_, plan(index_)).value());
  bool found = false;
  for (const Json& entry : removed.at("entries")) {
    EXPECT_NE(entry.at("path"), "/usr/bin/app");
    if (entry.at("path") == "/usr/share/doc/big") {
      found = true;
      EXPECT_EQ(entry.at("size"), 70000);
      EXPECT_EQ(entry.at("layer"), 1);
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(Emitting, ReportsBeforeAfterLayersAndTheLargestOfBothKinds) {
  const std::string report = report_markdown(index_, plan(index_)).value();
  EXPECT_NE(report.find("| before | 13 | 76720 |"), std::string::npos) << report;
  EXPECT_NE(report.find("| 5.0 kB | /usr/bin/app | accessed: /usr/bin/app (open at 0 ms) |"), std::string::npos)
      << report;
  EXPECT_NE(report.find("| 70 kB | /usr/share/doc/big | 1 |"), std::string::npos) << report;
  EXPECT_NE(report.find("| 1 | 0 B | 70 kB | RUN install \\| docs |"), std::string::npos) << report;
}

TEST_F(Emitting, NamesThePackagesOfWhatIsKeptAndRemoved) {
  const Index index = testing::index_from_text(R"(
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/usr/bin/app\x0a/usr/share/doc/a\x0a
    f 0755 0:0 5000 /usr/bin/app
    f 0644 0:0 70000 /usr/share/doc/a
    f 0644 0:0 20 /etc/hosts)");
  const std::string report = report_markdown(index, plan(index)).value();
  EXPECT_NE(report.find("| deb:a | 5.0 kB | 70 kB |"), std::string::npos) << report;
  EXPECT_NE(report.find("| (unowned) | 20 B | 0 B |"), std::string::npos) << report;
  const Json removed = Json::parse(removed_json(index, plan(index)).value());
  for (const Json& entry : removed.at("entries"))
    EXPECT_EQ(entry.value("package", ""), entry.at("type") == "file" ? "deb:a" : "") << entry;
}

TEST_F(Emitting, ShowsAHostileNameWithoutBreakingTheTable) {
  const Index hostile = testing::index_from_text("f 0644 0:0 9 /a|b\\x0a|c\\x1b[2J`");
  const std::string report = report_markdown(hostile, plan(hostile, {"/a|b\n|c\x1b[2J`"})).value();
  EXPECT_EQ(report.find('\x1b'), std::string::npos);
  EXPECT_NE(report.find("/a\\|b\\x0a\\|c\\x1b\\[2J\\`"), std::string::npos) << report;
}

}  // namespace
}  // namespace winnow
