// SPDX-License-Identifier: Apache-2.0
// What the policies keep beyond what was touched, the risks that the others leave, and drops.
#include <gtest/gtest.h>

#include "support/planning.h"

namespace winnow {
namespace {

using test::keeping;
using test::keeps;
using test::plan_of;
using test::profile_of;
using test::risk_of;
using test::Touch;
using test::warns;
using test::with;

TEST(AppPolicy, LeavesTheBaseAndTheDistributionsPackagesStrict) {
  PlanOptions options = with(Policy::kApp);
  const std::string image = R"(
    layer base
    f 0644 0:0 1 /usr/base/a
    f 0644 0:0 1 /usr/base/b
    layer RUN apt-get install
    f 0644 0:0 9 /var/lib/dpkg/info/p.list text=/usr/p/a\x0a/usr/p/b\x0a
    f 0644 0:0 1 /usr/p/a
    f 0644 0:0 1 /usr/p/b
    f 0644 0:0 1 /var/cache/untouched
    layer COPY
    f 0644 0:0 1 /srv/app/a
    f 0644 0:0 1 /srv/app/b)";
  const std::vector<Touch> touches = {{"/usr/base/a"}, {"/usr/p/a"}, {"/srv/app/a"}};
  const auto spec = plan_of(image, touches, options);
  EXPECT_TRUE(keeps(spec, "/srv/app/b"));
  for (const char* path : {"/usr/base/b", "/usr/p/b", "/var/cache/untouched"}) EXPECT_FALSE(keeps(spec, path)) << path;
  options.base_layers = 3;
  const auto base = plan_of(image, touches, options);
  EXPECT_FALSE(keeps(base, "/srv/app/b"));
  EXPECT_TRUE(warns(base, "--base-layers"));
}

TEST(AppPolicy, KnowsADirectoryOfTheBaseThatALaterLayerListsAgain) {
  Index index = test::index_from_text(R"(
    layer base
    f 0644 0:0 1 /etc/base
    layer RUN
    d 0755 0:0 /var/cache
    f 0644 0:0 1 /var/cache/a
    f 0644 0:0 1 /var/cache/b)");
  PlanOptions options = with(Policy::kApp);
  const auto keeps_b = [&] {
    const auto spec = make_plan(index, profile_of({{"/var/cache/a"}}), options);
    return spec && keeps(*spec, "/var/cache/b");
  };
  EXPECT_TRUE(keeps_b());
  Entry before = index.entries[*index.find("/var/cache")];
  before.layer = 0;
  index.shadowed.push_back({before, 1, false, false});
  EXPECT_FALSE(keeps_b());
}

TEST(FamiliesPolicy, KeepsTheMembersOfEachFamilyThatWasTouchedAndNoOther) {
  const auto spec = plan_of(R"(
    f 0644 0:0 1 /srv/www/index.html
    f 0644 0:0 1 /srv/www/guide/page.html
    f 0644 0:0 1 /srv/www/logo.svg
    f 0644 0:0 1 /srv/www/backup.bak
    f 0644 0:0 1 /usr/share/locale/de/LC_MESSAGES/app.mo
    f 0644 0:0 1 /usr/share/locale/fr/LC_MESSAGES/app.mo
    f 0644 0:0 1 /usr/share/locale/fr/LC_MESSAGES/other.mo
    f 0644 0:0 1 /opt/server/plugins/a.so elf
    f 0644 0:0 1 /opt/server/plugins/b.so elf
    f 0755 0:0 1 /usr/bin/a
    f 0755 0:0 1 /usr/bin/b
    f 0644 0:0 1 /app/node_modules/x/package.json owner=npm:x@1
    f 0644 0:0 1 /app/node_modules/x/lib/a.js
    f 0644 0:0 1 /app/node_modules/x/lib/b.js
    f 0644 0:0 1 /app/node_modules/y/package.json owner=npm:y@1
    f 0644 0:0 1 /app/node_modules/y/a.js
    f 0644 0:0 1 /app/main.js
    f 0644 0:0 1 /app/later.js)",
                            {{"/srv/www/index.html"},
                             {"/usr/share/locale/de/LC_MESSAGES/app.mo"},
                             {"/opt/server/plugins/a.so"},
                             {"/usr/bin/a", Kind::kExec},
                             {"/app/node_modules/x/lib/a.js"},
                             {"/app/main.js"}},
                            with(Policy::kFamilies));
  for (const char* path : {"/srv/www/guide/page.html", "/srv/www/logo.svg", "/usr/share/locale/fr/LC_MESSAGES/app.mo",
                           "/opt/server/plugins/b.so", "/app/node_modules/x/lib/b.js", "/app/later.js"})
    EXPECT_TRUE(keeps(spec, path)) << path;
  for (const char* path : {"/usr/share/locale/fr/LC_MESSAGES/other.mo", "/usr/bin/b", "/app/node_modules/y/a.js"})
    EXPECT_FALSE(keeps(spec, path)) << path;
}

