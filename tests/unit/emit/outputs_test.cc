// SPDX-License-Identifier: Apache-2.0
// Files for other people's tools: removed entries as CSV, prefetch lists, the bill of materials.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support/planning.h"
#include "winnow/base/digest.h"
#include "winnow/base/text.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

using test::Touch;

KeepSpec plan(const Index& index, const std::vector<Touch>& touches,
              const std::string& reference = "docker-daemon:app:1") {
  PlanOptions options;
  options.reference = reference;
  return make_plan(index, test::profile_of(touches), options).value();
}

// RFC 4180: records of fields.
std::vector<std::vector<std::string>> read_csv(std::string_view text) {
  std::vector<std::vector<std::string>> records(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' && quoted && at + 1 < text.size() && text[at + 1] == '"')
      records.back().back() += text[++at];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      records.back().emplace_back();
    else if (c == '\r' && !quoted && text[at + 1] == '\n' && ++at > 0)
      records.emplace_back(1);
    else
      records.back().back() += c;
  }
  records.pop_back();
  return records;
}

TEST(RemovedCsv, HasTheEntriesOfRemovedJsonWhateverTheirNames) {
  const Index index = test::index_from_text(R"(
    layer =HYPERLINK("http://example.org","a,\x20b")
    f 0755 0:0 5 /app
    f 0644 0:0 7 /odd,"\x0aname;\xff
    layer RUN\x20one\x0atwo
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/plain\x0a
    f 0644 0:0 11 /plain
    l /link plain
  )");
  const KeepSpec spec = plan(index, {{"/app", Kind::kOpen}});
  const std::string csv = removed_csv(index, spec).value();
  const auto records = read_csv(csv);
  const Json json = Json::parse(removed_json(index, spec).value());
  EXPECT_EQ(records.at(0), (std::vector<std::string>{"path", "type", "size", "layer", "package", "created_by"}));
  ASSERT_EQ(records.size(), json.at("entries").size() + 1);
  for (std::size_t at = 1; at < records.size(); ++at) {
    const Json& entry = json.at("entries").at(at - 1);
    const auto& record = records[at];
    ASSERT_EQ(record.size(), 6U);
    EXPECT_EQ(record[0], entry.at("path").get<std::string>());
    EXPECT_EQ(record[1], entry.at("type").get<std::string>());
    EXPECT_EQ(record[2], std::to_string(entry.at("size").get<int>()));
    EXPECT_EQ(record[3], std::to_string(entry.at("layer").get<int>()));
    EXPECT_EQ(record[4], entry.value("package", ""));
    EXPECT_EQ(unescape_path(record[5]).value(), index.layers[entry.at("layer").get<std::size_t>()].created_by);
  }
  EXPECT_EQ(csv.find("\"=HYPERLINK"), std::string::npos) << "a formula";
  EXPECT_NE(csv.find("\"\\x3dHYPERLINK"), std::string::npos) << csv;
}

TEST(RemovedCsv, RefusesAnotherImage) {
  const KeepSpec spec = plan(test::index_from_text("f 0644 0:0 5 /a"), {{"/a", Kind::kOpen}});
  EXPECT_FALSE(removed_csv(test::index_from_text("config {\"x\":1}\nf 0644 0:0 5 /a"), spec));
  EXPECT_FALSE(sbom_json(test::index_from_text("config {\"x\":1}\nf 0644 0:0 5 /a"), spec, {}));
}

const char* const kFiles = R"(
  layer one
  f 0755 0:0 5 /usr/bin/app
  f 0755 0:0 5 /usr/lib/late.so
  f 0644 0:0 5 /etc/b
  layer two
  f 0644 0:0 5 /etc/a
  f 0644 0:0 5 /etc/only-seen
  f 0644 0:0 5 /etc/held
  l /etc/link a
  d 0755 0:0 /srv
)";
const std::vector<Touch> kTouches = {
    {"/usr/lib/late.so", Kind::kOpen, "/usr/bin/app", 30}, {"/usr/bin/app", Kind::kExec, "/usr/bin/app", 0},
    {"/etc/b", Kind::kOpen, "/usr/bin/app", 20},           {"/etc/link", Kind::kOpen, "/usr/bin/app", 20},
    {"/etc/only-seen", Kind::kStat, "/usr/bin/app", 1},    {"/srv", Kind::kOpen, "/usr/bin/app", 2},
    {"/etc/held", Kind::kMap, "/usr/bin/app", 40}};

