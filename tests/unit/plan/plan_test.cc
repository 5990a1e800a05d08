// SPDX-License-Identifier: Apache-2.0
// Which entries a plan keeps and why: one image and a few accesses for each promise.
#include "winnow/plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "support/index_text.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

AccessProfile touching(std::initializer_list<std::pair<std::string, Kind>> accesses) {
  AccessProfile profile;
  Run run;
  run.from_start = true;
  profile.runs = {run};
  for (const auto& [path, kind] : accesses) {
    Access access;
    access.path = path;
    access.kinds = kind;
    access.by = "/usr/bin/app";
    access.runs = {0};
    profile.add(access);
  }
  return profile;
}

KeepSpec plan_of(const std::string& image, std::initializer_list<std::pair<std::string, Kind>> accesses,
                 PlanOptions options = {}) {
  const Index index = test::index_from_text(image);
  options.reference = "docker-daemon:app";
  auto spec = make_plan(index, touching(accesses), options);
  EXPECT_TRUE(spec) << spec.error().what;
  const Summary& sum = spec->summary;
  EXPECT_EQ(sum.kept_bytes + sum.dropped_bytes, sum.image_bytes);
  EXPECT_EQ(sum.image_bytes, index.bytes());
  EXPECT_EQ(sum.kept_entries + sum.dropped_entries, index.entries.size());
  return *std::move(spec);
}

std::set<std::string> paths_of(const KeepSpec& spec) {
  std::set<std::string> paths;
  for (const KeptEntry& kept : spec.entries) paths.insert(kept.entry.path);
  return paths;
}

using Paths = std::set<std::string>;

