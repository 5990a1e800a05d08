// SPDX-License-Identifier: Apache-2.0
// Package databases cut to what is kept: each is what its reader expects, and says no more than is true.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "attribute/packages/rpm.h"
#include "support/index_text.h"
#include "unit/attribute/owners.h"
#include "unit/attribute/rpm_header.h"
#include "winnow/attribute/packages.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

std::vector<bool> keeping(const Index& index, const std::set<std::string>& paths) {
  std::vector<bool> kept(index.entries.size());
  for (const std::string& path : paths) kept[index.find(path).value()] = true;
  return kept;
}

PackageRecords records_of(const Index& index, const std::set<std::string>& paths) {
  return package_records(index, find_owners(index), keeping(index, paths));
}

// What is written, by path; directories have no content.
std::map<std::string, std::string> written(const PackageRecords& records) {
  std::map<std::string, std::string> files;
  for (const Addition& addition : records.additions) {
    EXPECT_EQ(addition.entry.size, addition.content.size());
    EXPECT_EQ(addition.entry.sha256, addition.entry.type == EntryType::kFile ? Digest::of(addition.content) : Digest());
    EXPECT_TRUE(files.emplace(addition.entry.path, addition.content).second) << addition.entry.path << " twice";
  }
  EXPECT_TRUE(std::ranges::is_sorted(records.additions, {}, [](const Addition& one) { return one.entry.path; }));
  return files;
}

std::set<std::string> paths_of(const std::map<std::string, std::string>& files) {
  std::set<std::string> paths;
  for (const auto& [path, content] : files) paths.insert(path);
  return paths;
}

// The image that has what is kept of INDEX, and the records.
Index slim(const Index& index, const std::set<std::string>& paths) {
  Index result = index;
  std::vector<bool> kept = keeping(index, paths);
  result.entries.clear();
  for (EntryId id = 0; id < index.entries.size(); ++id)
    if (kept[id] || index.entries[id].type == EntryType::kDirectory) result.entries.push_back(index.entries[id]);
  for (const Addition& addition : records_of(index, paths).additions) {
    Entry entry = addition.entry;
    FileFacts facts;
    facts.text = addition.content;
    entry.facts = std::make_shared<FileFacts>(facts);
    result.entries.push_back(entry);
  }
  std::ranges::sort(result.entries, {}, &Entry::path);
  return result;
}

const char* const kDebian = R"(
  f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20a\x0aStatus:\x20install\x20ok\x20installed\x0aArchitecture:\x20amd64\x0aVersion:\x201:2-3\x0aConffiles:\x0a\x20/etc/a\x20d41d8cd98f00b204e9800998ecf8427e\x0a\x20/etc/b\x20d41d8cd98f00b204e9800998ecf8427e\x0aDescription:\x20of\x20a\x20test\x0a\x20Status:\x20is\x20told\x20here\x0a\x0a\x0aPackage:\x20b\x0aStatus:\x20install\x20ok\x20installed\x0aVersion:\x204\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/.\x0a/usr\x0a/usr/share/a\x0a/usr/share/a/one\x0a/usr/share/a/two\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/a.md5sums text=00000000000000000000000000000001\x20\x20usr/share/a/one\x0a00000000000000000000000000000002\x20\x20usr/share/a/two\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/b.list text=/.\x0a/usr/share/b\x0a
  f 0644 0:0 9 /usr/share/a/one
  f 0644 0:0 9 /usr/share/a/two
  f 0644 0:0 9 /usr/share/b
)";

TEST(PackageRecords, DpkgsAreFilesOfStatusDirectoriesWithoutTheStateOfTheInstallation) {
  const PackageRecords records = records_of(test::index_from_text(kDebian), {"/usr/share/a/one"});
  const auto files = written(records);
  EXPECT_EQ(paths_of(files), (std::set<std::string>{"/var/lib/dpkg/info/a.list", "/var/lib/dpkg/status.d",
                                                    "/var/lib/dpkg/status.d/a", "/var/lib/dpkg/status.d/a.md5sums"}));
  EXPECT_EQ(files.at("/var/lib/dpkg/status.d/a"),
            "Package: a\nArchitecture: amd64\nVersion: 1:2-3\nDescription: of a test\n Status: is told here\n");
  EXPECT_TRUE(records.warnings.empty());
  for (const Addition& addition : records.additions)
    EXPECT_EQ(addition.package, addition.entry.type == EntryType::kFile ? "deb:a@1:2-3" : "");
}