TEST(Prefetch, HasTheFilesThatWereReadInTheOrderOfTheirFirstTouchThenOfTheirPaths) {
  const KeepSpec spec = plan(test::index_from_text(kFiles), kTouches);
  EXPECT_EQ(prefetch_list(spec, PrefetchFormat::kLines).text,
            "/usr/bin/app\n/etc/a\n/etc/b\n/usr/lib/late.so\n/etc/held\n");
}

TEST(Prefetch, IsTheSameAfterTheSpecWasWrittenAndRead) {
  const KeepSpec spec = plan(test::index_from_text(kFiles), kTouches);
  for (const auto format : {PrefetchFormat::kLines, PrefetchFormat::kNydus, PrefetchFormat::kStargz})
    EXPECT_EQ(prefetch_list(keep_from_json(to_json(spec)).value(), format).text, prefetch_list(spec, format).text);
}

TEST(Prefetch, IsTheSameForASpecOfAnEarlierWinnow) {
  const KeepSpec spec = plan(test::index_from_text(kFiles), kTouches);
  Json earlier = Json::parse(to_json(spec));
  for (Json& entry : earlier.at("entries"))
    for (Json& reason : entry.at("reasons")) {
      reason.erase("kinds");
      reason.erase("first_ms");
    }
  const auto read = keep_from_json(earlier.dump());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(prefetch_list(*read, PrefetchFormat::kLines).text, prefetch_list(spec, PrefetchFormat::kLines).text);
}

TEST(Prefetch, DoesNotTakeItsFilesFromWords) {
  KeepSpec spec = plan(test::index_from_text(kFiles), {{"/etc/a", Kind::kStat}, {"/etc/b", Kind::kOpen}});
  for (KeptEntry& kept : spec.entries) {
    auto reasons = *kept.reasons;
    for (Reason& reason : reasons) reason.detail = kept.entry.path == "/etc/a" ? "open at 1 ms" : "";
    kept.reasons = std::make_shared<const std::vector<Reason>>(std::move(reasons));
  }
  EXPECT_EQ(prefetch_list(spec, PrefetchFormat::kLines).text, "/etc/b\n");
}

TEST(Prefetch, ForStargzIsALineOfJsonForEachFileWithItsLayer) {
  const KeepSpec spec = plan(test::index_from_text(kFiles), kTouches);
  const Digest manifest = Digest::of("manifest");
  const std::string text = prefetch_list(spec, PrefetchFormat::kStargz, manifest).text;
  const auto second = text.substr(text.find('\n') + 1);
  EXPECT_EQ(second.substr(0, second.find('\n')),
            R"({"path":"etc/a","manifestDigest":")" + manifest.str() + R"(","layerIndex":1})");
  EXPECT_TRUE(
      prefetch_list(spec, PrefetchFormat::kStargz).text.starts_with("{\"path\":\"usr/bin/app\",\"layerIndex\":0}\n"));
}

TEST(Prefetch, ForNydusIsItsFirstVersionWithWholeFiles) {
  const KeepSpec spec = plan(test::index_from_text(kFiles), kTouches);
  const Json json = Json::parse(prefetch_list(spec, PrefetchFormat::kNydus).text);
  EXPECT_EQ(json.at("version"), "v1");
  ASSERT_EQ(json.at("files").size(), 5U);
  EXPECT_EQ(json.at("files").at(0), Json::parse(R"({"path":"/usr/bin/app","ranges":null})"));
}