TEST(KeepPlan, KeepsWhatWasTouchedWithItsParentsAndNothingElse) {
  const auto spec = plan_of(R"(
    f 0644 0:0 10 /srv/a
    f 0644 0:0 20 /srv/b
    d 0755 0:0 /opt/empty)",
                            {{"/srv/a", Kind::kOpen}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/srv", "/srv/a"}));
  EXPECT_EQ(spec.summary.kept_bytes, 10u);
  EXPECT_EQ(spec.summary.dropped_bytes, 20u);
}

TEST(KeepPlan, KeepsBothOfTwoNamesWhereOneIsAPrefixOfTheOther) {
  const auto spec = plan_of("f 0644 0:0 1 /app/data.json\nd 0755 0:0 /app/data",
                            {{"/app/data", Kind::kStat}, {"/app/data.json", Kind::kStat}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/app", "/app/data", "/app/data.json"}));
}

TEST(KeepPlan, KeepsEveryHopOfASymlinkChain) {
  const auto spec = plan_of(R"(
    l /bin usr/bin
    l /usr/bin/editor /etc/alternatives/editor
    l /etc/alternatives/editor /usr/bin/vi
    f 0755 0:0 9 /usr/bin/vi
    f 0755 0:0 9 /usr/bin/emacs)",
                            {{"/bin/editor", Kind::kExec}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/bin", "/etc", "/etc/alternatives", "/etc/alternatives/editor", "/usr",
                                   "/usr/bin", "/usr/bin/editor", "/usr/bin/vi"}));
}

TEST(KeepPlan, NeverKeepsWhatALookupMissed) {
  const auto spec = plan_of("f 0644 0:0 1 /a\nf 0644 0:0 1 /b", {{"/a", Kind::kMiss}, {"/b", Kind::kStat}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/b"}));
}

TEST(KeepPlan, KeepsTheDirectoryThatSomethingWasCreatedIn) {
  const auto spec =
      plan_of("d 0700 33:33 /var/lib/nginx/body\nf 0644 0:0 1 /x", {{"/var/lib/nginx/body/0001", Kind::kOpen}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/var", "/var/lib", "/var/lib/nginx", "/var/lib/nginx/body"}));
  EXPECT_EQ(spec.entries.back().entry.mode, 0700u);
  EXPECT_EQ(spec.entries.back().entry.uid, 33u);
}

TEST(KeepPlan, KeepsTheInterpreterAndTheNeededLibrariesOfAProgram) {
  const auto spec = plan_of(R"(
    f 0755 0:0 5 /usr/bin/app interp=/lib64/ld.so.2 needed=libssl.so.3
    l /lib64 usr/lib64
    f 0755 0:0 5 /usr/lib64/ld.so.2 elf
    l /usr/lib/x86_64-linux-gnu/libssl.so.3 libssl.so.3.0.1
    f 0644 0:0 5 /usr/lib/x86_64-linux-gnu/libssl.so.3.0.1 needed=libcrypto.so.3
    f 0644 0:0 5 /usr/lib/x86_64-linux-gnu/libcrypto.so.3 elf
    f 0644 0:0 5 /usr/lib/x86_64-linux-gnu/libunused.so.1 elf)",
                            {{"/usr/bin/app", Kind::kExec}});
  const auto paths = paths_of(spec);
  for (const char* path : {"/lib64", "/usr/lib64/ld.so.2", "/usr/lib/x86_64-linux-gnu/libssl.so.3",
                           "/usr/lib/x86_64-linux-gnu/libssl.so.3.0.1", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"})
    EXPECT_TRUE(paths.contains(path)) << path;
  EXPECT_FALSE(paths.contains("/usr/lib/x86_64-linux-gnu/libunused.so.1"));
}

TEST(KeepPlan, SearchesLibrariesInRunpathWithOriginBeforeTheConfiguredAndDefaultDirectories) {
  const auto spec = plan_of(R"(
    f 0755 0:0 5 /opt/app/bin/app needed=liba.so,libb.so,libc.so runpath=$ORIGIN/../lib
    f 0644 0:0 5 /opt/app/lib/liba.so elf
    f 0644 0:0 5 /usr/lib/liba.so elf
    f 0644 0:0 5 /opt/extra/libb.so elf
    f 0644 0:0 5 /usr/lib/libb.so elf
    f 0644 0:0 5 /usr/lib/libc.so elf
    f 0644 0:0 5 /etc/ld.so.conf.d/extra.conf text=/opt/extra\x0a)",
                            {{"/opt/app/bin/app", Kind::kExec}});
  const auto paths = paths_of(spec);
  EXPECT_TRUE(paths.contains("/opt/app/lib/liba.so"));
  EXPECT_FALSE(paths.contains("/usr/lib/liba.so"));
  EXPECT_TRUE(paths.contains("/opt/extra/libb.so"));
  EXPECT_FALSE(paths.contains("/usr/lib/libb.so"));
  EXPECT_TRUE(paths.contains("/usr/lib/libc.so"));
}

TEST(KeepPlan, KeepsTheInterpreterOfAScriptThroughEnv) {
  const auto spec = plan_of(R"(
    config {"config":{"Env":["PATH=/opt/node/bin:/usr/bin"]}}
    f 0755 0:0 5 /app/run shebang=/usr/bin/env\x20-S\x20node\x20--x
    f 0755 0:0 5 /usr/bin/env
    f 0755 0:0 5 /opt/node/bin/node
    f 0755 0:0 5 /usr/bin/node
    f 0644 0:0 5 /app/module shebang=/usr/bin/other
    f 0755 0:0 5 /usr/bin/other)",
                            {{"/app/run", Kind::kExec}, {"/app/module", Kind::kOpen}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/app", "/app/module", "/app/run", "/opt", "/opt/node", "/opt/node/bin",
                                   "/opt/node/bin/node", "/usr", "/usr/bin", "/usr/bin/env"}));
}

TEST(GstreamerRule, KnowsTheRegistryThatAVariableNames) {
  constexpr auto kScanner = "/usr/lib/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner";
  const auto scanner_with = [](const std::string& variable, const std::string& opened) {
    const auto spec = plan_of("config {\"config\":{\"Env\":[\"" + variable + "\"]}}" + R"(
      l /srv opt
      f 0644 0:0 9 /opt/gst/plugins
      f 0644 0:0 9 /opt/other
      f 0755 0:0 9 /usr/lib/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner
      f 0644 0:0 9 /usr/lib/x86_64-linux-gnu/gio/modules/giomodule.cache)",
                              {{opened, Kind::kOpen}});
    const Paths kept = paths_of(spec);
    EXPECT_EQ(kept.contains("/usr/lib/x86_64-linux-gnu/gio/modules/giomodule.cache"), kept.contains(kScanner));
    return kept.contains(kScanner);
  };
  EXPECT_TRUE(scanner_with("GST_REGISTRY=/opt/gst/plugins", "/opt/gst/plugins"));
  EXPECT_TRUE(scanner_with("GST_REGISTRY_1_0=/srv/gst/plugins", "/opt/gst/plugins"));
  EXPECT_FALSE(scanner_with("GST_REGISTRY=/opt/gst/plugins", "/opt/other")) << "a registry that nobody read";
  EXPECT_FALSE(scanner_with("GST_REGISTRIES=/opt/gst/plugins", "/opt/gst/plugins"));
}

TEST(KeepPlan, KeepsWhatTheConfigNames) {
  const auto spec = plan_of(R"(
    config {"config":{"Entrypoint":["start"],"Cmd":["serve"],"WorkingDir":"/srv","Volumes":{"/data":{}},"Healthcheck":{"Test":["CMD","check"]},"Env":["PATH=/usr/bin"]}}
    f 0755 0:0 5 /usr/bin/start
    f 0755 0:0 5 /usr/bin/serve
    f 0755 0:0 5 /usr/bin/check
    f 0755 0:0 5 /usr/bin/other
    d 0755 0:0 /srv
    d 0700 5:5 /data
    f 0644 0:0 5 /touched)",
                            {{"/touched", Kind::kOpen}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/data", "/srv", "/touched", "/usr", "/usr/bin", "/usr/bin/check",
                                   "/usr/bin/serve", "/usr/bin/start"}));
}

