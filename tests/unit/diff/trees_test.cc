// SPDX-License-Identifier: Apache-2.0
// Differences of keep specs and images: entries, packages, layers, config, plan, and what a reviewer should look at.
#include <gmock/gmock.h>

#include "diff/tree.h"
#include "unit/diff/diffing.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace winnow::test;

TEST(TreeDiffs, OfTheSameSpecAreNone) {
  const Pair same(spec_of({kept(file("/a")), kept(file("/b"))}), spec_of({kept(file("/a")), kept(file("/b"))}));
  EXPECT_TRUE(same.diff.identical());
  EXPECT_THAT(same.diff.entries, IsEmpty());
  const Pair other(spec_of({kept(file("/a"))}), spec_of({kept(file("/b"))}));
  EXPECT_FALSE(other.diff.identical());
}

TEST(TreeDiffs, NameWhatWasAddedRemovedAndChanged) {
  const Pair pair(spec_of({kept(file("/both")), kept(file("/gone", 0644, 10)), kept(file("/other", 0644, 1, "old"))}),
                  spec_of({kept(file("/both")), kept(file("/new", 0644, 30)), kept(file("/other", 0644, 2, "new"))}));
  ASSERT_EQ(pair.diff.entries.size(), 3u);
  EXPECT_EQ(change_of(pair.diff, "/gone")->change(), Change::kRemoved);
  EXPECT_EQ(change_of(pair.diff, "/new")->change(), Change::kAdded);
  EXPECT_THAT(names_of_aspects(change_of(pair.diff, "/other")->aspects), ElementsAre("content", "size"));
  EXPECT_EQ(pair.diff.added, 1u);
  EXPECT_EQ(pair.diff.removed, 1u);
  EXPECT_EQ(pair.diff.changed, 1u);
  EXPECT_EQ(pair.diff.a.bytes, 12u);
  EXPECT_EQ(pair.diff.b.bytes, 33u);
}

TEST(TreeDiffs, TellEachAspectOfAnEntryApart) {
  const auto aspects = [](auto change) {
    Entry after = file("/a");
    change(after);
    const Pair pair(spec_of({kept(file("/a"))}), spec_of({kept(after)}));
    return pair.diff.entries.empty() ? std::vector<std::string_view>() : names_of_aspects(pair.diff.entries[0].aspects);
  };
  EXPECT_THAT(aspects([](Entry&) {}), IsEmpty());
  EXPECT_THAT(aspects([](Entry& one) { one.type = EntryType::kSymlink; }), ElementsAre("type"));
  EXPECT_THAT(aspects([](Entry& one) { one.mode = 0600; }), ElementsAre("mode"));
  EXPECT_THAT(aspects([](Entry& one) { one.gid = 7; }), ElementsAre("owner"));
  EXPECT_THAT(aspects([](Entry& one) { one.link_target = "x"; }), ElementsAre("target"));
  EXPECT_THAT(aspects([](Entry& one) { one.xattrs = {{"user.a", "1"}}; }), ElementsAre("xattrs"));
  EXPECT_THAT(aspects([](Entry& one) { one.dev_minor = 3; }), ElementsAre("device"));
}

TEST(TreeDiffs, CountTimesAndDoNotTakeThemForDifferences) {
  Entry later = file("/a");
  later.mtime = 5;
  const Pair pair(spec_of({kept(file("/a"))}), spec_of({kept(later)}));
  EXPECT_TRUE(pair.diff.identical());
  EXPECT_EQ(pair.diff.times_only, 1u);
}

// Numbers of link groups mean nothing outside their image.
TEST(TreeDiffs, KnowHardLinksByTheirNamesAndCountTheirBytesOnce) {
  const auto linked = [](std::string path, std::uint32_t group) {
    Entry entry = file(std::move(path), 0644, 100);
    entry.link_group = group;
    return kept(entry);
  };
  const Pair renumbered(spec_of({linked("/a", 1), linked("/b", 1)}), spec_of({linked("/a", 9), linked("/b", 9)}));
  EXPECT_TRUE(renumbered.diff.identical());
  EXPECT_EQ(renumbered.diff.a.bytes, 100u);
  const Pair parted(spec_of({linked("/a", 1), linked("/b", 1)}), spec_of({linked("/a", 0), linked("/b", 0)}));
  EXPECT_THAT(names_of_aspects(change_of(parted.diff, "/b")->aspects), ElementsAre("links"));
  EXPECT_EQ(parted.diff.b.bytes, 200u);
}

TEST(TreeDiffs, ASumOfHostileSizesStaysAtTheGreatestNumber) {
  const Pair pair(spec_of({}), spec_of({kept(file("/a", 0644, ~0ull)), kept(file("/b", 0644, 7))}));
  EXPECT_EQ(pair.diff.b.bytes, ~0ull);
}

