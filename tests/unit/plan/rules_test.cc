// SPDX-License-Identifier: Apache-2.0
// One small image for each keep rule: the entry that this rule alone keeps. With the rule taken out of the table the
// entry is dropped, so every rule is needed and every case tests its rule.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>

#include "plan/decisions.h"
#include "support/planning.h"

namespace winnow {
namespace {

using test::keeping;
using test::keeps;
using test::plan_of;
using test::plan_of_container;
using test::profile_of;
using test::risk_of;
using test::Touch;
using test::warns;
using test::with;

struct RuleCase {
  std::string rule;
  std::string image;
  std::vector<Touch> touches;
  std::string kept;          // by RULE
  std::string dropped = "";  // all the same
  PlanOptions options = {};
  std::vector<MountedVolume> volumes = {};
};

void PrintTo(const RuleCase& one, std::ostream* out) { *out << one.rule; }

std::optional<KeptEntry> kept_in(const RuleCase& one, std::span<const Rule> rules, const std::string& path) {
  AccessProfile profile = profile_of(one.touches);
  profile.runs[0].volumes = one.volumes;
  const auto spec = make_plan(test::index_from_text(one.image), profile, one.options, rules);
  EXPECT_TRUE(spec) << spec.error().what;
  const auto found = std::ranges::find(spec->entries, path, [](const KeptEntry& kept) { return kept.entry.path; });
  return found == spec->entries.end() ? std::nullopt : std::optional(*found);
}

PlanOptions running(std::vector<OutsideCommand> commands) {
  PlanOptions options;
  options.commands = std::move(commands);
  return options;
}

std::vector<RuleCase> cases() {
  return {
      {"accessed", "f 0644 0:0 1 /a\nf 0644 0:0 1 /b", {{"/a"}}, "/a", "/b"},
      {"listed", "f 0644 0:0 1 /srv/d/a\nf 0644 0:0 1 /srv/d/b", {{"/srv/d", Kind::kList}}, "/srv/d/b"},
      {"config",
       "config {\"config\":{\"Entrypoint\":[\"/e\"]}}\nf 0755 0:0 1 /e\nf 0755 0:0 1 /f",
       {{"/x", Kind::kStat}},
       "/e",
       "/f"},
      {"runtime",
       "f 0644 0:0 1 /etc/passwd\nf 0600 0:0 1 /etc/shadow",
       {{"/x", Kind::kStat}},
       "/etc/passwd",
       "/etc/shadow"},
      {"orchestrator",
       "f 0755 0:0 1 /bin/sleep\nf 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/cat",
       {{"/x", Kind::kStat}},
       "/bin/sleep",
       "/bin/cat",
       running({{"--command", {"sh", "-c", "sleep 5"}}})},
      {"keep", "f 0644 0:0 1 /a\nf 0644 0:0 1 /b/c", {{"/a"}}, "/b/c", "", keeping("/b/*")},
      {"volume",
       "f 0644 0:0 1 /app/static/deep/a.css\nf 0644 0:0 1 /app/static-not/b",
       {{"/x", Kind::kStat}},
       "/app/static/deep/a.css",
       "/app/static-not/b",
       {},
       {{"/app/static", "static", true}}},
      {"family",
       "f 0644 0:0 1 /usr/share/zoneinfo/UTC\nf 0644 0:0 1 /usr/share/zoneinfo/Asia/Tokyo\nf 0644 0:0 1 /usr/share/x",
       {{"/usr/share/zoneinfo/UTC"}},
       "/usr/share/zoneinfo/Asia/Tokyo",
       "/usr/share/x",
       with(Policy::kFamilies)},
      {"app",
       "layer base\nf 0644 0:0 1 /srv/base\nlayer COPY\nf 0644 0:0 1 /srv/app/a\nf 0644 0:0 1 /srv/app/deep/b\nf 0644 "
       "0:0 1 /srv/y",
       {{"/srv/app/a"}},
       "/srv/app/deep/b",
       "/srv/y",
       with(Policy::kApp)},
      {"certificates",
       "l /etc/ssl/certs/0a1b2c3d.0 A.pem\nl /etc/ssl/certs/ffffffff.0 B.pem\nf 0644 0:0 9 /etc/ssl/certs/A.pem\nf "
       "0644 0:0 9 "
       "/etc/ssl/certs/B.pem\nf 0644 0:0 9 /etc/ssl/certs/other.pem",
       {{"/etc/ssl/certs/0a1b2c3d.0"}},
       "/etc/ssl/certs/B.pem",
       "/etc/ssl/certs/other.pem"},
      {"nss",
       "f 0644 0:0 1 /etc/nsswitch.conf text=hosts:\\x20files\\x20[NOTFOUND=return]\\x20myhostname\\x0a\nf 0644 0:0 1 "
       "/usr/lib/libnss_myhostname.so.2\nf 0644 0:0 1 /usr/lib/libnss_compat.so.2",
       {{"/etc/nsswitch.conf"}},
       "/usr/lib/libnss_myhostname.so.2",
       "/usr/lib/libnss_compat.so.2"},
      {"modules",
       "f 0644 0:0 1 /usr/lib/sasl2/libplain.so\nf 0644 0:0 1 /usr/lib/sasl2/libscram.so\nf 0644 0:0 1 "
       "/usr/lib/other/x.so",
       {{"/usr/lib/sasl2/libplain.so"}},
       "/usr/lib/sasl2/libscram.so",
       "/usr/lib/other/x.so"},
      {"not-empty",
       "f 0644 0:0 9 /srv/d/a\nf 0644 0:0 1 /srv/d/b",
       {{"/srv/d", Kind::kNotEmpty}},
       "/srv/d/b",
       "/srv/d/a"},
      {"parent", "d 0750 3:4 /a\nf 0644 0:0 1 /a/b\nd 0755 0:0 /c", {{"/a/b"}}, "/a", "/c"},
      {"elf",
       "f 0755 0:0 1 /bin/app needed=liba.so\nf 0644 0:0 1 /lib/liba.so elf\nf 0644 0:0 1 /lib/libb.so elf",
       {{"/bin/app", Kind::kExec}},
       "/lib/liba.so",
       "/lib/libb.so"},
      {"dlopen",
       "f 0755 0:0 1 /bin/app elf mentions=liba.so\nf 0644 0:0 1 /lib/liba.so elf\nf 0644 0:0 1 /lib/libb.so elf",
       {{"/bin/app", Kind::kExec}},
       "/lib/liba.so",
       "/lib/libb.so",
       with(Policy::kFamilies)},
      {"shebang",
       "f 0755 0:0 1 /run.sh shebang=/bin/dash\nf 0755 0:0 1 /bin/dash\nf 0755 0:0 1 /bin/bash",
       {{"/run.sh", Kind::kExec}},
       "/bin/dash",
       "/bin/bash"},
      {"commands",
       "f 0755 0:0 1 /run.sh shebang=/bin/sh mentions=gosu\nf 0755 0:0 1 /usr/bin/gosu\nf 0755 0:0 1 /usr/bin/other",
       {{"/run.sh", Kind::kExec}},
       "/usr/bin/gosu",
       "/usr/bin/other",
       with(Policy::kFamilies)},
      {"imports",
       "f 0644 0:0 1 /app/main.py mentions=xml.dom\nf 0644 0:0 1 /usr/lib/python3.11/xml/__init__.py\nf 0644 0:0 1 "
       "/usr/lib/python3.11/xml/dom.py\nf 0644 0:0 1 /usr/lib/python3.11/xml/sax.py",
       {{"/app/main.py"}},
       "/usr/lib/python3.11/xml/dom.py",
       "/usr/lib/python3.11/xml/sax.py",
       with(Policy::kFamilies)},
      {"pam",
       "f 0644 0:0 1 /etc/pam.d/su text=auth\\x20[success=1\\x20default=ignore]\\x20pam_unix.so\\x20nullok\\x0a\nf "
       "0644 0:0 1 "
       "/usr/lib/security/pam_unix.so\nf 0644 0:0 1 /usr/lib/security/pam_time.so",
       {{"/etc/pam.d/su"}},
       "/usr/lib/security/pam_unix.so",
       "/usr/lib/security/pam_time.so"},
      {"python",
       "f 0644 0:0 1 /app/m.py\nf 0644 0:0 1 /app/__pycache__/m.cpython-311.pyc\nf 0644 0:0 1 "
       "/app/__pycache__/n.cpython-311.pyc",
       {{"/app/__pycache__/m.cpython-311.pyc"}},
       "/app/m.py",
       "/app/__pycache__/n.cpython-311.pyc"},
      {"gem",
       "f 0644 0:0 1 /g/gems/puma-6.0/lib/puma.rb\nf 0644 0:0 1 /g/specifications/puma-6.0.gemspec\nf 0644 0:0 0 "
       "/g/extensions/x86_64-linux/3.1.0/puma-6.0/gem.build_complete\nf 0644 0:0 1 /g/specifications/rack-2.0.gemspec",
       {{"/g/gems/puma-6.0/lib/puma.rb"}},
       "/g/extensions/x86_64-linux/3.1.0/puma-6.0/gem.build_complete",
       "/g/specifications/rack-2.0.gemspec"},
      {"node",
       "f 0644 0:0 1 /app/lib/deep/a.js\nf 0644 0:0 1 /app/package.json\nf 0644 0:0 1 /package.json",
       {{"/app/lib/deep/a.js"}},
       "/app/package.json",
       "/package.json"},
      {"jar",
       "f 0644 0:0 1 /opt/app.jar mentions=lib/dep.jar\nf 0644 0:0 1 /opt/lib/dep.jar\nf 0644 0:0 1 /opt/lib/other.jar",
       {{"/opt/app.jar"}},
       "/opt/lib/dep.jar",
       "/opt/lib/other.jar"},
      {"gstreamer",
       "f 0644 0:0 1 /root/.cache/gstreamer-1.0/registry.x86_64.bin\nf 0755 0:0 1 "
       "/usr/lib/x86_64-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner\nf 0644 0:0 1 "
       "/usr/lib/x86_64-linux-gnu/gio/modules/libgiognutls.so\nf 0644 0:0 1 /usr/lib/x86_64-linux-gnu/gio/x.so",
       {{"/root/.cache/gstreamer-1.0/registry.x86_64.bin"}},
       "/usr/lib/x86_64-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner",
       "/usr/lib/x86_64-linux-gnu/gio/x.so"},
      {"metadata",
       "f 0644 0:0 1 /p/six.py\nf 0644 0:0 1 /p/six-1.0.dist-info/RECORD "
       "text=six.py,,\\x0asix-1.0.dist-info/METADATA,,\\x0a\nf "
       "0644 0:0 1 /p/six-1.0.dist-info/METADATA\nf 0644 0:0 1 /p/six-1.0.dist-info/LICENSE",
       {{"/p/six.py"}},
       "/p/six-1.0.dist-info/METADATA",
       "/p/six-1.0.dist-info/LICENSE"},
  };
}

class EachRule : public ::testing::TestWithParam<RuleCase> {};

TEST_P(EachRule, KeepsWhatNoOtherRuleKeepsAndSaysSo) {
  const RuleCase& one = GetParam();
  const auto kept = kept_in(one, kRules, one.kept);
  ASSERT_TRUE(kept) << one.kept;
  EXPECT_TRUE(std::ranges::any_of(*kept->reasons, [&](const Reason& why) { return why.rule == one.rule; }))
      << kept->reasons->front().rule;
  EXPECT_FALSE(!one.dropped.empty() && kept_in(one, kRules, one.dropped)) << one.dropped;
}

TEST_P(EachRule, IsNeeded) {
  std::vector<Rule> others(std::begin(kRules), std::end(kRules));
  ASSERT_EQ(std::erase_if(others, [](const Rule& rule) { return rule.name == GetParam().rule; }), 1u);
  EXPECT_FALSE(kept_in(GetParam(), others, GetParam().kept));
}

std::string test_name(const ::testing::TestParamInfo<RuleCase>& one) {
  std::string name = one.param.rule;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rules, EachRule, ::testing::ValuesIn(cases()), test_name);

TEST(KeepRules, HaveACaseEach) {
  const auto all = cases();
  for (const Rule& rule : kRules) {
    if (rule.seed == nullptr && rule.each == nullptr) continue;
    EXPECT_TRUE(std::ranges::any_of(all, [&](const RuleCase& one) { return one.rule == rule.name; })) << rule.name;
  }
}

// The rest: what a rule must not do, and how rules meet.

TEST(NotEmptyRule, KeepsTheSmallestEntryThatTheWorkloadLeftAlone) {
  const std::string image = R"(
    f 0644 0:0 1 /srv/d/removed
    f 0644 0:0 9 /srv/d/left
    f 0644 0:0 20 /srv/d/larger
    d 0755 0:0 /srv/empty)";
  const auto spec =
      plan_of(image, {{"/srv/d", Kind::kNotEmpty}, {"/srv/d/removed", Kind::kDir}, {"/srv/empty", Kind::kNotEmpty}});
  EXPECT_TRUE(keeps(spec, "/srv/d/left"));
  EXPECT_FALSE(keeps(spec, "/srv/d/larger"));
  EXPECT_TRUE(keeps(spec, "/srv/empty")) << "what was in it was made while the workload ran";
}

TEST(NotEmptyRule, NeedsNoMoreThanWhatIsKeptAnyway) {
  const auto spec =
      plan_of("f 0644 0:0 1 /srv/d/small\nf 0644 0:0 9 /srv/d/used", {{"/srv/d", Kind::kNotEmpty}, {"/srv/d/used"}});
  EXPECT_TRUE(keeps(spec, "/srv/d/used"));
  EXPECT_FALSE(keeps(spec, "/srv/d/small"));
}

TEST(NotEmptyRule, KeepsADirectoryInADirectoryWithNothingInIt) {
  const auto spec = plan_of("f 0644 0:0 5 /srv/d/sub/file\nf 0644 0:0 5 /srv/d/z", {{"/srv/d", Kind::kNotEmpty}});
  EXPECT_TRUE(keeps(spec, "/srv/d/sub"));
  EXPECT_FALSE(keeps(spec, "/srv/d/sub/file"));
  EXPECT_FALSE(keeps(spec, "/srv/d/z"));
}

TEST(NotEmptyRule, KeepsOnlyANameAndNothingThatTheUserDrops) {
  PlanOptions options;
  options.drop = {"/srv/d/a"};
  const auto spec = plan_of("f 0755 0:0 1 /srv/d/a\nf 0755 0:0 5 /srv/d/b shebang=/bin/perl\nf 0755 0:0 5 /bin/perl",
                            {{"/srv/d", Kind::kNotEmpty}}, options);
  EXPECT_TRUE(keeps(spec, "/srv/d/b"));
  EXPECT_FALSE(keeps(spec, "/bin/perl"));
  EXPECT_FALSE(warns(spec, "is dropped by"));
}

TEST(AccessedRule, KeepsEveryLinkThatALookupWithoutEndWentThrough) {
  std::string image = R"(
    l /srv/self self
    l /srv/a b
    l /srv/b a
    l /srv/way a/below
    l /srv/other self
)";
  const int chain = 50;
  for (int i = 0; i < chain; ++i) image += "l /srv/chain" + std::to_string(i) + " chain" + std::to_string(i + 1) + "\n";
  const auto spec =
      plan_of(image, {{"/srv/self", Kind::kStat}, {"/srv/way/x", Kind::kLstat}, {"/srv/chain0", Kind::kStat}});
  for (const char* path : {"/srv/self", "/srv/a", "/srv/b", "/srv/way", "/srv/chain0", "/srv/chain39"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_TRUE(keeps(spec, "/srv/chain40")) << "the link that is one too many has to be there";
  EXPECT_FALSE(keeps(spec, "/srv/chain41"));
  EXPECT_FALSE(keeps(spec, "/srv/other"));
}

TEST(ElfRule, KeepsTheLibraryThatGlibcAbortsWithout) {
  const std::string image = R"(
    f 0755 0:0 5 /bin/app needed=libc.so.6
    f 0755 0:0 5 /bin/old needed=libpthread.so.0
    f 0644 0:0 5 /lib/x86_64-linux-gnu/libc.so.6 elf
    l /lib/x86_64-linux-gnu/libpthread.so.0 libpthread-2.31.so
    f 0644 0:0 5 /lib/x86_64-linux-gnu/libpthread-2.31.so elf
    f 0644 0:0 5 /lib/x86_64-linux-gnu/libgcc_s.so.1 elf
    f 0755 0:0 5 /bin/static elf)";
  EXPECT_TRUE(keeps(plan_of(image, {{"/bin/app", Kind::kExec}}), "/lib/x86_64-linux-gnu/libgcc_s.so.1"));
  EXPECT_TRUE(keeps(plan_of(image, {{"/bin/old", Kind::kExec}}), "/lib/x86_64-linux-gnu/libgcc_s.so.1"));
  EXPECT_FALSE(keeps(plan_of(image, {{"/bin/static", Kind::kExec}}), "/lib/x86_64-linux-gnu/libgcc_s.so.1"));
}

TEST(DlopenRule, FollowsANameAsFarAsThePackagesDependOnEachOther) {
  const std::string image = R"(
    f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20jre\x0aDepends:\x20libc6\x20(>=\x202),\x20gone\x20|\x20libfont1:any\x0aRecommends:\x20librec1\x0a\x0aPackage:\x20libfont1\x0a\x0aPackage:\x20librec1\x0a\x0aPackage:\x20libother1\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/jre.list text=/usr/lib/jre/libawt.so\x0a/usr/lib/jre/libheadless.so\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/libfont1.list text=/usr/lib/libfont.so.1\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/librec1.list text=/usr/lib/librec.so.1\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/libother1.list text=/usr/lib/libother.so.1\x0a
    f 0644 0:0 5 /usr/lib/jre/libawt.so elf mentions=libfont.so.1,librec.so.1,libother.so.1,libheadless.so
    f 0644 0:0 5 /usr/lib/jre/libheadless.so elf mentions=libdeep.so.1
    f 0644 0:0 5 /usr/lib/libfont.so.1 elf
    f 0644 0:0 5 /usr/lib/librec.so.1 elf
    f 0644 0:0 5 /usr/lib/libother.so.1 elf)";
  const auto spec = plan_of(image, {{"/usr/lib/jre/libawt.so"}}, with(Policy::kFamilies));
  EXPECT_TRUE(keeps(spec, "/usr/lib/libfont.so.1"));
  EXPECT_TRUE(keeps(spec, "/usr/lib/librec.so.1"));
  EXPECT_TRUE(keeps(spec, "/usr/lib/jre/libheadless.so")) << "of the same package, beside the file that names it";
  EXPECT_FALSE(keeps(spec, "/usr/lib/libother.so.1"));
  EXPECT_NE(risk_of(spec, "dlopen"), nullptr);
  EXPECT_FALSE(keeps(plan_of(image, {{"/usr/lib/jre/libawt.so"}}), "/usr/lib/libfont.so.1")) << "strict";
}

