// SPDX-License-Identifier: Apache-2.0
// The names in directories that the workload listed: which are kept, and what is a search for modules.
#include <gtest/gtest.h>

#include "support/planning.h"

namespace winnow {
namespace {

using test::keeps;
using test::plan_of;
using test::risk_of;
using test::Touch;
using test::with;

TEST(ListedRule, KeepsTheNamesOfAListedDirectoryWithoutWhatTheyWouldNeed) {
  const std::string image = R"(
    f 0755 0:0 5 /plugins/a shebang=/bin/perl
    f 0755 0:0 5 /plugins/b
    d 0700 7:7 /plugins/empty
    f 0644 0:0 5 /plugins/empty/below
    f 0755 0:0 5 /bin/perl)";
  const auto spec = plan_of(image, {{"/plugins", Kind::kList}, {"/plugins/b", Kind::kExec}});
  EXPECT_TRUE(keeps(spec, "/plugins/a"));
  EXPECT_TRUE(keeps(spec, "/plugins/empty"));
  EXPECT_FALSE(keeps(spec, "/plugins/empty/below"));
  EXPECT_FALSE(keeps(spec, "/bin/perl"));
  EXPECT_TRUE(keeps(plan_of(image, {{"/plugins", Kind::kList}}, with(Policy::kFamilies)), "/bin/perl"));
}

TEST(ListedRule, KeepsWhatAListedNameNeedsOnceItIsUsedToo) {
  const auto spec = plan_of("f 0755 0:0 5 /plugins/a shebang=/bin/perl\nf 0755 0:0 5 /bin/perl",
                            {{"/plugins", Kind::kList}, {"/plugins/a", Kind::kExec}});
  EXPECT_TRUE(keeps(spec, "/bin/perl"));
}

TEST(ListedRule, KeepsTheSmallestNamesFirstAndLeavesTheRestToTheRisks) {
  const auto spec = plan_of(R"(
    f 0644 0:0 2000000 /data/a
    f 0644 0:0 400000 /data/b
    f 0644 0:0 400001 /data/c
    f 0644 0:0 400002 /data/d
    d 0755 0:0 /data/directory
    f 0644 0:0 0 /data/z)",
                            {{"/data", Kind::kList}});
  for (const char* path : {"/data/b", "/data/c", "/data/directory", "/data/z"}) EXPECT_TRUE(keeps(spec, path)) << path;
  EXPECT_FALSE(keeps(spec, "/data/a"));
  EXPECT_FALSE(keeps(spec, "/data/d"));
  const Risk* const risk = risk_of(spec, "listing");
  ASSERT_NE(risk, nullptr);
  EXPECT_EQ(risk->glob, "/data/*");
  EXPECT_EQ(risk->entries, 2u);
  EXPECT_EQ(risk->bytes, 2'400'002u);
}

TEST(ListedRule, CountsWhatANameAddsToTheImage) {
  // Links to content that is there, by whatever name, add nothing.
  const auto spec = plan_of(R"(
    f 0644 0:0 900000 /data/one group=1
    f 0644 0:0 900000 /data/two group=1
    f 0644 0:0 5000000 /data/opened group=2
    f 0644 0:0 5000000 /opened group=2)",
                            {{"/data", Kind::kList}, {"/opened"}});
  for (const char* path : {"/data/one", "/data/two", "/data/opened"}) EXPECT_TRUE(keeps(spec, path)) << path;
}

TEST(ListedRule, KeepsNoNameForAnImportSystemThatLooksForModulesWhateverProgramItIsPartOf) {
  const std::string image = R"(
    f 0644 0:0 1 /py/encodings/__init__.py
    f 0644 0:0 1 /py/site-packages/shapes/circle.py
    f 0644 0:0 1 /py/site-packages/shapes/square.py)";
  const std::string package = "/py/site-packages/shapes";
  const auto keeps_square = [&](const std::string& program, std::vector<Touch> touches) {
    touches.push_back({"/py/encodings/__init__.py", Kind::kOpen, program});
    return keeps(plan_of(image, touches), package + "/square.py");
  };
  for (const char* program : {"/usr/bin/python3.11", "/usr/bin/uwsgi-core", "/usr/sbin/apache2"}) {
    const Touch search = {package, Kind::kSearch, program};
    EXPECT_FALSE(keeps_square(program, {search, {package + "/circle.py"}})) << program;
    EXPECT_TRUE(keeps_square(program, {search}))
        << "no module was loaded from there: three looks at a directory are no search alone";
    EXPECT_FALSE(keeps_square(program, {search, {package + "/__init__.abi3.so", Kind::kMiss}}))
        << "modules were looked for by name";
    EXPECT_TRUE(keeps_square("/usr/bin/python3", {{package, Kind::kSearch, "/app/loader"}, {package + "/circle.py"}}))
        << "Python does not run in that program";
  }
}

TEST(ListedRule, KeepsTheNamesInAnApplicationsDirectoryThoughPythonSearchesIt) {
  const std::string image = "f 0644 0:0 1 /app/main.py\nf 0644 0:0 1 /app/a.json\nf 0644 0:0 1 /app/b.json";
  const auto spec = plan_of(image, {{"/app", Kind::kSearch}, {"/app/main.py"}});
  EXPECT_TRUE(keeps(spec, "/app/b.json"));
}