TEST(KeepPlan, KeepsTheUserDatabaseAndTmp) {
  const auto spec =
      plan_of("f 0644 0:0 5 /etc/passwd\nf 0644 0:0 5 /etc/group\nd 1777 0:0 /tmp\nf 0600 0:0 5 /etc/shadow",
              {{"/x", Kind::kStat}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/etc", "/etc/group", "/etc/passwd", "/tmp"}));
}

TEST(KeepPlan, CountsTheBytesOfAHardLinkGroupOnce) {
  const auto spec =
      plan_of("f 0755 0:0 100 /a group=1\nf 0755 0:0 100 /b group=1\nf 0755 0:0 7 /c", {{"/b", Kind::kOpen}});
  EXPECT_EQ(paths_of(spec), (Paths{"/", "/b"}));
  EXPECT_EQ(spec.summary.kept_bytes, 100u);
  EXPECT_EQ(spec.summary.image_bytes, 107u);
}

TEST(KeepPlan, ObeysKeepAndLetsDropWinWithAWarning) {
  PlanOptions options;
  options.keep = {"/usr/share/zoneinfo/**"};
  options.drop = {"/usr/share/zoneinfo/Asia", "/app/secret"};
  const auto spec = plan_of(R"(
    f 0644 0:0 1 /usr/share/zoneinfo/UTC
    f 0644 0:0 1 /usr/share/zoneinfo/Asia/Tokyo
    f 0644 0:0 1 /app/secret
    f 0644 0:0 1 /app/main)",
                            {{"/app/secret", Kind::kOpen}, {"/app/main", Kind::kOpen}}, options);
  EXPECT_EQ(paths_of(spec),
            (Paths{"/", "/app", "/app/main", "/usr", "/usr/share", "/usr/share/zoneinfo", "/usr/share/zoneinfo/UTC"}));
  EXPECT_TRUE(std::ranges::any_of(spec.warnings, [](const std::string& warning) {
    return warning.starts_with("/app/secret is dropped by --drop /app/secret, though it is needed: accessed");
  }));
}

TEST(KeepPlan, TellsWhyEachEntryIsKept) {
  const auto spec =
      plan_of("f 0755 0:0 5 /app needed=libx.so\nf 0644 0:0 5 /usr/lib/libx.so elf", {{"/app", Kind::kExec}});
  for (const KeptEntry& kept : spec.entries) EXPECT_FALSE(kept.reasons->empty()) << kept.entry.path;
  EXPECT_EQ(spec.entries.back().reasons->front(), (Reason{"elf", "/app", "DT_NEEDED libx.so"}));
  EXPECT_EQ(spec.entries[1].reasons->front(), (Reason{"accessed", "/usr/bin/app", "exec at 0 ms", Kind::kExec, 0}));
}

TEST(KeepPlan, RefusesAPartialProfileUnlessAllowed) {
  const Index index = test::index_from_text("f 0644 0:0 1 /a");
  auto profile = touching({{"/a", Kind::kOpen}});
  ASSERT_TRUE(make_plan(index, profile, {}));
  profile.runs[0].lost.buffers_full = 1;
  const auto refused = make_plan(index, profile, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("--allow-partial"), std::string::npos);
  PlanOptions options;
  options.allow_partial = true;
  const auto allowed = make_plan(index, profile, options);
  ASSERT_TRUE(allowed);
  EXPECT_FALSE(allowed->warnings.empty());
}

TEST(KeepPlan, RefusesTheProfileOfAnotherImageAndAnEmptyOne) {
  const Index index = test::index_from_text("f 0644 0:0 1 /a");
  auto profile = touching({{"/a", Kind::kOpen}});
  profile.image.id = index.id;
  EXPECT_TRUE(make_plan(index, profile, {}));
  profile.image.id = Digest::of("other");
  EXPECT_FALSE(make_plan(index, profile, {}));
  EXPECT_FALSE(make_plan(index, touching({}), {}));
}

TEST(KeepPlan, TakesTheProfileOfAnImageThatTheEngineKnowsByItsManifest) {
  Index index = test::index_from_text("f 0644 0:0 1 /a");
  auto profile = touching({{"/a", Kind::kOpen}});
  profile.image.id = Digest::of("manifest");
  EXPECT_FALSE(make_plan(index, profile, {}));
  index.manifest = profile.image.id;
  EXPECT_TRUE(make_plan(index, profile, {}));
}

TEST(KeepPlan, NamesThePackageOfEachEntry) {
  const auto spec = plan_of(R"(
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/srv/a\x0a
    f 0644 0:0 10 /srv/a
    f 0644 0:0 20 /srv/b)",
                            {{"/srv/a", Kind::kOpen}, {"/srv/b", Kind::kOpen}});
  const auto read = keep_from_json(to_json(spec));
  ASSERT_TRUE(read) << read.error().what;
  for (const KeptEntry& kept : read->entries)
    EXPECT_EQ(kept.package, kept.entry.path == "/srv/a" ? "deb:a" : "") << kept.entry.path;
}