TEST(DlopenRule, FollowsAlpinesNamesOfLibraries) {
  const auto spec = plan_of(R"(
    f 0644 0:0 9 /lib/apk/db/installed text=P:app\x0aV:1\x0aD:so:libfont.so.1\x20musl>=1.2\x0aF:usr/bin\x0aR:app\x0a\x0aP:font\x0aV:2\x0aF:usr/lib\x0aR:libfont.so.1\x0aR:libother.so.1\x0a
    f 0755 0:0 5 /usr/bin/app elf interp=/lib/ld-musl-x86_64.so.1 mentions=libfont.so.1,libother.so.1
    f 0644 0:0 5 /usr/lib/libfont.so.1 elf
    f 0644 0:0 5 /usr/lib/libother.so.1 elf)",
                            {{"/usr/bin/app", Kind::kExec}}, with(Policy::kFamilies));
  EXPECT_TRUE(keeps(spec, "/usr/lib/libfont.so.1"));
  EXPECT_FALSE(keeps(spec, "/usr/lib/libother.so.1"));
}

TEST(ElfRule, KeepsTheVariantsOfALibraryForOtherProcessors) {
  const auto spec = plan_of(R"(
    f 0755 0:0 5 /usr/bin/app needed=libm.so.6
    f 0644 0:0 5 /usr/lib/x86_64-linux-gnu/libm.so.6 elf
    f 0644 0:0 5 /usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libm.so.6 elf
    f 0644 0:0 5 /usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/liby.so.6 elf)",
                            {{"/usr/bin/app", Kind::kExec}});
  EXPECT_TRUE(keeps(spec, "/usr/lib/x86_64-linux-gnu/libm.so.6"));
  EXPECT_TRUE(keeps(spec, "/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libm.so.6"));
  EXPECT_FALSE(keeps(spec, "/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/liby.so.6"));
}

