// SPDX-License-Identifier: Apache-2.0
// Who owns what, out of each kind of package database.
#include "winnow/attribute/packages.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "support/index_text.h"
#include "unit/attribute/owners.h"
#include "unit/attribute/rpm_header.h"

namespace winnow {
namespace {

TEST(Packages, DpkgOwnsWhatItsListsName) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20a\x0aStatus:\x20ok\x0aArchitecture:\x20amd64\x0aVersion:\x201:2-3\x0a\x0aPackage:\x20b\x0aArchitecture:\x20all\x0aVersion:\x204\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/a:amd64.list text=/.\x0a/usr\x0a/usr/share\x0a/usr/share/a\x0a/usr/share/a/file\x0a/bin/tool\x0a/gone\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/a:amd64.postinst
    f 0644 0:0 9 /var/lib/dpkg/info/b.list text=/.\x0a/usr\x0a/usr/share/b\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/format
    l /bin usr/bin
    f 0755 0:0 9 /usr/bin/tool
    f 0644 0:0 9 /usr/share/a/file
    f 0644 0:0 9 /usr/share/b
    f 0644 0:0 9 /usr/share/c
  )");
  EXPECT_EQ(owner_of(index, "/usr/share/a/file"), "deb:a@1:2-3");
  EXPECT_EQ(owner_of(index, "/usr/share/b"), "deb:b@4");
  EXPECT_EQ(owner_of(index, "/usr/share/c"), "nobody");
  EXPECT_EQ(owner_of(index, "/usr/bin/tool"), "deb:a@1:2-3") << "through the link of a merged /usr";
  EXPECT_EQ(owner_of(index, "/usr/share/a"), "deb:a@1:2-3");
  EXPECT_EQ(owner_of(index, "/usr"), "nobody") << "two packages list it";
  EXPECT_EQ(owner_of(index, "/var/lib/dpkg/info/a:amd64.postinst"), "deb:a@1:2-3");
  EXPECT_EQ(owner_of(index, "/var/lib/dpkg/info/format"), "nobody");
}

TEST(Packages, DpkgsDiversionsMoveTheFilesOfOthers) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /var/lib/dpkg/diversions text=/usr/bin/x\x0a/usr/bin/x.real\x0ab\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/usr/bin/x\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/b.list text=/usr/bin/x\x0a
    f 0755 0:0 9 /usr/bin/x
    f 0755 0:0 9 /usr/bin/x.real
  )");
  EXPECT_EQ(owner_of(index, "/usr/bin/x"), "deb:b");
  EXPECT_EQ(owner_of(index, "/usr/bin/x.real"), "deb:a");
}

TEST(Packages, DistrolessImagesNameTheirsInStatusDirectories) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /var/lib/dpkg/status.d/base text=Package:\x20base-files\x0aVersion:\x2012\x0a
    f 0644 0:0 9 /var/lib/dpkg/status.d/base.md5sums text=d41d8cd98f00b204e9800998ecf8427e\x20\x20usr/share/one\x20two\x0a
    f 0644 0:0 9 /usr/share/one\x20two
  )");
  EXPECT_EQ(owner_of(index, "/usr/share/one two"), "deb:base-files@12");
  EXPECT_EQ(owner_of(index, "/var/lib/dpkg/status.d/base"), "deb:base-files@12");
}

TEST(Packages, ApkOwnsTheFilesOfItsDirectories) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /lib/apk/db/installed text=C:Q1xyz=\x0aP:musl\x0aV:1.2.4-r2\x0aF:lib\x0aR:ld-musl-x86_64.so.1\x0aa:0:0:755\x0aZ:Q1x\x0aF:usr/lib\x0aR:libc.so\x0a\x0aP:busybox\x0aV:1.36-r5\x0aF:bin\x0aR:busybox\x0a\x0a
    f 0755 0:0 9 /lib/ld-musl-x86_64.so.1
    f 0755 0:0 9 /usr/lib/libc.so
    f 0755 0:0 9 /bin/busybox
    l /bin/sh busybox
  )");
  EXPECT_EQ(owner_of(index, "/lib/ld-musl-x86_64.so.1"), "apk:musl@1.2.4-r2");
  EXPECT_EQ(owner_of(index, "/usr/lib/libc.so"), "apk:musl@1.2.4-r2");
  EXPECT_EQ(owner_of(index, "/bin/busybox"), "apk:busybox@1.36-r5");
  EXPECT_EQ(owner_of(index, "/bin/sh"), "nobody") << "made by a script of the package";
}

std::string little(std::uint32_t value) {
  return {static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
          static_cast<char>(value >> 24)};
}