TEST(FamiliesPolicy, TakesBytecodeForItsSource) {
  const auto spec =
      plan_of(R"(
    f 0644 0:0 1 /usr/lib/python3.11/encodings/__init__.py
    f 0644 0:0 1 /usr/lib/python3.11/encodings/utf_8.py
    f 0644 0:0 1 /usr/lib/python3.11/encodings/__pycache__/utf_8.cpython-311.pyc
    f 0644 0:0 1 /usr/lib/python3.11/encodings/latin_1.py)",
              {{"/usr/lib/python3.11/encodings/__pycache__/utf_8.cpython-311.pyc"}}, with(Policy::kFamilies));
  EXPECT_TRUE(keeps(spec, "/usr/lib/python3.11/encodings/latin_1.py"));
}

TEST(FamiliesPolicy, CanBeAskedForOneFamilyUnderAnyPolicy) {
  PlanOptions options;
  options.families = {"time-zones"};
  const std::string image = R"(
    f 0644 0:0 1 /usr/share/zoneinfo/UTC
    f 0644 0:0 1 /usr/share/zoneinfo/Asia/Tokyo
    f 0644 0:0 1 /srv/www/a.html
    f 0644 0:0 1 /srv/www/b.html)";
  const auto spec = plan_of(image, {{"/usr/share/zoneinfo/UTC"}, {"/srv/www/a.html"}}, options);
  EXPECT_TRUE(keeps(spec, "/usr/share/zoneinfo/Asia/Tokyo"));
  EXPECT_FALSE(keeps(spec, "/srv/www/b.html"));
  options.families = {"time-zone"};
  const auto refused = make_plan(test::index_from_text(image), profile_of({{"/srv/www/a.html"}}), options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("time-zones"), std::string::npos);
}

// What the tests never reached: the family is named, with its bytes and the glob that keeps it.
TEST(Risks, NameUntouchedSiblingsWithTheirBytesAndTheGlobThatKeepsThem) {
  const std::string image = R"(
    f 0644 0:0 10 /srv/www/index.html
    f 0644 0:0 20 /srv/www/50x.html
    f 0644 0:0 30 /usr/share/zoneinfo/UTC
    f 0644 0:0 40 /usr/share/zoneinfo/Asia/Tokyo
    f 0755 0:0 5 /usr/bin/app elf mentions=libextra.so.1,libabsent.so.1
    f 0644 0:0 60 /usr/lib/libextra.so.1 elf
    f 0755 0:0 5 /start.sh shebang=/bin/sh mentions=openssl
    f 0755 0:0 70 /usr/bin/openssl)";
  const std::vector<Touch> touches = {
      {"/srv/www/index.html"}, {"/usr/share/zoneinfo/UTC"}, {"/usr/bin/app", Kind::kExec}, {"/start.sh", Kind::kExec}};
  const auto spec = plan_of(image, touches);
  const std::pair<const char*, std::uint64_t> expected[] = {
      {"assets", 20}, {"time-zones", 40}, {"dlopen", 60}, {"commands", 70}};
  for (const auto& [family, bytes] : expected) {
    const Risk* const risk = risk_of(spec, family);
    ASSERT_NE(risk, nullptr) << family;
    EXPECT_EQ(risk->bytes, bytes) << family;
    const auto kept = plan_of(image, touches, keeping(risk->glob));
    EXPECT_EQ(risk_of(kept, family), nullptr) << family << ": " << risk->glob << " keeps it";
  }
}