TEST(PackageRecords, DpkgsSumsAndListsHaveTheKeptFilesOnly) {
  const auto files = written(records_of(test::index_from_text(kDebian), {"/", "/usr/share/a", "/usr/share/a/one"}));
  EXPECT_EQ(files.at("/var/lib/dpkg/status.d/a.md5sums"), "00000000000000000000000000000001  usr/share/a/one\n");
  EXPECT_EQ(files.at("/var/lib/dpkg/info/a.list"), "/.\n/usr/share/a\n/usr/share/a/one\n");
}

TEST(PackageRecords, APackageOfWhichOnlyADirectoryIsKeptIsGone) {
  EXPECT_TRUE(records_of(test::index_from_text(kDebian), {"/usr/share/a"}).additions.empty());
}

TEST(PackageRecords, TheSlimImageSaysTheSameOwnersAsItsSource) {
  const Index index = test::index_from_text(kDebian);
  const Index cut = slim(index, {"/usr/share/a/one", "/usr/share/b"});
  EXPECT_EQ(owner_of(cut, "/usr/share/a/one"), "deb:a@1:2-3");
  EXPECT_EQ(owner_of(cut, "/usr/share/b"), "deb:b@4");
  EXPECT_EQ(owner_of(cut, "/var/lib/dpkg/status.d/a"), "deb:a@1:2-3");
  EXPECT_EQ(find_owners(cut).packages.size(), 2U) << "the list and the record are of one package";
}

TEST(PackageRecords, SlimmingASlimImageAgainLeavesTheRecordsOfWhatIsLeft) {
  const Index once = slim(test::index_from_text(kDebian), {"/usr/share/a/one", "/usr/share/a/two", "/usr/share/b"});
  const auto files = written(records_of(once, {"/usr/share/a/two"}));
  EXPECT_EQ(files.at("/var/lib/dpkg/status.d/a.md5sums"), "00000000000000000000000000000002  usr/share/a/two\n");
  EXPECT_TRUE(files.contains("/var/lib/dpkg/status.d/a"));
  EXPECT_FALSE(files.contains("/var/lib/dpkg/status.d/b"));
}

const char* const kTwoArchitectures = R"(
  f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20c\x0aArchitecture:\x20amd64\x0aVersion:\x201\x0a\x0aPackage:\x20c\x0aArchitecture:\x20i386\x0aVersion:\x201\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/c:amd64.list text=/lib64/c\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/c:i386.list text=/lib32/c\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/c:amd64.md5sums text=00000000000000000000000000000001\x20\x20lib64/c\x0a
  f 0644 0:0 9 /var/lib/dpkg/info/c:i386.md5sums text=00000000000000000000000000000002\x20\x20lib32/c\x0a
  f 0644 0:0 9 /lib64/c
  f 0644 0:0 9 /lib32/c
)";

TEST(PackageRecords, OfTwoArchitecturesOfAPackageEachIsToldByItself) {
  const Index index = test::index_from_text(kTwoArchitectures);
  const auto files = written(records_of(index, {"/lib64/c", "/lib32/c"}));
  EXPECT_EQ(files.at("/var/lib/dpkg/status.d/c"), "Package: c\nArchitecture: amd64\nVersion: 1\n");
  EXPECT_EQ(files.at("/var/lib/dpkg/status.d/c:i386"), "Package: c\nArchitecture: i386\nVersion: 1\n");
  EXPECT_EQ(files.at("/var/lib/dpkg/status.d/c:i386.md5sums"), "00000000000000000000000000000002  lib32/c\n");
  EXPECT_EQ(files.at("/var/lib/dpkg/info/c:amd64.list"), "/lib64/c\n");
  const auto one = written(records_of(index, {"/lib32/c"}));
  EXPECT_EQ(one.at("/var/lib/dpkg/status.d/c"), "Package: c\nArchitecture: i386\nVersion: 1\n");
  EXPECT_FALSE(one.contains("/var/lib/dpkg/status.d/c:i386"));
  EXPECT_FALSE(one.contains("/var/lib/dpkg/info/c:amd64.list"));
}