// rpm's own format: one page of slots, of which the second is used, and the blob behind it.
std::string ndb(const std::string& header, std::uint32_t claimed_size) {
  std::string file = "RpmP" + little(0) + little(1) + little(1) + little(2) + std::string(12, '\0');
  file += "Slot" + std::string(12, '\0');
  file += "Slot" + little(7) + little(4096 / 16) + little(static_cast<std::uint32_t>(header.size() / 16 + 2));
  while (file.size() < 4096) file += "Slot" + std::string(12, '\0');
  return file + "BlbS" + little(7) + little(1) + little(claimed_size) + header + std::string(12, '\0');
}

Index with_rpm(std::string_view path, const std::string& database) {
  Index index = test::index_from_text("f 0755 0:0 9 /usr/lib64/libc.so.6\nf 0644 0:0 9 /etc/rpc\nf 0644 0:0 9 " +
                                      std::string(path) + "\n");
  FileFacts facts;
  facts.text = database;
  index.entries[index.find(path).value()].facts = std::make_shared<FileFacts>(facts);
  return index;
}

TEST(Packages, RpmsOwnDatabaseIsRead) {
  const std::string header = rpm_header({"/etc/", "/usr/lib64/"}, {1, 0}, {"libc.so.6", "rpc"});
  const Index index =
      with_rpm("/usr/lib/sysimage/rpm/Packages.db", ndb(header, static_cast<std::uint32_t>(header.size())));
  EXPECT_EQ(owner_of(index, "/usr/lib64/libc.so.6"), "rpm:glibc@2.28-1.el8");
  EXPECT_EQ(owner_of(index, "/etc/rpc"), "rpm:glibc@2.28-1.el8");
  EXPECT_EQ(find_owners(index).warnings, std::vector<std::string>());
}

TEST(Packages, SystemPackagesSayWhatTheyNeed) {
  const std::string header =
      rpm_header({"/etc/"}, {0}, {"rpc"}, "glibc", "x86_64", {"libz.so.1()(64bit)", "bash", "libz.so.1(ZLIB_1.2)"});
  const Ownership rpm = find_owners(
      with_rpm("/usr/lib/sysimage/rpm/Packages.db", ndb(header, static_cast<std::uint32_t>(header.size()))));
  using Names = std::vector<std::string>;
  ASSERT_EQ(rpm.needs.size(), 1U);
  EXPECT_EQ(rpm.needs.begin()->second, (Names{"bash", "libz.so.1"}));
  const Ownership deb = find_owners(test::index_from_text(
      "f 0644 0:0 9 /a\nf 0644 0:0 9 /var/lib/dpkg/info/a.list text=/a\\x0a\nf 0644 0:0 9 /var/lib/dpkg/status "
      "text=Package:\\x20a\\x0aPre-Depends:\\x20c\\x20(>=\\x201)\\x0aDepends:\\x20b:any\\x20|\\x20d,"
      "\\x20c\\x0aSuggests:"
      "\\x20e\\x0a"));
  ASSERT_EQ(deb.needs.size(), 1U);
  EXPECT_EQ(deb.needs.begin()->second, (Names{"b", "c", "d"}));
  EXPECT_EQ(deb.packages.at(deb.needs.begin()->first).name, "a");
}

// A database file made by these statements; "?" in them is HEADER.
std::string sqlite(const std::vector<std::string>& statements, const std::string& header) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(":memory:", &database), SQLITE_OK);
  for (const std::string& text : statements) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database, text.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_bind_blob(statement, 1, header.data(), static_cast<int>(header.size()), SQLITE_STATIC);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE) << text;
    sqlite3_finalize(statement);
  }
  sqlite3_int64 size = 0;
  unsigned char* const bytes = sqlite3_serialize(database, "main", &size, 0);
  std::string file(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  sqlite3_free(bytes);
  sqlite3_close(database);
  return file;
}

TEST(Packages, AnRpmDatabaseInSqliteIsRead) {
  const std::string header = rpm_header({"/etc/"}, {0}, {"rpc"});
  const Index index = with_rpm("/usr/lib/sysimage/rpm/rpmdb.sqlite",
                               sqlite({"CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)",
                                       "INSERT INTO Packages VALUES (7, ?)"},
                                      header));
  EXPECT_EQ(owner_of(index, "/etc/rpc"), "rpm:glibc@2.28-1.el8");
  EXPECT_EQ(find_owners(index).warnings, std::vector<std::string>());
}

