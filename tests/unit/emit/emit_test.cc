// SPDX-License-Identifier: Apache-2.0
// Artefacts that need no engine: config, lists, report.
#include "unit/emit/emitting.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

TEST_F(Emitting, CarriesTheWholeConfigOverWithOneLayerAndItsHistory) {
  const KeepSpec spec = plan(index_);
  const Digest layer = Digest::of("layer");
  const Json slim = Json::parse(slim_config(spec, {}, {&layer, 1}, Layering::kSquash).value());
  const Json source = Json::parse(index_.config_json);
  for (const char* field : {"architecture", "os", "created", "variant", "config"})
    EXPECT_EQ(slim.at(field), source.at(field));
  EXPECT_EQ(slim.at("rootfs").at("diff_ids"), Json::array({layer.str()}));
  ASSERT_EQ(slim.at("history").size(), 1u);
  EXPECT_NE(slim.at("history")[0].at("created_by").get<std::string>().find(spec.id.str()), std::string::npos);
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
  EXPECT_NE(report.find("| before | 14 | 77420 |"), std::string::npos) << report;
  EXPECT_NE(report.find("| 5.0 kB | /usr/bin/app | accessed: /usr/bin/app (open at 0 ms) |"), std::string::npos)
      << report;
  EXPECT_NE(report.find("| 70 kB | /usr/share/doc/big | 1 |"), std::string::npos) << report;
  EXPECT_NE(report.find("| 1 | 0 B | 70 kB | RUN install &#124; docs |"), std::string::npos) << report;
}

TEST_F(Emitting, NamesThePackagesOfWhatIsKeptAndRemoved) {
  const Index index = test::index_from_text(R"(
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
  const Index hostile = test::index_from_text("f 0644 0:0 9 /a|b\\x0a|c\\x1b[2J`");
  const std::string report = report_markdown(hostile, plan(hostile, {"/a|b\n|c\x1b[2J`"})).value();
  EXPECT_EQ(report.find('\x1b'), std::string::npos);
  EXPECT_NE(report.find("/a&#124;b&#92;x0a&#124;c&#92;x1b&#91;2J&#96;"), std::string::npos) << report;
}

}  // namespace
}  // namespace winnow