TEST(Prefetch, LeavesOutNamesThatItsFormatCannotHold) {
  const Index index = test::index_from_text(
      "f 0644 0:0 1 /a\\x0ab\nf 0644 0:0 1 /c\\x20\nf 0644 0:0 1 /d\\xff\nf 0644 0:0 1 /e\\\\x\\x20y\nf 0644 0:0 1 "
      "/f\\xe3\\x80\\x80\nf 0644 0:0 1 /ok");
  std::vector<Touch> touches;
  for (const char* path : {"/a\nb", "/c ", "/d\xff", "/e\\x y", "/f\xe3\x80\x80", "/ok"})
    touches.push_back({path, Kind::kOpen});
  const KeepSpec spec = plan(index, touches);
  const PrefetchList lines = prefetch_list(spec, PrefetchFormat::kLines);
  EXPECT_EQ(lines.text, "/e\\x y\n/ok\n");
  EXPECT_EQ(lines.left_out, (std::vector<std::string>{"/a\nb", "/c ", "/d\xff", "/f\xe3\x80\x80"}));
  const PrefetchList nydus = prefetch_list(spec, PrefetchFormat::kNydus);
  EXPECT_EQ(nydus.left_out, (std::vector<std::string>{"/d\xff"}));
  EXPECT_EQ(Json::parse(nydus.text).at("files").at(0).at("path"), "/a\nb");
  EXPECT_EQ(prefetch_list(spec, PrefetchFormat::kStargz).left_out, (std::vector<std::string>{"/d\xff"}));
}

const char* const kPackages = R"(
  config {"created":"2024-02-29T03:04:05.123456789Z","config":{}}
  f 0644 0:0 9 /etc/os-release text=PRETTY_NAME="Debian\x20GNU/Linux\x2012"\x0aID=debian\x0aVERSION_ID="12"\x0a
  f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20libstdc++6\x0aArchitecture:\x20amd64\x0aVersion:\x201:2~3+b1\x0a\x0aPackage:\x20gone\x0aVersion:\x201\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/libstdc++6.list text=/usr/lib/one\x0a/usr/lib/two\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/gone.list text=/usr/lib/gone\x0a
  f 0644 0:0 9 /usr/lib/one
  f 0644 0:0 9 /usr/lib/two
  f 0644 0:0 9 /usr/lib/gone
  f 0644 0:0 9 /site/My_Thing-6.0.dist-info/RECORD text=thing.py,,\x0a
  f 0644 0:0 9 /site/thing.py
  f 0644 0:0 9 /app/node_modules/@s/scoped/package.json owner=npm:@s/scoped@1.0.0
  f 0644 0:0 9 /gems/specifications/nokogiri-1.16.0-x86_64-linux.gemspec
  f 0755 0:0 9 /usr/bin/tool owner=go:Example.com/Tool@v1.2.3
  f 0644 0:0 9 /opt/a.jar owner=jar:org.example:a@1.0
  f 0644 0:0 9 /opt/b.jar owner=jar:b@1.0
  f 0644 0:0 3 /app/own\xff.txt
)";
const std::vector<Touch> kPackageTouches = {{"/usr/lib/one", Kind::kOpen},
                                            {"/etc/os-release", Kind::kOpen},
                                            {"/site/thing.py", Kind::kOpen},
                                            {"/app/node_modules/@s/scoped/package.json", Kind::kOpen},
                                            {"/gems/specifications/nokogiri-1.16.0-x86_64-linux.gemspec", Kind::kOpen},
                                            {"/usr/bin/tool", Kind::kExec},
                                            {"/opt/a.jar", Kind::kOpen},
                                            {"/opt/b.jar", Kind::kOpen},
                                            {"/app/own\xff.txt", Kind::kOpen}};

class Sbom : public ::testing::Test {
 protected:
  [[nodiscard]] Json bill(const SbomOptions& options = {SbomFiles::kPackages, "1.2"}) const {
    return Json::parse(sbom_json(index_, plan(index_, kPackageTouches), options).value());
  }
  [[nodiscard]] Json component(const std::string& name, const SbomOptions& options = {}) const {
    const Json json = bill(options);
    for (const Json& one : json.at("components"))
      if (one.at("name") == name) return one;
    return nullptr;
  }
  Index index_ = test::index_from_text(kPackages);
};