TEST(ElfRule, SearchesTheRpathOfTheProgramForItsLibrariesLibrariesAndLdLibraryPath) {
  const auto spec = plan_of(R"(
    config {"config":{"Env":["LD_LIBRARY_PATH=/opt/env"]}}
    f 0755 0:0 5 /opt/app/app needed=liba.so,libe.so rpath=$ORIGIN/lib
    f 0644 0:0 5 /opt/app/lib/liba.so needed=libb.so
    f 0644 0:0 5 /opt/app/lib/libb.so elf
    f 0644 0:0 5 /opt/env/libe.so elf)",
                            {{"/opt/app/app", Kind::kExec}});
  for (const char* path : {"/opt/app/lib/liba.so", "/opt/app/lib/libb.so", "/opt/env/libe.so"})
    EXPECT_TRUE(keeps(spec, path)) << path;
}

TEST(ElfRule, SearchesAsMuslDoes) {
  const auto spec = plan_of(R"(
    f 0755 0:0 5 /usr/bin/app interp=/lib/ld-musl-x86_64.so.1 needed=liba.so,libc.musl-x86_64.so.1
    f 0755 0:0 5 /lib/ld-musl-x86_64.so.1 elf
    l /lib/libc.musl-x86_64.so.1 ld-musl-x86_64.so.1
    f 0644 0:0 5 /etc/ld-musl-x86_64.path text=/opt/musl:/lib\x0a
    f 0644 0:0 5 /opt/musl/liba.so elf
    f 0644 0:0 5 /usr/lib/liba.so elf)",
                            {{"/usr/bin/app", Kind::kExec}});
  EXPECT_TRUE(keeps(spec, "/lib/libc.musl-x86_64.so.1"));
  EXPECT_TRUE(keeps(spec, "/opt/musl/liba.so"));
  EXPECT_FALSE(keeps(spec, "/usr/lib/liba.so"));
}