TEST(Packages, AHostileSqliteSchemaRunsNothing) {
  const std::string header = rpm_header({"/etc/"}, {0}, {"rpc"});
  const std::vector<std::string> schemas[] = {
      {"CREATE TABLE p (blob)", "INSERT INTO p VALUES (?)", "CREATE VIEW Packages AS SELECT blob FROM p"},
      {"CREATE VIEW Packages AS WITH RECURSIVE n(blob) AS (SELECT 1 UNION ALL SELECT blob + 1 FROM n) SELECT blob FROM "
       "n"},
      {"CREATE TABLE Packages (hnum, blob AS (zeroblob(1000000000)))", "INSERT INTO Packages (hnum) VALUES (1)"},
      {"CREATE TABLE Packages (a, blob AS (a||a||a||a||a||a))", "INSERT INTO Packages (a) VALUES (?)"},
      {"CREATE TABLE other (blob)"}};
  for (const auto& schema : schemas) {
    const Index index = with_rpm("/var/lib/rpm/rpmdb.sqlite", sqlite(schema, header));
    EXPECT_EQ(find_owners(index).warnings.size(), 1U) << schema.back();
    EXPECT_EQ(owner_of(index, "/etc/rpc"), "nobody") << schema.back();
  }
}

TEST(Packages, ADamagedRpmDatabaseIsAWarningThatNamesIt) {
  const std::string header = rpm_header({"/etc/"}, {0}, {"rpc"});
  const std::string good = ndb(header, static_cast<std::uint32_t>(header.size()));
  const std::pair<std::string, std::string> bad[] = {{"Packages.db", ndb(header, 1u << 30)},
                                                     {"Packages.db", good.substr(0, 4000)},
                                                     {"Packages.db", ""},
                                                     {"rpmdb.sqlite", std::string(5000, 's')},
                                                     {"rpmdb.sqlite", ""},
                                                     {"Packages", std::string(9000, 'b')}};
  for (const auto& [name, database] : bad) {
    const std::string path = "/var/lib/rpm/" + name;
    const Index index = with_rpm(path, database);
    const Ownership owners = find_owners(index);
    ASSERT_EQ(owners.warnings.size(), 1U) << name;
    EXPECT_TRUE(owners.warnings[0].starts_with(path + ": this rpm database cannot be read: ")) << owners.warnings[0];
    EXPECT_EQ(owner_of(index, "/etc/rpc"), "nobody");
  }
}

TEST(Packages, ADatabaseThatNamesPathsWithoutEndIsCutOff) {
  // One directory of four thousand bytes that each of a hundred thousand files is in: 400 MB of paths in 0.6 MB.
  const std::string directory = "/" + std::string(4000, 'd') + "/";
  const std::string header =
      rpm_header({directory}, std::vector<std::uint32_t>(100'000, 0), std::vector<std::string>(100'000, "f"));
  const Index index = with_rpm("/var/lib/rpm/Packages.db", ndb(header, static_cast<std::uint32_t>(header.size())));
  const Ownership owners = find_owners(index);
  ASSERT_EQ(owners.warnings.size(), 1U);
  EXPECT_NE(owners.warnings[0].find("name more than an image can have"), std::string::npos);
}

TEST(Packages, PipOwnsWhatItsRecordsName) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /usr/lib/python3/site-packages/PyYAML-6.0.dist-info/RECORD text=yaml/__init__.py,sha256=x,1\x0a"odd,\x20name",,\x0a../../../bin/tool,,\x0a
    f 0644 0:0 9 /usr/lib/python3/site-packages/PyYAML-6.0.dist-info/INSTALLER
    f 0644 0:0 9 /usr/lib/python3/site-packages/yaml/__init__.py
    f 0644 0:0 9 /usr/lib/python3/site-packages/yaml/__pycache__/__init__.cpython-311.opt-1.pyc
    f 0644 0:0 9 /usr/lib/python3/site-packages/yaml/__pycache__/other.cpython-311.pyc
    f 0644 0:0 9 /usr/lib/python3/site-packages/odd,\x20name
    f 0644 0:0 9 /usr/bin/tool
  )");
  const std::string site = "/usr/lib/python3/site-packages/";
  for (const char* path : {"yaml/__init__.py", "odd, name", "PyYAML-6.0.dist-info/INSTALLER",
                           "yaml/__pycache__/__init__.cpython-311.opt-1.pyc"})
    EXPECT_EQ(owner_of(index, site + path), "pip:PyYAML@6.0") << path;
  EXPECT_EQ(owner_of(index, site + "yaml/__pycache__/other.cpython-311.pyc"), "nobody") << "without a source";
  EXPECT_EQ(owner_of(index, "/usr/bin/tool"), "pip:PyYAML@6.0");
}

TEST(Packages, NpmOwnsTheDirectoryOfItsPackageButNotThatOfAnotherInIt) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /app/node_modules/@s/a/package.json owner=npm:@s/a@1.0.0
    f 0644 0:0 9 /app/node_modules/@s/a/lib/x.js
    f 0644 0:0 9 /app/node_modules/@s/a/node_modules/b/package.json owner=npm:b
    f 0644 0:0 9 /app/node_modules/@s/a/node_modules/b/y.js
    f 0644 0:0 9 /app/main.js
  )");
  EXPECT_EQ(owner_of(index, "/app/node_modules/@s/a/lib/x.js"), "npm:@s/a@1.0.0");
  EXPECT_EQ(owner_of(index, "/app/node_modules/@s/a/node_modules/b/y.js"), "npm:b");
  EXPECT_EQ(owner_of(index, "/app/main.js"), "nobody");
}