TEST(TreeDiffs, TellAnUpgradedPackageOnce) {
  const Pair pair(
      spec_of({kept(file("/lib/c.so.1", 0644, 5, "old"), "deb:libc6@2.36-9+deb12u8"), kept(file("/x"), "deb:gone@1")}),
      spec_of({kept(file("/lib/c.so.1", 0644, 6, "new"), "deb:libc6@2.36-9+deb12u9"), kept(file("/y"), "npm:@a/b@2")}));
  ASSERT_EQ(pair.diff.packages.size(), 3u);
  EXPECT_EQ(pair.diff.packages[0].name, "deb:gone");
  EXPECT_THAT(pair.diff.packages[0].after, IsEmpty());
  EXPECT_EQ(pair.diff.packages[1].name, "deb:libc6");
  EXPECT_THAT(pair.diff.packages[1].before, ElementsAre("2.36-9+deb12u8"));
  EXPECT_THAT(pair.diff.packages[1].after, ElementsAre("2.36-9+deb12u9"));
  EXPECT_EQ(pair.diff.packages[1].bytes_after, 6u);
  EXPECT_EQ(pair.diff.packages[2].name, "npm:@a/b");
  EXPECT_TRUE(change_of(pair.diff, "/lib/c.so.1")->other_version);
  EXPECT_FALSE(change_of(pair.diff, "/y")->other_version);
  const std::string text = diff_text(pair.diff, {}, false);
  EXPECT_NE(text.find("2.36-9+deb12u8 -> 2.36-9+deb12u9"), std::string::npos) << text;
  EXPECT_EQ(text.find("/lib/c.so.1"), std::string::npos) << text;
  EXPECT_NE(diff_text(pair.diff, {}, true).find("/lib/c.so.1"), std::string::npos);
}

TEST(TreeDiffs, SplitPackagesWithoutAVersionOrWithAScope) {
  EXPECT_EQ(split_package("npm:@scope/name"), (std::pair<std::string_view, std::string_view>("npm:@scope/name", "")));
  EXPECT_EQ(split_package("npm:@scope/name@1"),
            (std::pair<std::string_view, std::string_view>("npm:@scope/name", "1")));
  EXPECT_EQ(split_package("@"), (std::pair<std::string_view, std::string_view>("@", "")));
  EXPECT_EQ(split_package(""), (std::pair<std::string_view, std::string_view>("", "")));
}

TEST(TreeDiffs, SayWhoBroughtAnEntryIn) {
  const Pair pair(spec_of({}), spec_of({kept(file("/bin/curl"), "", {{"accessed", "/app/start.sh", "exec at 3 ms"}}),
                                        kept(file("/lib/curl.so"), "", {{"elf", "/bin/curl", "DT_NEEDED"}}),
                                        kept(file("/lib/z.so"), "", {{"elf", "/lib/curl.so", "DT_NEEDED"}})}));
  for (const char* path : {"/bin/curl", "/lib/curl.so", "/lib/z.so"}) {
    ASSERT_NE(change_of(pair.diff, path)->origin, nullptr);
    EXPECT_EQ(change_of(pair.diff, path)->origin->from, "/app/start.sh");
  }
  EXPECT_NE(diff_text(pair.diff, {}, false).find("elf: /lib/curl.so, accessed by /app/start.sh"), std::string::npos);
}

TEST(TreeDiffs, EndAChainAtEveryRuleThatNamesAProgram) {
  const auto pair_with = [](const char* rule) {
    return Pair(spec_of({}), spec_of({kept(file("/app"), "", {{"config", "Entrypoint", "/app"}}),
                                      kept(file("/x"), "", {{"parent", "/x/y", "holds it"}, {rule, "/app", ""}})}));
  };
  for (const std::string rule : {"accessed", "symlink", "mount", "created-in", "listed", "not-empty", "walked"}) {
    const Pair pair = pair_with(rule.c_str());
    EXPECT_EQ(change_of(pair.diff, "/x")->origin->rule, rule);
    EXPECT_NE(diff_text(pair.diff, {}, true).find(rule + " by /app"), std::string::npos) << rule;
  }
  const Pair other = pair_with("certificates");
  EXPECT_EQ(change_of(other.diff, "/x")->origin->rule, "parent");
  EXPECT_EQ(diff_text(other.diff, {}, true).find("by /app"), std::string::npos);
}

TEST(TreeDiffs, SurviveReasonsThatGoInCircles) {
  const Pair pair(spec_of({}),
                  spec_of({kept(file("/a"), "", {{"elf", "/b", ""}}), kept(file("/b"), "", {{"elf", "/c", ""}}),
                           kept(file("/c"), "", {{"elf", "/a", ""}}), kept(file("/d"), "", {{"elf", "/d", ""}}),
                           kept(file("/e"), "", {{"elf", "/a", ""}})}));
  for (const EntryChange& change : pair.diff.entries) EXPECT_NE(change.origin, nullptr);
}