TEST(KeepJson, ReadsBackEverything) {
  auto spec = plan_of(R"(
    f 4755 0:0 5 /bin/su
    l /usr/l\x0ank /bin/su
    f 0644 0:0 5 /odd\xff"\\)",
                      {{"/usr/l\nnk", Kind::kOpen}, {"/odd\xff\"\\", Kind::kOpen}});
  ASSERT_EQ(spec.summary.kept_entries, 6u);
  spec.entries[1].entry.xattrs.emplace_back("security.capability", std::string("\x01\x00\xff", 3));
  spec.test_status = {0, 7};
  const auto back = keep_from_json(to_json(spec));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(*back), to_json(spec));
  EXPECT_EQ(back->entries[1].entry.xattrs, spec.entries[1].entry.xattrs);
}

TEST(KeepJson, RemembersWhatTheWorkloadTouchedAndADropTook) {
  PlanOptions options;
  options.drop = {"/app/data"};
  const auto spec = plan_of(R"(
    f 0755 0:0 5 /app/run
    f 0644 0:0 5 /app/data/used
    f 0644 0:0 5 /app/data/unused)",
                            {{"/app/run", Kind::kExec}, {"/app/data/used", Kind::kOpen}}, options);
  const auto back = keep_from_json(to_json(spec));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->dropped_accesses.size(), 1u);
  EXPECT_EQ(back->dropped_accesses[0].path, "/app/data/used");
  EXPECT_EQ(back->dropped_accesses[0].by, spec.dropped_accesses[0].by);
}