TEST(ConfigRule, KeepsWhatAHealthCheckLineRuns) {
  const auto spec = plan_of(R"x(
    config {"config":{"Healthcheck":{"Test":["CMD-SHELL","curl -f http://x/ || (sleep 1; exit 1)"]},"User":"web","Entrypoint":["sh","-c","exec serve --x"]}}
    f 0755 0:0 5 /bin/sh
    f 0755 0:0 5 /usr/bin/curl
    f 0755 0:0 5 /usr/bin/sleep
    f 0755 0:0 5 /usr/bin/serve
    f 0755 0:0 5 /usr/bin/http
    f 0644 0:0 9 /etc/passwd text=web:x:33:33:w:/srv/web:/bin/sh\x0a
    d 0750 33:33 /srv/web)x",
                            {{"/x", Kind::kStat}});
  for (const char* path : {"/bin/sh", "/usr/bin/curl", "/usr/bin/sleep", "/usr/bin/serve", "/srv/web"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_FALSE(keeps(spec, "/usr/bin/http"));
}

TEST(ConfigRule, KeepsWhatTheHealthCheckOfAContainerRunsThoughItNeverRan) {
  const std::string image = R"(
    f 0755 0:0 5 /bin/sh
    f 0755 0:0 5 /usr/bin/curl
    f 0755 0:0 5 /usr/bin/wget
    f 0755 0:0 5 /opt/check)";
  const auto by_shell = plan_of_container(image, {}, {"/bin/sh", "-c", "curl -f http://localhost || exit 1"});
  EXPECT_TRUE(keeps(by_shell, "/bin/sh"));
  EXPECT_TRUE(keeps(by_shell, "/usr/bin/curl"));
  EXPECT_FALSE(keeps(by_shell, "/usr/bin/wget"));
  const auto by_program = plan_of_container(image, {}, {"/opt/check", "--now"});
  EXPECT_TRUE(keeps(by_program, "/opt/check"));
  EXPECT_FALSE(keeps(by_program, "/bin/sh"));
  EXPECT_FALSE(keeps(plan_of_container(image, {}, {}), "/bin/sh")) << "the control: nothing else asks for it";
}