TEST(ListedRule, KeepsWhatPythonListsItselfThoughModulesAreAmongThem) {
  const std::string python = "/usr/bin/python3.11";
  for (const std::string directory : {"/app", "/py/site-packages/app"}) {
    std::string image;
    for (const char* name : {"a.json", "tool.py", "loaded.py", "fast.so", "__pycache__/x", "app-1.dist-info/x"})
      image += "f 0644 0:0 1 " + directory + "/" + name + "\n";
    for (const Kinds kinds : {Kinds(Kind::kList), Kinds(Kind::kList) |= Kind::kSearch}) {  // or both
      const auto spec = plan_of(image, {{"/usr/lib/python3.11/encodings/__init__.py", Kind::kOpen, python},
                                        {directory + "/loaded.py", Kind::kOpen, python},
                                        {directory, kinds, python}});
      for (const char* name : {"a.json", "tool.py", "fast.so", "__pycache__", "app-1.dist-info"})
        EXPECT_TRUE(keeps(spec, directory + "/" + name)) << directory << " " << name;
    }
  }
}

TEST(ListedRule, TakesPythonsReadingOfItsOwnLibraryForASearchButNoOtherProgramsReading) {
  const std::string image = R"(
    f 0755 0:0 1 /usr/bin/python3
    f 0644 0:0 1 /py/os.py
    f 0644 0:0 1 /py/encodings/__init__.py
    f 0644 0:0 1 /py/encodings/__pycache__/__init__.cpython-311.pyc
    f 0644 0:0 1 /py/lib-dynload/x.so
    f 0644 0:0 1 /py/site-packages/x.py
    f 0644 0:0 1 /dist-packages/x.py
    f 0644 0:0 1 /py/email/x.py)";
  const Touch starts = {"/py/encodings/__pycache__/__init__.cpython-311.pyc", Kind::kOpen, "/usr/bin/python3"};
  for (const char* directory : {"/py", "/py/lib-dynload", "/py/site-packages", "/dist-packages"}) {
    const std::string child = directory == std::string("/py")               ? "/py/os.py"
                              : directory == std::string("/py/lib-dynload") ? "/py/lib-dynload/x.so"
                                                                            : std::string(directory) + "/x.py";
    EXPECT_FALSE(keeps(plan_of(image, {starts, {directory, Kind::kList, "/usr/bin/python3"}}), child)) << directory;
    EXPECT_TRUE(keeps(plan_of(image, {starts, {directory, Kind::kList, "/bin/ls"}}), child)) << directory;
    EXPECT_FALSE(keeps(
        plan_of(image, {starts, {directory, Kind::kList, "/usr/bin/python3"}, {directory, Kind::kStat, "/bin/ls"}}),
        child))
        << directory << ": the other program read no names";
    EXPECT_TRUE(keeps(
        plan_of(image, {starts, {directory, Kind::kList, "/usr/bin/python3"}, {directory, Kind::kList, "/bin/ls"}}),
        child))
        << directory;
  }
  EXPECT_TRUE(keeps(plan_of(image, {starts, {"/py/email", Kind::kList, "/usr/bin/python3"}}), "/py/email/x.py"))
      << "a package, whose names a program may want";
}

TEST(ListedRule, TakesNoProgramForPythonThatOpensAFileOfEncodings) {
  const std::string image = R"(
    f 0644 0:0 1 /srv/encodings/latin.txt
    f 0644 0:0 1 /srv/site-packages/a.rb
    f 0644 0:0 1 /srv/site-packages/b.rb)";
  EXPECT_TRUE(keeps(plan_of(image, {{"/srv/encodings/latin.txt"}, {"/srv/site-packages", Kind::kList}}),
                    "/srv/site-packages/b.rb"));
}

TEST(ListedRule, TakesNoApplicationThatHasAnOsModuleForPythonsLibrary) {
  const std::string image = R"(
    f 0644 0:0 1 /py/encodings/__init__.py
    f 0644 0:0 1 /srv/checks/os.py
    f 0644 0:0 1 /srv/checks/net.py)";
  EXPECT_TRUE(
      keeps(plan_of(image, {{"/py/encodings/__init__.py"}, {"/srv/checks", Kind::kList}}), "/srv/checks/net.py"));
}

TEST(ListedRule, KeepsTheNamesInAVolumeThatTheImageFills) {
  Index image = test::index_from_text("f 0644 0:0 1 /data/a\nf 0644 0:0 1 /data/b\nf 0644 0:0 1 /tmp/c");
  image.config.volumes = {"/data"};
  AccessProfile profile = test::profile_of({{"/data", Kind::kList}, {"/tmp", Kind::kList}});
  for (auto& [key, access] : profile.accesses) access.other_mount = true;
  const auto spec = make_plan(image, profile, {});
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_TRUE(keeps(*spec, "/data/b"));
  EXPECT_FALSE(keeps(*spec, "/tmp/c")) << "a tmpfs hides what the image has there";
}

TEST(ListedRule, TakesNoListingOfTheRuntimeForOneOfTheContainer) {
  const std::string image = "f 0644 0:0 1 /app/a\nf 0644 0:0 1 /app/b";
  EXPECT_FALSE(keeps(plan_of(image, {{"/app", Kind::kList, "(outside the container)"}, {"/app/a"}}), "/app/b"));
}

}  // namespace
}  // namespace winnow