TEST(KeepJson, ReadsSpecsThatDoNotSayWhatADropTook) {
  const std::string good = to_json(plan_of("f 0755 0:0 5 /a", {{"/a", Kind::kOpen}}));
  constexpr std::string_view kField = "\"dropped_accesses\": []";
  const auto at = good.find(kField);
  ASSERT_NE(at, std::string::npos);
  const auto with = [&](std::string_view text) { return std::string(good).replace(at, kField.size(), text); };
  EXPECT_TRUE(keep_from_json(with("\"an earlier spec\": 0")));
  EXPECT_FALSE(keep_from_json(with("\"dropped_accesses\": [7]")));
  EXPECT_FALSE(keep_from_json(with("\"dropped_accesses\": [{\"path\": \"/a\"}]")));
}

TEST(KeepJson, RefusesSumsThatDoNotAddUpAndPathsThatLeave) {
  const auto spec = plan_of("f 0644 0:0 5 /a\nf 0644 0:0 7 /b", {{"/a", Kind::kOpen}});
  const std::string good = to_json(spec);
  ASSERT_TRUE(keep_from_json(good));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  EXPECT_FALSE(keep_from_json(with("\"dropped\": 7", "\"dropped\": 8")));
  EXPECT_FALSE(keep_from_json(with("\"path\":\"/a\"", "\"path\":\"/../a\"")));
  EXPECT_FALSE(keep_from_json(with("\"mode\":\"0644\"", "\"mode\":\"99999\"")));
  EXPECT_FALSE(keep_from_json(with("winnow.keep/1", "winnow.keep/2")));
  EXPECT_FALSE(keep_from_json(with("\"config\": \"{", "\"config\": \" {")));
}

TEST(KeepJson, WritesTheReasonOfAGroupOnceAndReadsItBackForEachMember) {
  PlanOptions options;
  options.policy = Policy::kFamilies;
  std::string image;
  for (int i = 0; i < 500; ++i) image += "f 0644 0:0 1 /srv/pages/" + std::to_string(i) + ".html\n";
  const auto spec = plan_of(image, {{"/srv/pages/7.html", Kind::kOpen}}, options);
  const std::string text = to_json(spec);
  // The proportion that files of a family keep; entries as such, without their paths, have 200 bytes.
  EXPECT_LT(text.size() / spec.entries.size(), 250U) << text.size();
  const auto back = keep_from_json(text);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(*back), text);
  for (std::size_t i = 0; i < spec.entries.size(); ++i) EXPECT_EQ(*back->entries[i].reasons, *spec.entries[i].reasons);
  const KeptEntry* const page = back->find("/srv/pages/499.html");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->reasons->front().rule, "family");
  EXPECT_EQ(page->reasons, back->find("/srv/pages/498.html")->reasons) << "members share their reasons in memory";
}

TEST(KeepJson, ReadsReasonsOfGroupsThatStandWithEachEntryAndInAnyOrderOfFields) {
  const auto spec = plan_of("f 0644 0:0 5 /a\nf 0644 0:0 5 /b", {{"/a", Kind::kOpen}});
  auto json = nlohmann::ordered_json::parse(to_json(spec));
  ASSERT_TRUE(json.contains("groups"));
  json.erase("groups");
  json.at("entries").back()["reasons"].push_back({{"rule", "keep"}, {"from", "--keep /a"}, {"detail", "asked"}});
  const auto old = keep_from_json(json.dump(1));
  ASSERT_TRUE(old) << old.error().what;
  EXPECT_EQ(old->entries.back().reasons->back(), (Reason{"keep", "--keep /a", "asked"}));
  const auto sorted = keep_from_json(nlohmann::json::parse(to_json(*old)).dump());
  ASSERT_TRUE(sorted) << sorted.error().what;
  EXPECT_EQ(to_json(*sorted), to_json(*old));
}