TEST(TreeDiffs, CallAttentionToNewPrivileges) {
  Entry capable = file("/ping", 0755);
  capable.xattrs = {{"security.capability", "cap"}};
  Entry owned = file("/owned", 04755);
  owned.uid = 1;
  const Pair pair(spec_of({kept(file("/already", 04755, 1, "old")), kept(file("/gets", 0755)),
                           kept(file("/owned", 04755)), kept(file("/ping", 0755))}),
                  spec_of({kept(file("/already", 04755, 1, "new")), kept(file("/gets", 02755)), kept(owned),
                           kept(capable), kept(file("/su", 04755))}));
  EXPECT_THAT(attention_of(pair.diff), ElementsAre("setgid /gets", "setuid /owned", "capability /ping", "setuid /su"));
  const Pair back(spec_of({kept(file("/su", 04755))}), spec_of({kept(file("/su", 0755))}));
  EXPECT_THAT(attention_of(back.diff), IsEmpty());
}

TEST(TreeDiffs, CallAttentionToNewTools) {
  Entry link = file("/bin/sh", 0777);
  link.type = EntryType::kSymlink;
  Entry device = file("/dev/mem", 0600);
  device.type = EntryType::kCharDevice;
  const Pair pair(
      spec_of({kept(file("/usr/bin/perl", 0755, 1, "old"))}),
      spec_of({kept(link), kept(device), kept(file("/usr/bin/python3.11", 0755)), kept(file("/usr/bin/apt-get", 0755)),
               kept(file("/usr/bin/curl", 0755)), kept(file("/usr/share/doc/curl")),
               kept(file("/usr/bin/perl", 0755, 1, "new")), kept(file("/usr/bin/mybash", 0755))}));
  EXPECT_THAT(attention_of(pair.diff),
              ElementsAre("shell /bin/sh", "device /dev/mem", "package-manager /usr/bin/apt-get",
                          "network-tool /usr/bin/curl", "interpreter /usr/bin/python3.11"));
}

std::vector<std::string> config_changes(const std::string& a, const std::string& b) {
  const Pair pair(spec_of({}, a), spec_of({}, b));
  std::vector<std::string> texts;
  for (const SettingChange& one : pair.diff.config)
    texts.push_back(one.field + (one.name.empty() ? "" : " " + one.name) + " " + std::string(to_string(one.change)) +
                    (one.before ? " " + *one.before : "") + (one.after ? " -> " + *one.after : ""));
  for (const std::string& note : pair.diff.notes) texts.push_back("note " + note.substr(0, 30));
  return texts;
}

TEST(ConfigDiffs, TellFieldsThatChanged) {
  EXPECT_THAT(
      config_changes(R"({"config":{"Cmd":["a"],"User":"1","ExposedPorts":{"80/tcp":{}}}})",
                     R"({"config":{"Cmd":["b"],"User":"1","ExposedPorts":{"81/tcp":{}},"Volumes":{"/data":{}}}})"),
      ElementsAre(R"(Cmd changed ["a"] -> ["b"])", "ExposedPorts 80/tcp removed", "ExposedPorts 81/tcp added",
                  "Volumes /data added"));
}

TEST(ConfigDiffs, TakeWhatIsNotSetForTheSameHoweverItIsWritten) {
  EXPECT_THAT(config_changes(R"({"config":{"User":"","Volumes":null,"Cmd":[],"created":"x"},"created":"2020"})",
                             R"({"config":{"Labels":{},"Tty":false},"history":[]})"),
              ElementsAre(R"(created removed "x")"));
}

TEST(ConfigDiffs, NameVariablesAndNeverTellTheirValues) {
  const std::string a =
      R"({"config":{"Env":["PATH=/bin","TOKEN=hunter2","GONE=hunter2","SAME=hunter2"],"Labels":{"l":"hunter2"}}})";
  const std::string b =
      R"({"config":{"Env":["SAME=hunter2","PATH=/bin","TOKEN=hunter3","NEW=hunter3"],"Labels":{"l":"hunter3"}}})";
  EXPECT_THAT(config_changes(a, b),
              ElementsAre("Env GONE removed", "Env NEW added", "Env TOKEN changed", "Labels l changed"));
  const Pair pair(spec_of({}, a), spec_of({}, b));
  for (const std::string& text :
       {diff_text(pair.diff, {}, true), diff_markdown(pair.diff, {}), diff_json(pair.diff, {})}) {
    EXPECT_EQ(text.find("hunter"), std::string::npos) << text;
    EXPECT_NE(text.find("TOKEN"), std::string::npos) << text;
  }
}