TEST(PackageRecords, ADatabaseThatTheWorkloadReadsStaysAsItIsAndAWarningSaysSo) {
  const PackageRecords records = records_of(test::index_from_text(kDebian), {"/usr/share/b", "/var/lib/dpkg/status"});
  EXPECT_TRUE(records.additions.empty());
  ASSERT_EQ(records.warnings.size(), 1U);
  EXPECT_NE(records.warnings[0].find("reads dpkg's status"), std::string::npos);
}

TEST(PackageRecords, APackageThatIsRemovedButForItsConfigurationIsNotTold) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20a\x0aStatus:\x20deinstall\x20ok\x20config-files\x0aVersion:\x201\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/etc/a\x0a
    f 0644 0:0 9 /etc/a
  )");
  EXPECT_TRUE(records_of(index, {"/etc/a"}).additions.empty());
}

TEST(PackageRecords, HostileNamesOfPackagesBecomeNoPaths) {
  for (const std::string& name : {std::string(".."), std::string("."), std::string("a/../../etc"),
                                  std::string("x.md5sums"), std::string("x\\x20y"), std::string(201, 'n')}) {
    const std::string list = name.find('/') == std::string::npos ? name : "a";
    std::string image = "f 0644 0:0 9 /usr/a\nf 0644 0:0 9 /var/lib/dpkg/status text=Package:\\x20";
    image.append(name).append("\\x0aVersion:\\x201\\x0a\nf 0644 0:0 9 /var/lib/dpkg/info/");
    image.append(list).append(".list text=/usr/a\\x0a\n");
    const Index index = test::index_from_text(image);
    const PackageRecords records = records_of(index, {"/usr/a"});
    EXPECT_TRUE(records.additions.empty()) << name;
    EXPECT_EQ(records.warnings.size(), list == name ? 1U : 0U) << name;
  }
}

TEST(PackageRecords, AParagraphThatIsRepeatedIsWrittenOnce) {
  std::string image = "f 0644 0:0 9 /usr/a\nf 0644 0:0 9 /var/lib/dpkg/info/a.list text=/usr/a\\x0a\n";
  image += "f 0644 0:0 9 /var/lib/dpkg/status text=";
  for (int i = 0; i < 3; ++i) image += "Package:\\x20a\\x0aArchitecture:\\x20all\\x0aVersion:\\x201\\x0a\\x0a";
  const auto files = written(records_of(test::index_from_text(image + "\n"), {"/usr/a"}));
  EXPECT_EQ(files.at("/var/lib/dpkg/status.d/a"), "Package: a\nArchitecture: all\nVersion: 1\n");
}

const char* const kAlpine = R"(
  f 0644 0:0 9 /lib/apk/db/installed text=C:Q1xyz=\x0aP:musl\x0aV:1.2.4-r2\x0aA:x86_64\x0aF:lib\x0aR:ld-musl-x86_64.so.1\x0aa:0:0:755\x0aZ:Q1x\x0aF:usr/lib\x0aM:0:0:755\x0aR:libc.so\x0aZ:Q1y\x0a\x0aC:Q1abc=\x0aP:busybox\x0aV:1.36-r5\x0aA:x86_64\x0aF:bin\x0aR:busybox\x0a\x0a
  f 0755 0:0 9 /lib/ld-musl-x86_64.so.1
  f 0755 0:0 9 /usr/lib/libc.so
  f 0755 0:0 9 /bin/busybox
)";

TEST(PackageRecords, ApksAreItsOwnWithTheKeptFilesOfKeptPackages) {
  const Index index = test::index_from_text(kAlpine);
  const auto files = written(records_of(index, {"/lib", "/lib/ld-musl-x86_64.so.1"}));
  EXPECT_EQ(files.at("/lib/apk/db/installed"),
            "C:Q1xyz=\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1x\n\n");
  const Index cut = slim(index, {"/bin", "/bin/busybox"});
  EXPECT_EQ(owner_of(cut, "/bin/busybox"), "apk:busybox@1.36-r5");
  EXPECT_EQ(find_owners(cut).packages.size(), 1U);
}

std::string text_between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  return text.substr(begin, text.find(to, begin) - begin);
}

TEST(PackageRecords, FilesOfADirectoryThatIsLeftOutDoNotMoveIntoTheOneBefore) {
  const Index index = test::index_from_text(kAlpine);
  const auto files = written(records_of(index, {"/lib/ld-musl-x86_64.so.1", "/usr/lib/libc.so"}));
  EXPECT_EQ(text_between(files.at("/lib/apk/db/installed"), "F:usr/lib\n", "\n\n"),
            "F:usr/lib\nM:0:0:755\nR:libc.so\nZ:Q1y");
}

