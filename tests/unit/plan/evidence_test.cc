// SPDX-License-Identifier: Apache-2.0
// What scanners know a distribution and its packages by is kept with what they are about.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/planning.h"

namespace winnow {
namespace {

using test::keeps;
using test::plan_of;
using test::risk_of;

TEST(RuntimeRule, KeepsWhatScannersKnowTheDistributionBy) {
  const auto spec = plan_of(R"(
    l /etc/os-release ../usr/lib/os-release
    f 0644 0:0 5 /usr/lib/os-release
    f 0644 0:0 5 /etc/debian_version
    f 0644 0:0 5 /etc/lsb-release
    f 0644 0:0 5 /etc/apk/repositories
    l /etc/system-release rocky-release
    f 0644 0:0 5 /etc/rocky-release
    f 0644 0:0 5 /root/buildinfo/content_manifests/ubi9.json
    f 0644 0:0 5 /etc/issue)",
                            {{"/x", Kind::kStat}});
  for (const char* path :
       {"/etc/os-release", "/usr/lib/os-release", "/etc/debian_version", "/etc/lsb-release", "/etc/apk/repositories",
        "/etc/system-release", "/etc/rocky-release", "/root/buildinfo/content_manifests/ubi9.json"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_FALSE(keeps(spec, "/etc/issue"));
}

TEST(MetadataRule, KeepsWhatSpeaksForTheDirectoryOfAKeptFile) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/app/vendor/composer/installed.json", "/app/vendor/acme/lib/src/A.php"},
      {"/opt/bitnami/redis/.spdx-redis.spdx", "/opt/bitnami/redis/bin/redis-server"},
      {"/srv/app/web.deps.json", "/srv/app/web.dll"},
      {"/usr/lib/R/library/stats/DESCRIPTION", "/usr/lib/R/library/stats/R/stats.rdb"},
      {"/usr/local/lib/R/site-library/Rcpp/DESCRIPTION", "/usr/local/lib/R/site-library/Rcpp/libs/Rcpp.so"},
      {"/usr/lib/erlang/lib/ssl-10.9/ebin/ssl.app", "/usr/lib/erlang/lib/ssl-10.9/ebin/ssl.beam"}};
  std::string image = "f 0644 0:0 1 /elsewhere\n";
  for (const auto& [evidence, file] : cases) image += "f 0644 0:0 1 " + evidence + "\nf 0644 0:0 1 " + file + "\n";
  for (const auto& [evidence, file] : cases) {
    const auto spec = plan_of(image, {{file}});
    for (const auto& one : cases) EXPECT_EQ(keeps(spec, one.first), one.first == evidence) << file << ": " << one.first;
  }
}

TEST(MetadataRule, KeepsWhatCondaKnowsOfTheOwnersOfKeptFilesAlone) {
  const auto spec = plan_of(R"(
    f 0644 0:0 9 /opt/conda/conda-meta/zlib-1.3-h1.json owner=conda:zlib@1.3 text=lib/libz.so.1\x0a
    f 0644 0:0 9 /opt/conda/conda-meta/xz-5.2-h2.json owner=conda:xz@5.2 text=bin/xz\x0a
    f 0644 0:0 1 /opt/conda/lib/libz.so.1
    f 0644 0:0 1 /opt/conda/bin/xz)",
                            {{"/opt/conda/lib/libz.so.1"}});
  EXPECT_TRUE(keeps(spec, "/opt/conda/conda-meta/zlib-1.3-h1.json"));
  EXPECT_FALSE(keeps(spec, "/opt/conda/conda-meta/xz-5.2-h2.json"));
  EXPECT_EQ(spec.find("/opt/conda/lib/libz.so.1")->package, "conda:zlib@1.3");
}

TEST(MetadataRule, KeepsTheLicenceOfDebianPackagesOfWhichAFileIsKept) {
  const auto spec = plan_of(R"(
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/usr/bin/a\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/b.list text=/usr/bin/b\x0a
    f 0755 0:0 1 /usr/bin/a
    f 0755 0:0 1 /usr/bin/b
    l /usr/share/doc/a common
    f 0644 0:0 1 /usr/share/doc/common/copyright
    f 0644 0:0 1 /usr/share/doc/common/changelog.gz
    f 0644 0:0 1 /usr/share/doc/b/copyright)",
                            {{"/usr/bin/a", Kind::kExec}});
  EXPECT_TRUE(keeps(spec, "/usr/share/doc/a"));
  EXPECT_TRUE(keeps(spec, "/usr/share/doc/common/copyright"));
  EXPECT_FALSE(keeps(spec, "/usr/share/doc/common/changelog.gz"));
  EXPECT_FALSE(keeps(spec, "/usr/share/doc/b/copyright"));
}

TEST(Risks, NameTheLockFilesThatScannersWillNotSee) {
  const auto spec =
      plan_of("f 0644 0:0 1 /app/main.js\nf 0644 0:0 900 /app/package-lock.json\nf 0644 0:0 1 /gone/yarn.lock",
              {{"/app/main.js"}});
  const Risk* const risk = risk_of(spec, "evidence");
  ASSERT_NE(risk, nullptr);
  EXPECT_EQ(risk->glob, "/app/package-lock.json");
  EXPECT_EQ(std::ranges::count(spec.risks, "evidence", &Risk::family), 1) << "nothing is kept beside the other";
}

}  // namespace
}  // namespace winnow