TEST(ConfigDiffs, CallAttentionToAUserThatBecomesRoot) {
  const auto attention = [](const char* a, const char* b) {
    return attention_of(Pair(spec_of({}, a), spec_of({}, b)).diff);
  };
  EXPECT_THAT(attention(R"({"config":{"User":"1000"}})", R"({"config":{}})"), ElementsAre("runs-as-root "));
  EXPECT_THAT(attention(R"({"config":{"User":"1000"}})", R"({"config":{"User":"0:5"}})"), ElementsAre("runs-as-root "));
  EXPECT_THAT(attention(R"({"config":{"User":"1000"}})", R"({"config":{"User":"0x"}})"), IsEmpty());
  EXPECT_THAT(attention(R"({"config":{}})", R"({"config":{"User":"root"}})"), IsEmpty());
}

TEST(ConfigDiffs, SayThatAConfigCannotBeRead) {
  EXPECT_THAT(config_changes("{}", "nonsense"), ElementsAre("note the configs cannot be compared"));
  EXPECT_THAT(config_changes("{}", std::string(1000, '[') + std::string(1000, ']')),
              ElementsAre("note the configs cannot be compared"));
  EXPECT_THAT(config_changes("[]", "5"), IsEmpty());
  const std::string brackets =
      R"({"config":{"User":"\"[)" + std::string(1000, '[') + R"("}})";  // in a string they nest nothing
  EXPECT_THAT(config_changes(brackets, brackets + " "), IsEmpty());
}

TEST(TreeDiffs, TellPolicyGlobsAndRecords) {
  KeepSpec a = spec_of({});
  KeepSpec b = spec_of({});
  a.keep = {"/a", "/b"};
  b.keep = {"/b", "/c"};
  b.policy = Policy::kApp;
  a.additions = {{file("/status.d/x", 0644, 1, "old"), ""}, {file("/status.d/y"), ""}};
  b.additions = {{file("/status.d/x", 0644, 1, "new"), ""}};
  const Pair pair(a, b);
  ASSERT_EQ(pair.diff.plan.size(), 3u);
  EXPECT_EQ(pair.diff.plan[0].field, "policy");
  EXPECT_EQ(pair.diff.plan[0].after, R"("app")");
  EXPECT_EQ(pair.diff.plan[1].name, "/a");
  EXPECT_EQ(pair.diff.plan[2].name, "/c");
  EXPECT_THAT(pair.diff.records, ElementsAre(std::pair(Change::kChanged, std::string("/status.d/x")),
                                             std::pair(Change::kRemoved, std::string("/status.d/y"))));
}

TEST(ImageDiffs, CompareMergedTreesWithOwnersAndLayers) {
  Index a = index_from_text("layer base\nf 0755 0:0 5 /usr/bin/app\nlayer old\nf 0644 0:0 7 /etc/conf");
  Index b = index_from_text("layer base\nf 0755 0:0 5 /usr/bin/app\nlayer new\nf 0644 0:0 9 /etc/other");
  a.layers[0].diff_id = b.layers[0].diff_id = Digest::of("base");
  a.layers[1].diff_id = Digest::of("old");
  b.layers[1].diff_id = Digest::of("new");
  const Ownership before = find_owners(a);
  const Ownership after = find_owners(b);
  const TreeDiff diff = diff_images({a, before}, {b, after});
  EXPECT_EQ(diff.kind, DiffKind::kImage);
  EXPECT_EQ(diff.added, 1u);
  EXPECT_EQ(diff.removed, 1u);
  ASSERT_EQ(diff.layers.size(), 3u);
  EXPECT_TRUE(diff.layers[0].before && diff.layers[0].after);
  EXPECT_EQ(diff.layers[1].after, 1u);
  EXPECT_FALSE(diff.layers[1].before);
  EXPECT_EQ(diff.layers[1].bytes_after, 9u);
  EXPECT_EQ(diff.layers[2].before, 1u);
  EXPECT_EQ(diff.layers[2].bytes_before, 7u);
  EXPECT_NE(diff_text(diff, {}, false).find("1 of 2 layers are shared"), std::string::npos);
}

TEST(ImageDiffs, MatchALayerThatIsThereTwiceOnce) {
  Index a = index_from_text("layer x\nf 0755 0:0 5 /a");
  Index b = index_from_text("layer x\nf 0755 0:0 5 /a\nlayer x\nf 0755 0:0 5 /b");
  for (Index* const index : {&a, &b})
    for (Layer& layer : index->layers) layer.diff_id = Digest::of("same");
  const Ownership before = find_owners(a);
  const Ownership after = find_owners(b);
  const TreeDiff diff = diff_images({a, before}, {b, after});
  ASSERT_EQ(diff.layers.size(), 2u);
  EXPECT_TRUE(diff.layers[0].before);
  EXPECT_FALSE(diff.layers[1].before);
}

}  // namespace
}  // namespace winnow