TEST(Packages, GemsOwnTheirDirectory) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /usr/lib/gems/specifications/net-http-1.16.0-x86_64-linux.gemspec
    f 0644 0:0 9 /usr/lib/gems/gems/net-http-1.16.0-x86_64-linux/lib/a.rb
    f 0644 0:0 9 /usr/lib/gems/cache/net-http-1.16.0-x86_64-linux.gem
    f 0644 0:0 9 /usr/lib/gems/gems/other-1/lib/a.rb
  )");
  for (const char* path : {"specifications/net-http-1.16.0-x86_64-linux.gemspec",
                           "gems/net-http-1.16.0-x86_64-linux/lib/a.rb", "cache/net-http-1.16.0-x86_64-linux.gem"})
    EXPECT_EQ(owner_of(index, std::string("/usr/lib/gems/") + path), "gem:net-http@1.16.0-x86_64-linux") << path;
  EXPECT_EQ(owner_of(index, "/usr/lib/gems/gems/other-1/lib/a.rb"), "nobody");
}

TEST(Packages, ProgramsAndJarsSayThemselvesWhatTheyAre) {
  const Index index = test::index_from_text(R"(
    f 0755 0:0 9 /usr/bin/tool owner=go:example.com/tool@v1.2.3
    f 0644 0:0 9 /opt/a.jar owner=jar:org.example:a@1.0
  )");
  EXPECT_EQ(owner_of(index, "/usr/bin/tool"), "go:example.com/tool@v1.2.3");
  EXPECT_EQ(owner_of(index, "/opt/a.jar"), "jar:org.example:a@1.0");
}

TEST(Packages, TheSystemsManagerGoesBeforeThatOfALanguage) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /var/lib/dpkg/info/python3-yaml.list text=/usr/lib/python3/dist-packages/yaml.py\x0a
    f 0644 0:0 9 /usr/lib/python3/dist-packages/PyYAML-6.0.dist-info/RECORD text=yaml.py,,\x0a
    f 0644 0:0 9 /usr/lib/python3/dist-packages/yaml.py
  )");
  EXPECT_EQ(owner_of(index, "/usr/lib/python3/dist-packages/yaml.py"), "deb:python3-yaml");
}

TEST(Packages, ALinkIsNoDirectoryOfAPackage) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /usr/lib/gems/specifications/a-1.gemspec
    l /usr/lib/gems/gems/a-1 /
    f 0644 0:0 9 /etc/shadow
  )");
  EXPECT_EQ(owner_of(index, "/etc/shadow"), "nobody");
}

// Each would take minutes or gigabytes without a bound on the work.
TEST(Packages, DatabasesThatMakeWorkWithoutEndAreCutOff) {
  std::string far;
  while (far.size() < 4000) far += "../";
  std::string links = "f 0644 0:0 9 /lib/apk/db/installed\n";
  for (int i = 0; i < 38; ++i) links += "l /l" + std::to_string(i) + " " + far + "l" + std::to_string(i + 1) + "\n";
  Index index = test::index_from_text(links);
  const auto warnings = [&](const std::string& text) {
    FileFacts facts;
    facts.text = text;
    index.entries[index.find("/lib/apk/db/installed").value()].facts = std::make_shared<FileFacts>(facts);
    return find_owners(index).warnings.size();
  };
  std::string through = "P:a\nF:l0\n";
  for (int i = 0; i < 100'000; ++i) through += "R:x\n";
  EXPECT_EQ(warnings(through), 1U);
  std::string many;
  for (int i = 0; i < 600'000; ++i) many += "P:a\nF:\n\n";
  EXPECT_EQ(warnings(many), 1U);
  std::string nameless;
  for (int i = 0; i < 600'000; ++i) nameless += "F:\n\n";
  EXPECT_EQ(warnings(nameless), 0U);
  EXPECT_TRUE(find_owners(index).packages.empty());
}

TEST(Packages, HostileNamesAndLinksLeadNowhere) {
  const Index index = test::index_from_text(R"(
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=\x0a/../../../etc/shadow\x0a/loop/x\x0arelative\x0a/\x0a
    l /loop loop
    f 0644 0:0 9 /etc/shadow
  )");
  EXPECT_EQ(owner_of(index, "/etc/shadow"), "deb:a") << "above the root is the root";
  EXPECT_EQ(owner_of(index, "/loop"), "nobody");
}

}  // namespace
}  // namespace winnow