TEST(KeepJson, RefusesGroupsThatAreNotThereAndListsThatAreNoLists) {
  const auto spec = plan_of("f 0644 0:0 5 /a", {{"/a", Kind::kOpen}});
  const auto with = [&](const auto& change) {
    auto json = nlohmann::ordered_json::parse(to_json(spec));
    change(json);
    return keep_from_json(json.dump()).has_value();
  };
  EXPECT_TRUE(with([](auto&) {}));
  EXPECT_FALSE(with([](auto& json) { json["entries"].back()["groups"] = {0}; })) << "there is none";
  EXPECT_FALSE(with([](auto& json) { json["entries"].back()["reasons"] = nlohmann::ordered_json::array(); }));
  EXPECT_FALSE(with([](auto& json) { json["entries"] = 7; }));
  EXPECT_FALSE(with([](auto& json) { json["entries"].push_back(7); }));
  EXPECT_FALSE(with([](auto& json) { json.erase("entries"); }));
  EXPECT_FALSE(with([](auto& json) { json["groups"] = 7; }));
  EXPECT_FALSE(with([](auto& json) { json["entries"].back()["mode"] = "06440"; }));
  EXPECT_FALSE(with([](auto& json) { json["entries"].back()["layer"] = 1; })) << "there is one layer";
  EXPECT_FALSE(with([](auto& json) { json["entries"].back().erase("layer"); }));
  EXPECT_FALSE(with([](auto& json) { json["entries"].back()["uid"] = 4294967296; }));
  EXPECT_TRUE(with([](auto& json) { json["entries"].back()["uid"] = 4294967295; }));
  EXPECT_TRUE(with([](auto& json) { json["entries"].back()["mtime"] = -1; }));
  EXPECT_FALSE(with([](auto& json) { json["entries"].back()["device"] = {1, 2, 3}; }));
  EXPECT_TRUE(with([](auto& json) { json["entries"].back()["xattrs"] = {{"user.a", "0x00fF"}}; }));
  for (const char* hex : {"00", "0x0", "0x0g", "0x+1", "0x-1"})
    EXPECT_FALSE(with([&](auto& json) { json["entries"].back()["xattrs"] = {{"user.a", hex}}; })) << hex;
  const std::string good = to_json(spec);
  EXPECT_FALSE(keep_from_json(good + "{}"));
  const auto at = good.find("\"entries\": [") + 12;
  EXPECT_FALSE(keep_from_json(std::string(good).insert(at, "[], \"entries\": ")));
  EXPECT_FALSE(keep_from_json(std::string(good).insert(at + 1, ",")));
  EXPECT_FALSE(keep_from_json(good.substr(0, at + 40)));
}

TEST(KeepJson, CarriesWarningsAsTheyAre) {
  PlanOptions options;
  options.keep = {"/no/a\\[b", "/none\x1b\xff"};
  const auto spec = plan_of("f 0644 0:0 5 /a", {{"/a", Kind::kOpen}}, options);
  ASSERT_EQ(spec.warnings.size(), 2u);
  EXPECT_EQ(spec.warnings[0], "--keep '/no/a\\[b' matches nothing in the image") << "nobody has escaped it yet";
  const auto back = keep_from_json(to_json(spec));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->warnings, spec.warnings);
  EXPECT_EQ(to_json(*back), to_json(spec));
}

// A plan with a record of one package: a file, the directory that is made for it, and a kept one above.
KeepSpec plan_with_records() {
  return plan_of(R"(
    f 0644 0:0 9 /etc/os-release
    f 0644 0:0 9 /var/lib/dpkg/status text=Package:\x20a\x0aVersion:\x201\x0aDescription:\x20odd\x20\xff\x5c\x0a
    f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/srv/a\x0a
    f 0644 0:0 10 /srv/a)",
                 {{"/srv/a", Kind::kOpen}});
}

TEST(KeepJson, ReadsBackAdditionsWhateverTheyHold) {
  auto spec = plan_with_records();
  ASSERT_EQ(spec.additions.size(), 3u);
  Addition& file = spec.additions.back();
  EXPECT_EQ(file.entry.path, "/var/lib/dpkg/status.d/a");
  EXPECT_EQ(file.content, "Package: a\nVersion: 1\nDescription: odd \xff\\\n");
  for (const std::string& content : {file.content, std::string("\x00\x01\xff", 3), std::string()}) {
    file.content = content;
    file.entry.size = content.size();
    file.entry.sha256 = Digest::of(content);
    const auto back = keep_from_json(to_json(spec));
    ASSERT_TRUE(back) << back.error().what;
    ASSERT_EQ(back->additions.size(), 3u);
    EXPECT_EQ(back->additions.back().content, content);
    EXPECT_EQ(back->additions.back().package, "deb:a@1");
    EXPECT_EQ(to_json(*back), to_json(spec));
  }
}