TEST(VolumeRule, FollowsLinksToTheVolumesPlaceAndKeepsItEmptyToo) {
  const auto spec = plan_of_container(R"(
    l /srv/static ../data/static
    f 0644 0:0 5 /data/static/a
    d 0700 7:7 /data/empty)",
                                      {{"/data/empty", "b", true}, {"/srv/static", "a", true}}, {});
  EXPECT_TRUE(keeps(spec, "/srv/static"));
  EXPECT_TRUE(keeps(spec, "/data/static/a"));
  EXPECT_TRUE(keeps(spec, "/data/empty"));
}

TEST(VolumeRule, LeavesAVolumeThatNobodyElseHasToTheRisks) {
  const std::string anonymous(64, 'a');
  const auto spec =
      plan_of_container("f 0644 0:0 5 /data/a\nf 0644 0:0 7 /data/b/c", {{"/data", anonymous, false}}, {});
  EXPECT_FALSE(keeps(spec, "/data/a"));
  const Risk* const risk = risk_of(spec, "volumes");
  ASSERT_NE(risk, nullptr);
  EXPECT_EQ(risk->glob, "/data/**");
  EXPECT_EQ(risk->entries, 3u);
  EXPECT_EQ(risk->bytes, 12u);
  EXPECT_EQ(risk_of(plan_of_container("d 0755 0:0 /data", {{"/data", anonymous, false}}, {}), "volumes"), nullptr);
}