TEST(Risks, NameTheFileItselfOnceHoweverItIsReachedAndWhoeverAsks) {
  const std::string image = R"(
    l /lib usr/lib
    f 0644 0:0 60 /usr/lib/libextra.so.1 elf
    f 0755 0:0 5 /usr/bin/a elf mentions=libextra.so.1
    f 0755 0:0 5 /usr/bin/b elf mentions=libextra.so.1
    f 0644 0:0 9000000 /srv/[a]/x)";
  const std::vector<Touch> touches = {
      {"/usr/bin/a", Kind::kExec}, {"/usr/bin/b", Kind::kExec}, {"/srv/[a]", Kind::kList}};
  const auto spec = plan_of(image, touches);
  for (const auto& [family, bytes] : {std::pair<const char*, std::uint64_t>{"dlopen", 60}, {"listing", 9000000}}) {
    const Risk* const risk = risk_of(spec, family);
    ASSERT_NE(risk, nullptr) << family;
    EXPECT_EQ(risk->entries, 1u) << family;
    EXPECT_EQ(risk->bytes, bytes) << family;
    EXPECT_EQ(risk_of(plan_of(image, touches, keeping(risk->glob)), family), nullptr) << risk->glob;
  }
}

TEST(Risks, NameTheInterpreterOfWhatIsThereOnlyToBeListed) {
  const auto spec =
      plan_of("f 0755 0:0 5 /plugins/a shebang=/bin/perl\nf 0755 0:0 7 /bin/perl", {{"/plugins", Kind::kList}});
  ASSERT_NE(risk_of(spec, "commands"), nullptr);
  EXPECT_EQ(risk_of(spec, "commands")->glob, "/bin/perl");
}

TEST(Work, ThatAnImageMakesWithoutEndLeavesWhatWasTouchedAndAskedFor) {
  std::string image =
      "config {\"config\":{\"Entrypoint\":[\"start\"]}}\nf 0755 0:0 1 /bin/start\nf 0644 0:0 1 /wanted/x\n";
  for (int i = 0; i < 3000; ++i) image += "f 0644 0:0 0 /d/" + std::string(200, 'n') + std::to_string(i) + "\n";
  std::vector<Touch> touches;
  for (int i = 0; i < 1000; ++i) {
    image += "l /l" + std::to_string(i) + " /d/././././././././././././././././././././././././././././././././\n";
    touches.push_back({"/l" + std::to_string(i) + "/./" + std::string(100, '/') + ".", Kind::kList});
  }
  const auto spec = plan_of(image, touches, keeping("/wanted/*"));
  EXPECT_TRUE(keeps(spec, "/bin/start"));
  EXPECT_TRUE(keeps(spec, "/wanted/x"));
  EXPECT_FALSE(warns(spec, "matches nothing"));
}

TEST(Drop, WarnsOnceForAGlobHoweverMuchItTakes) {
  PlanOptions options;
  options.keep = {"/srv/**"};
  options.drop = {"/srv/node_modules", "/nowhere"};
  std::string image = "f 0644 0:0 1 /srv/a\n";
  for (int i = 0; i < 100; ++i) image += "f 0644 0:0 1 /srv/node_modules/x/" + std::to_string(i) + "\n";
  const auto spec = plan_of(image, {{"/srv/a"}}, options);
  EXPECT_FALSE(keeps(spec, "/srv/node_modules/x/7"));
  EXPECT_EQ(spec.warnings.size(), 2u);
  EXPECT_TRUE(warns(spec, "is dropped by --drop /srv/node_modules"));
  EXPECT_TRUE(warns(spec, "others"));
  EXPECT_TRUE(warns(spec, "--drop /nowhere matches nothing"));
}

TEST(Drop, WinsOverEveryRuleAndSaysWhoAsked) {
  PlanOptions options = with(Policy::kFamilies);
  options.drop = {"/usr/lib/liba.so"};
  const auto spec = plan_of("f 0755 0:0 1 /usr/bin/app needed=liba.so\nf 0644 0:0 1 /usr/lib/liba.so elf",
                            {{"/usr/bin/app", Kind::kExec}}, options);
  EXPECT_FALSE(keeps(spec, "/usr/lib/liba.so"));
  EXPECT_TRUE(warns(spec, "/usr/lib/liba.so is dropped by --drop"));
}

}  // namespace
}  // namespace winnow