TEST(KeepJson, RefusesAdditionsThatAreNotWhatTheySayOrStandNowhere) {
  const auto with = [](const auto& change) {
    auto spec = plan_with_records();
    change(spec);
    return keep_from_json(to_json(spec)).has_value();
  };
  EXPECT_TRUE(with([](KeepSpec&) {}));
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.back().content += "x"; }));
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.back().content[0] = 'x'; }));
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.back().entry.type = EntryType::kSymlink; }));
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.back().entry.path = "/no/such/directory"; }));
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.back().entry.path = "/srv/a/below-a-file"; }));
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.front().entry.path = "/srv/a"; })) << "kept as well";
  EXPECT_FALSE(with([](KeepSpec& spec) { std::swap(spec.additions.front(), spec.additions.back()); })) << "not sorted";
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.push_back(spec.additions.back()); })) << "twice";
  EXPECT_FALSE(with([](KeepSpec& spec) { spec.additions.erase(spec.additions.begin() + 1); })) << "no directory";
}

TEST(KeepPlan, WritesRecordsOfKeptPackagesWhichTheUserMayDrop) {
  const auto spec = plan_with_records();
  EXPECT_TRUE(paths_of(spec).contains("/var/lib/dpkg/info")) << "the directory of the image that a record stands in";
  EXPECT_FALSE(paths_of(spec).contains("/var/lib/dpkg/status"));
  PlanOptions options;
  options.drop = {"/var/lib/dpkg/**"};
  const auto bare = plan_of(
      "f 0644 0:0 9 /var/lib/dpkg/status text=Package:\\x20a\\x0a\nf 0644 0:0 9 "
      "/var/lib/dpkg/info/a.list text=/srv/a\\x0a\nf 0644 0:0 10 /srv/a",
      {{"/srv/a", Kind::kOpen}}, options);
  EXPECT_TRUE(bare.additions.empty());
}

TEST(KeptEntries, RefusesAnotherImage) {
  const auto spec = plan_of("f 0644 0:0 5 /a", {{"/a", Kind::kOpen}});
  EXPECT_TRUE(kept_entries(spec, test::index_from_text("f 0644 0:0 5 /a")));
  EXPECT_FALSE(kept_entries(spec, test::index_from_text("config {\"x\":1}\nf 0644 0:0 5 /a")));
  EXPECT_FALSE(kept_entries(spec, test::index_from_text("f 0644 0:0 5 /b")));
}

TEST(KeepJson, RefusesNumbersThatAreNoIntegersOrDoNotFit) {
  const std::string text = to_json(plan_of("f 0644 0:0 1 /a", {{"/a", Kind::kOpen}}));
  ASSERT_TRUE(keep_from_json(text));
  for (const char* bad : {"1e300", "1.5", "-1", "4294967296", "\"0\""}) {
    std::string changed = text;
    const std::size_t at = changed.find("\"uid\":0");
    ASSERT_NE(at, std::string::npos);
    changed.replace(at, 7, std::string("\"uid\":") + bad);
    EXPECT_FALSE(keep_from_json(changed)) << bad;
  }
}

TEST(KeepJson, RefusesSumsThatOnlyWrapAround) {
  std::string text = to_json(plan_of("f 0644 0:0 1 /a", {{"/a", Kind::kOpen}}));
  const std::size_t at = text.find("\"bytes\": {");
  const std::size_t end = text.find('}', at);
  text.replace(at, end - at + 1, R"("bytes": {"kept": 18446744073709551615, "dropped": 2, "image": 1})");
  const auto refused = keep_from_json(text);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("add up"), std::string::npos);
}

}  // namespace
}  // namespace winnow