TEST(VolumeRule, GivesWayToADropOfTheUsers) {
  PlanOptions options;
  options.drop = {"/data/big"};
  const auto spec =
      plan_of_container("f 0644 0:0 5 /data/a\nf 0644 0:0 7 /data/big", {{"/data", "d", true}}, {}, options);
  EXPECT_TRUE(keeps(spec, "/data/a"));
  EXPECT_FALSE(keeps(spec, "/data/big"));
}

TEST(CertificatesRule, LeavesABundleAlone) {
  const auto spec =
      plan_of("l /etc/ssl/certs/0a1b2c3d.0 A.pem\nf 0644 0:0 9 /etc/ssl/certs/A.pem\nf 0644 0:0 9 /etc/ssl/certs/b.crt",
              {{"/etc/ssl/certs/b.crt"}});
  EXPECT_FALSE(keeps(spec, "/etc/ssl/certs/A.pem"));
  EXPECT_NE(risk_of(spec, "certificates"), nullptr);
}

TEST(PamRule, FollowsIncludes) {
  const auto spec = plan_of(R"(
    f 0644 0:0 1 /etc/pam.d/su text=@include\x20common-auth\x0a
    f 0644 0:0 1 /etc/pam.d/common-auth text=auth\x20required\x20pam_deny.so\x0a
    f 0644 0:0 1 /usr/lib/x86_64-linux-gnu/security/pam_deny.so)",
                            {{"/etc/pam.d/su"}});
  EXPECT_TRUE(keeps(spec, "/usr/lib/x86_64-linux-gnu/security/pam_deny.so"));
}