TEST_F(Sbom, NamesEveryKeptPackageByItsPackageUrl) {
  std::set<std::string> purls;
  const Json json = bill();
  for (const Json& one : json.at("components"))
    if (one.at("type") == "library") purls.insert(one.value("purl", one.at("bom-ref")));
  EXPECT_EQ(purls, (std::set<std::string>{
                       "pkg:deb/debian/libstdc%2B%2B6@1:2~3%2Bb1?arch=amd64&distro=debian-12", "pkg:pypi/my-thing@6.0",
                       "pkg:npm/%40s/scoped@1.0.0", "pkg:gem/nokogiri@1.16.0?platform=x86_64-linux",
                       "pkg:golang/example.com/tool@v1.2.3", "pkg:maven/org.example/a@1.0", "package:jar:b@1.0"}));
}

TEST_F(Sbom, SaysWhereAPackageOccursAndNothingOfWhatIsGone) {
  const Json library = component("libstdc++6");
  EXPECT_EQ(library.at("version"), "1:2~3+b1");
  Json places = Json::array();
  for (const char* path : {"/usr/lib/one", "/var/lib/dpkg/info/libstdc++6.list", "/var/lib/dpkg/status.d/libstdc++6"})
    places.push_back({{"location", path}});
  EXPECT_EQ(library.at("evidence").at("occurrences"), places);
  EXPECT_TRUE(component("gone").is_null());
  EXPECT_EQ(component("scoped").at("group"), "@s");
}

TEST_F(Sbom, HasTheFilesThatNobodyOwnsWithTheirDigests) {
  const Json file = component("/app/own\\xff.txt");
  EXPECT_EQ(file.at("type"), "file");
  const Entry& entry = index_.entries[index_.find("/app/own\xff.txt").value()];
  EXPECT_EQ(file.at("hashes").at(0).at("content"), entry.sha256.hex());
  EXPECT_TRUE(component("/usr/lib/one").is_null());
  EXPECT_FALSE(component("/usr/lib/one", {SbomFiles::kAll, ""}).is_null());
  EXPECT_TRUE(component("/app/own\\xff.txt", {SbomFiles::kNone, ""}).is_null());
  EXPECT_FALSE(component("libstdc++6", {SbomFiles::kNone, ""}).is_null());
}

TEST_F(Sbom, IsAboutTheImageItsSystemAndItsTool) {
  const Json json = bill();
  EXPECT_EQ(json.at("metadata").at("component").at("name"), "app:1");
  EXPECT_EQ(json.at("metadata").at("component").at("version"), index_.id.str());
  EXPECT_FALSE(json.at("metadata").at("component").contains("pedigree")) << "no manifest is known";
  EXPECT_EQ(json.at("metadata").at("tools").at("components").at(0).at("version"), "1.2");
  EXPECT_EQ(json.at("components").at(0).at("type"), "operating-system");
  EXPECT_EQ(json.at("components").at(0).at("version"), "12");
}

TEST_F(Sbom, TellsTheSourceByItsManifestWhereThatIsKnown) {
  index_.manifest = Digest::of("manifest");
  const KeepSpec spec = plan(index_, kPackageTouches, "docker-daemon:registry.example.org:5000/team/App:1");
  const Json json = Json::parse(sbom_json(index_, spec, {}).value());
  EXPECT_EQ(json.at("metadata").at("component").at("pedigree").at("ancestors").at(0).at("purl"),
            "pkg:oci/app@" + index_.manifest.str() + "?repository_url=registry.example.org:5000%2Fteam%2FApp&tag=1");
}