Index with_rpms(std::string_view path) {
  Index index =
      test::index_from_text("f 0644 0:0 9 /etc/rpc\nf 0644 0:0 9 /etc/other\nf 0644 0:0 9 /etc/third\nf 0644 0:0 9 " +
                            std::string(path) + "\n");
  FileFacts facts;
  facts.text =
      make_rpm_sqlite({rpm_header({"/etc/"}, {0, 0}, {"rpc", "gone"}), rpm_header({"/etc/"}, {0}, {"other"}, "b"),
                       rpm_header({"/etc/"}, {0}, {"third"}, "glibc", "i686")});
  index.entries[index.find(path).value()].facts = std::make_shared<FileFacts>(facts);
  return index;
}

TEST(PackageRecords, RpmsAreADatabaseThatIsReadBackWithTheKeptPackages) {
  const std::string path = "/var/lib/rpm/rpmdb.sqlite";
  const Index index = with_rpms(path);
  const PackageRecords records = records_of(index, {"/etc/rpc"});
  ASSERT_EQ(records.additions.size(), 1U);
  EXPECT_EQ(records.additions[0].entry.path, path);
  const Index cut = slim(index, {"/etc/rpc"});
  const Ownership owners = find_owners(cut);
  ASSERT_EQ(owners.packages.size(), 1U) << "neither another package nor another architecture of it";
  EXPECT_EQ(owners.packages[0], (Package{"rpm", "glibc", "2.28-1.el8", "x86_64"}));
  EXPECT_TRUE(owners.warnings.empty());
}

TEST(PackageRecords, TheSameHeadersGiveTheSameDatabaseToTheByte) {
  const std::vector<std::string> headers = {rpm_header({"/etc/"}, {0}, {"rpc"}), rpm_header({"/a/"}, {0}, {"b"}, "c")};
  const auto database = make_rpm_sqlite(headers);
  ASSERT_TRUE(database);
  EXPECT_EQ(make_rpm_sqlite(headers), database);
  EXPECT_NE(make_rpm_sqlite({headers[0]}), database);
  EXPECT_EQ(database->substr(92, 8), std::string(8, '\0')) << "nothing tells the version of sqlite";
}

TEST(PackageRecords, RpmsThatTheWorkloadReadsStayAsTheyAre) {
  const PackageRecords records =
      records_of(with_rpms("/var/lib/rpm/rpmdb.sqlite"), {"/etc/rpc", "/var/lib/rpm/rpmdb.sqlite"});
  EXPECT_TRUE(records.additions.empty());
  EXPECT_EQ(records.warnings.size(), 1U);
}

TEST(PackageRecords, NameTheDirectoriesOfTheImageThatTheyStandIn) {
  const Index index = test::index_from_text(kDebian);
  const PackageRecords records = records_of(index, {"/usr/share/b"});
  std::set<std::string> parents;
  for (const EntryId id : records.parents) parents.insert(index.entries[id].path);
  EXPECT_EQ(parents, (std::set<std::string>{"/var", "/var/lib", "/var/lib/dpkg", "/var/lib/dpkg/info"}));
}

TEST(PackageRecords, StandInTheDirectoryThatALinkLeadsTo) {
  const Index index = test::index_from_text(R"(
    l /var/lib/dpkg ../../usr/dpkg
    f 0644 0:0 9 /usr/dpkg/status text=Package:\x20a\x0aVersion:\x201\x0a
    f 0644 0:0 9 /usr/dpkg/info/a.list text=/usr/a\x0a
    f 0644 0:0 9 /usr/a
  )");
  EXPECT_TRUE(written(records_of(index, {"/usr/a"})).contains("/usr/dpkg/status.d/a"));
}

TEST(PackageRecords, AreNotWrittenBelowWhatIsNoDirectory) {
  const Index index = test::index_from_text(std::string(kDebian) + "l /var/lib/dpkg/status.d /etc\n");
  const PackageRecords records = records_of(index, {"/usr/share/b"});
  EXPECT_EQ(paths_of(written(records)), (std::set<std::string>{"/var/lib/dpkg/info/b.list"}));
  ASSERT_EQ(records.warnings.size(), 1U);
  EXPECT_NE(records.warnings[0].find("/var/lib/dpkg/status.d is no directory"), std::string::npos);
}

}  // namespace
}  // namespace winnow