TEST(PythonRule, KeepsBytecodeWithItsSource) {
  const auto spec = plan_of(
      "f 0644 0:0 1 /app/m.py\nf 0644 0:0 1 /app/__pycache__/m.cpython-311.pyc\nf 0644 0:0 1 "
      "/app/__pycache__/mm.cpython-311.pyc",
      {{"/app/m.py"}});
  EXPECT_TRUE(keeps(spec, "/app/__pycache__/m.cpython-311.pyc"));
  EXPECT_FALSE(keeps(spec, "/app/__pycache__/mm.cpython-311.pyc"));
}

TEST(ImportsRule, FollowsImportsFromTheApplicationThroughTheStandardLibrary) {
  const auto spec = plan_of(R"(
    f 0644 0:0 1 /app/main.py mentions=.formats.csv2,json
    f 0644 0:0 1 /app/formats/csv2.py mentions=csv
    f 0644 0:0 1 /app/formats/xml.py mentions=xml.etree,.csv2
    f 0644 0:0 1 /usr/lib/python3.11/xml/__init__.py
    f 0644 0:0 1 /usr/lib/python3.11/xml/etree/__init__.py
    f 0644 0:0 1 /usr/lib/python3.11/json/__init__.py mentions=.decoder,_json
    f 0644 0:0 1 /usr/lib/python3.11/json/decoder.py
    f 0644 0:0 1 /usr/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so
    f 0644 0:0 1 /usr/lib/python3.11/csv.py
    f 0644 0:0 1 /usr/lib/python3.11/other.py)",
                            {{"/app/main.py"}}, with(Policy::kFamilies));
  for (const char* path :
       {"/app/formats/csv2.py", "/usr/lib/python3.11/json/decoder.py",
        "/usr/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", "/usr/lib/python3.11/csv.py"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_FALSE(keeps(spec, "/usr/lib/python3.11/other.py"));
}

TEST(RuntimeRule, KeepsWhatLdconfigReadsBesideTheCacheThatItMakes) {
  const std::string configuration =
      "f 0644 0:0 5 /etc/ld.so.conf text=include\\x20/etc/ld.so.conf.d/*.conf\\x0a\nl /etc/ld.so.conf.d/v.conf "
      "/opt/v/v.conf\nf 0644 0:0 5 /opt/v/v.conf text=/opt/v/lib\\x0a\n";
  const auto spec = plan_of(configuration + "f 0644 0:0 5 /etc/ld.so.cache", {{"/x", Kind::kStat}});
  for (const char* path : {"/etc/ld.so.conf", "/etc/ld.so.conf.d/v.conf", "/opt/v/v.conf"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_FALSE(keeps(plan_of(configuration, {{"/x", Kind::kStat}}), "/etc/ld.so.conf")) << "without a cache";
}

}  // namespace
}  // namespace winnow