TEST_F(Sbom, HasUniqueRefsOnAllOfWhichTheImageDepends) {
  const Json json = bill({SbomFiles::kAll, ""});
  std::set<std::string> refs;
  for (const Json& one : json.at("components")) EXPECT_TRUE(refs.insert(one.at("bom-ref")).second) << one;
  const Json& on = json.at("dependencies").at(0);
  EXPECT_EQ(on.at("ref"), json.at("metadata").at("component").at("bom-ref"));
  EXPECT_EQ(on.at("dependsOn").get<std::set<std::string>>(), refs);
  EXPECT_EQ(on.at("dependsOn").size(), refs.size());
}

TEST_F(Sbom, IsTheSameForTheSameSpecAndHasAnotherNumberForAnother) {
  const KeepSpec spec = plan(index_, kPackageTouches);
  EXPECT_EQ(sbom_json(index_, spec, {}).value(), sbom_json(index_, spec, {}).value());
  const auto number = [&](const KeepSpec& of, SbomFiles files) {
    return Json::parse(sbom_json(index_, of, {files, ""}).value()).at("serialNumber").get<std::string>();
  };
  const KeepSpec other = plan(index_, {{"/usr/lib/two", Kind::kOpen}});
  const std::set<std::string> numbers = {number(spec, SbomFiles::kPackages), number(spec, SbomFiles::kAll),
                                         number(other, SbomFiles::kPackages)};
  EXPECT_EQ(numbers.size(), 3U);
  const std::string one = *numbers.begin();
  EXPECT_EQ(one.size(), std::string("urn:uuid:01234567-0123-8123-8123-0123456789ab").size());
  EXPECT_EQ(one[23], '8') << one << ": RFC 9562, version 8";
}

TEST(SbomTime, IsThatOfTheConfigWhenItIsAWholeDateTime) {
  const auto time_of = [](const std::string& created) {
    const Index index = test::index_from_text("config {\"created\":" + created + "}\nf 0644 0:0 5 /a");
    const Json json = Json::parse(sbom_json(index, plan(index, {{"/a", Kind::kOpen}}), {}).value());
    return json.at("metadata").value("timestamp", "");
  };
  for (const std::string good : {"2024-02-29T23:59:59Z", "2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05+05:30"})
    EXPECT_EQ(time_of('"' + good + '"'), good);
  for (const std::string bad :
       {"2023-02-29T00:00:00Z", "2024-01-02", "2024-01-02T03:04:05", "2024-01-02T24:00:00Z", "2024-01-02T03:04:05.Z",
        "2024-01-02T03:04:05Zx", "2024-13-02T03:04:05Z", "yesterday", ""})
    EXPECT_EQ(time_of('"' + bad + '"'), "") << bad;
  EXPECT_EQ(time_of("7"), "");
}

TEST(SbomSystem, PackagesOfASystemThatIsNotNamedHaveNoPackageUrl) {
  const Index index =
      test::index_from_text("f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/usr/a\\x0a\nf 0644 0:0 9 /usr/a\n");
  const Json json = Json::parse(sbom_json(index, plan(index, {{"/usr/a", Kind::kOpen}}), {}).value());
  EXPECT_EQ(json.at("components").at(0).at("bom-ref"), "package:deb:a");
  EXPECT_FALSE(json.at("components").at(0).contains("purl"));
}

TEST(SbomSystem, ArchitecturesAndVendorsAreTheManagersOwn) {
  const Index index = test::index_from_text(
      "f 0644 0:0 9 /etc/os-release text=ID=alpine\\x0aVERSION_ID=3.19.1\\x0a\n"
      "f 0644 0:0 9 /lib/apk/db/installed text=P:musl\\x0aV:1.2.4-r2\\x0aA:x86_64\\x0aF:lib\\x0aR:libc.so\\x0a\\x0a\n"
      "f 0644 0:0 9 /lib/libc.so\n");
  const Json json = Json::parse(sbom_json(index, plan(index, {{"/lib/libc.so", Kind::kOpen}}), {}).value());
  EXPECT_EQ(json.at("components").at(1).at("purl"), "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.19.1");
}

}  // namespace
}  // namespace winnow
