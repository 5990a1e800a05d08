// SPDX-License-Identifier: Apache-2.0
// The Dockerfile and its build context, as text and files; that builders make of it what it says is
// e2e/dockerfile.sh's.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "emit/helper.h"
#include "unit/emit/emitting.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

const std::string kTools = "f 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/tar\nf 0755 0:0 1 /bin/mkdir\n";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

DockerfileOptions by(HelperUse use) { return {.helper = use}; }

DockerfileOptions onto(const Index& base) {
  return {.base = &base, .base_image = pinned_base(base, Reference::parse("docker-daemon:base:1").value(), {})};
}

Addition addition(const std::string& path, std::uint32_t mode, const std::string& content, bool directory = false) {
  Addition added;
  added.entry.path = path;
  added.entry.type = directory ? EntryType::kDirectory : EntryType::kFile;
  added.entry.mode = mode;
  added.entry.mtime = 1'500'000'000;
  added.entry.size = content.size();
  if (!directory) added.entry.sha256 = Digest::of(content);
  added.content = content;
  return added;
}

TEST_F(Emitting, WritesADockerfileThatCarriesTheConfigInExecForm) {
  const std::string text = dockerfile(index_, plan(index_));
  for (const char* line :
       {"\nENV PATH=\"/usr/bin\"\n", "\nENV GREETING=\"say \\\"\\$HOME\\\"\"\n", "\nENTRYPOINT [\"/usr/bin/app\"]\n",
        "\nCMD [\"-v\",\"two words\"]\n", "\nUSER www\n", "\nWORKDIR /srv\n", "\nEXPOSE 80/tcp\n",
        "\nSTOPSIGNAL SIGQUIT\n", "\nLABEL \"a \\\"b\"=\"c\\$d\"\n",
        "\nHEALTHCHECK --interval=5000ms --retries=3 CMD [\"/bin/sh\",\"-ec\",\"curl localhost\"]\n",
        "\nVOLUME [\"/data\"]\n", "\nONBUILD RUN true\n", "\nSHELL [\"/bin/sh\",\"-ec\"]\n", "\nFROM scratch\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
}

TEST_F(Emitting, PinsTheSourceByRegistryDigestOrElseByItsId) {
  const KeepSpec spec = plan(index_);
  EXPECT_EQ(pinned_source(spec, {"app@sha256:1"}).reference, "app@sha256:1");
  EXPECT_EQ(pinned_source(spec, {}).reference, "winnow-source:" + spec.id.short_hex());
}

TEST_F(Emitting, TakesFilesThatTheBuilderMountsOverFromTheImageItself) {
  const std::string text = dockerfile(index_, plan(index_));
  EXPECT_NE(text.find("COPY --from=source /etc/hosts /.winnow/mounted/etc/\n"), std::string::npos) << text;
  EXPECT_EQ(file("mounted.list"), "./etc/hosts\n");
  EXPECT_EQ(file("keep.list").find("./etc/hosts\n"), std::string::npos);
  EXPECT_NE(file("keep.list").find("./usr/bin/app\n"), std::string::npos);
}

TEST_F(Emitting, RefusesADockerfileWhenTheConfigCouldSmuggleInInstructions) {
  const Index hostile = test::index_from_text(
      "config {\"config\":{\"User\":\"www\\nRUN evil\"}}\nf 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/tar\nf 0755 0:0 1 "
      "/a");
  const KeepSpec spec = plan(hostile, {"/a"});
  const auto written = emit_dockerfile(hostile, spec, pinned_source(spec, {}), directory_ + "/out");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().what.find("USER holds a line break"), std::string::npos) << written.error().what;
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/out/Dockerfile"));
}

TEST_F(Emitting, WritesLineBreaksOfVariablesAndLabelsByABuildArgument) {
  const Index index =
      test::index_from_text(R"(config {"config":{"Env":["A=x\ny","B=c\rd"],"Labels":{"k\nl":"1\n","m":"2"}}})"
                            "\n" +
                            kTools + "f 0755 0:0 1 /app");
  const KeepSpec spec = plan(index, {"/app"});
  EXPECT_TRUE(needs_line_break(spec));
  const std::string text = dockerfile(index, spec);
  for (const char* line :
       {"\nFROM scratch\nARG WINNOW_LINE_BREAK\n", "\nENV A=\"x${WINNOW_LINE_BREAK}y\"\n", "\nENV B=\"c\rd\"\n",
        "\nLABEL \"k${WINNOW_LINE_BREAK}l\"=\"1${WINNOW_LINE_BREAK}\"\n",
        "\nCOPY --from=pick /.winnow/no-build-arg-WINNOW_LINE_BREAK${WINNOW_LINE_BREAK:+/../root}/ /\n"})
    EXPECT_TRUE(has(text, line)) << line << "\n" << text;
  EXPECT_FALSE(needs_line_break(plan(index_)));
  EXPECT_FALSE(has(dockerfile(index_, plan(index_)), "WINNOW_LINE_BREAK"));
}

TEST_F(Emitting, RefusesLineBreaksInNamesOfVariablesAndAVariableOfTheArgumentsName) {
  for (const char* variable : {R"(A\nRUN evil=1)", "WINNOW_LINE_BREAK=x"}) {
    const Index index = test::index_from_text(std::string(R"(config {"config":{"Env":[")") + variable + "\"]}}\n" +
                                              kTools + "f 0755 0:0 1 /app");
    const KeepSpec spec = plan(index, {"/app"});
    EXPECT_FALSE(emit_dockerfile(index, spec, pinned_source(spec, {}), directory_ + "/out")) << variable;
  }
}

TEST_F(Emitting, LeavesPickingToTarWhereTheImageHasAGnuOne) {
  EXPECT_TRUE(has(dockerfile(index_, plan(index_)), "\nRUN [\"/bin/sh\",\"-ec\",\"cd / && tar --no-recursion "));
  EXPECT_FALSE(fs::exists(directory_ + "/out/pick"));
  EXPECT_TRUE(has(dockerfile(index_, plan(index_), by(HelperUse::kAlways)),
                  "\nRUN [\"/.winnow/pick\",\"/.winnow/root\",\"/\",\"/.winnow/keep.list\",\"/.winnow/mounted\","
                  "\"/.winnow/mounted.list\"]\n"));
  EXPECT_EQ(file("pick"), helper_program());
  EXPECT_EQ(file(".dockerignore"), "*\n!pick\n!keep.list\n!mounted.list\n");
}

TEST_F(Emitting, BringsItsOwnProgramWhereTheImagesOwnWouldNotDoItWell) {
  for (const std::string image :
       {"", "f 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/tar\n", "f 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/mkdir\n",
        "f 0755 0:0 1 /bin/busybox\nl /bin/sh busybox\nl /bin/tar busybox\nl /bin/mkdir busybox\n",
        "f 0755 0:0 1 /bin/busybox group=1\nf 0755 0:0 1 /bin/tar group=1\nf 0755 0:0 1 /bin/sh group=1\nf 0755 0:0 1 "
        "/bin/mkdir group=1\n",
        "f 0755 0:0 1 /bin/sh\nf 0755 0:0 1 /bin/bsdtar\nl /bin/tar bsdtar\nf 0755 0:0 1 /bin/mkdir\n"}) {
    const Index index = test::index_from_text(image + "f 0755 0:0 1 /app");
    const KeepSpec spec = plan(index, {"/app"});
    EXPECT_TRUE(has(dockerfile(index, spec), "RUN [\"/.winnow/pick\"")) << image;
    EXPECT_TRUE(fs::exists(directory_ + "/out/pick"));
    EXPECT_EQ(fs::status(directory_ + "/out/pick").permissions(), fs::perms(0755));
    EXPECT_EQ(file("keep.list").substr(file("keep.list").find("./app")), "./app\0"s) << image;
    EXPECT_FALSE(emit_dockerfile(index, spec, pinned_source(spec, {}), directory_ + "/never", by(HelperUse::kNever)));
  }
}

TEST_F(Emitting, TrustsTarNeitherWithAttributesNorUnderVariablesThatSteerIt) {
  Index index = test::index_from_text(kTools + "f 0755 0:0 1 /app");
  EXPECT_FALSE(has(dockerfile(index, plan(index, {"/app"})), "/pick\""));
  index.config.env = {"TAR_OPTIONS=--exclude=app"};
  EXPECT_TRUE(has(dockerfile(index, plan(index, {"/app"})), "/pick\""));
  index.config.env = {};
  index.entries[index.find("/app").value()].xattrs = {{"security.capability", "x"}};
  const KeepSpec spec = plan(index, {"/app"});
  EXPECT_TRUE(has(dockerfile(index, spec), "/pick\""));
  EXPECT_TRUE(has(dockerfile(index, spec, by(HelperUse::kNever)), "tar --xattrs --xattrs-include='*' "));
}

TEST_F(Emitting, DoesNotBringAProgramOfAnotherArchitecture) {
  Index index = test::index_from_text("f 0755 0:0 1 /app");
  index.config.architecture = "s390x";
  const KeepSpec spec = plan(index, {"/app"});
  for (const HelperUse use : {HelperUse::kAuto, HelperUse::kAlways, HelperUse::kNever})
    EXPECT_FALSE(emit_dockerfile(index, spec, pinned_source(spec, {}), directory_ + "/out", by(use)));
  Index tools = test::index_from_text(kTools + "f 0755 0:0 1 /app");
  tools.config.architecture = "s390x";
  EXPECT_TRUE(has(dockerfile(tools, plan(tools, {"/app"})), "tar --no-recursion"));
}

TEST_F(Emitting, SeparatesOddNamesByNulForGnuTar) {
  const Index odd = test::index_from_text(kTools + "f 0644 0:0 1 /new\\x0aline");
  EXPECT_TRUE(has(dockerfile(odd, plan(odd, {"/new\nline"})), " --null "));
  EXPECT_EQ(file("keep.list"), "./new\nline\0"s);
}

TEST_F(Emitting, PicksIntoADirectoryThatTheSourceDoesNotHave) {
  const Index index = test::index_from_text("l /.winnow /etc\nd 0755 0:0 /.winnow-1\nf 0755 0:0 1 /app");
  EXPECT_TRUE(has(dockerfile(index, plan(index, {"/app"})), "COPY --from=pick /.winnow-2/root/ /\n"));
}

TEST_F(Emitting, LeavesOutWhatBuildersMount) {
  const Index index =
      test::index_from_text("f 0644 0:0 1 /dev/x\nf 0644 0:0 1 /device\nf 0644 0:0 1 /proc/x\nd 0755 0:0 /sys");
  (void)dockerfile(index, plan(index, {"/dev/x", "/device", "/proc/x", "/sys"}));
  EXPECT_EQ(file("keep.list"), "./device\0"s);
}

TEST_F(Emitting, ReadsALinkWhereBuildersMountFilesFromTheStageItself) {
  const Index index = test::index_from_text("l /etc/resolv.conf ../run/resolv.conf");
  EXPECT_FALSE(has(dockerfile(index, plan(index, {"/etc/resolv.conf"})), "mounted"));
  EXPECT_TRUE(has(file("keep.list"), "./etc/resolv.conf"));
}

TEST_F(Emitting, IsRootNoLongerThanItMust) {
  const std::string text = dockerfile(index_, plan(index_));
  EXPECT_LT(text.find("USER 0:0\nCOPY"), text.find("]\nUSER www\n\nFROM scratch\n"));
  for (const char* user : {"root", "0", ""}) {
    const Index root = test::index_from_text(
        fmt::format("config {{\"config\":{{\"User\":\"{}\"}}}}\n{}f 0755 0:0 1 /app", user, kTools));
    EXPECT_FALSE(has(dockerfile(root, plan(root, {"/app"})), "USER")) << user;
  }
  const Index group = test::index_from_text("config {\"config\":{\"User\":\"root:adm\"}}\nf 0755 0:0 1 /app");
  const std::string said = dockerfile(group, plan(group, {"/app"}));
  EXPECT_TRUE(has(said, "AS pick\n# hadolint ignore=DL3002\nUSER 0:0\nCOPY")) << said;
  EXPECT_TRUE(has(said, "]\n\nFROM scratch\n")) << said;
  EXPECT_TRUE(has(said, "\n# hadolint ignore=DL3002\nUSER root:adm\n")) << said;
}

TEST_F(Emitting, SaysThatTriggersAndNodesNeedCare) {
  EXPECT_TRUE(has(dockerfile(index_, plan(index_)), "# The source has ONBUILD triggers"));
  Index index = test::index_from_text("f 0755 0:0 1 /app\nf 0644 0:0 0 /fifo");
  index.entries[index.find("/fifo").value()].type = EntryType::kFifo;
  EXPECT_TRUE(has(dockerfile(index, plan(index, {"/fifo"})), "# There are FIFOs or devices"));
}

class Adding : public Emitting {
 protected:
  const Index source_ = test::index_from_text(kTools + "f 0644 0:0 1 /var/lib/x");
  KeepSpec spec_with(const std::vector<Addition>& additions) {
    KeepSpec spec = plan(source_, {"/var/lib/x"});
    spec.additions = additions;
    return spec;
  }
  std::uint32_t mode_of(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(::lstat((directory_ + "/out/" + name).c_str(), &status), 0) << name;
    return status.st_mode & 07777;
  }
};

TEST_F(Adding, WritesAdditionsWithTheirModesWhateverTheUmask) {
  const KeepSpec spec = spec_with({addition("/var/lib/a\n$b", 0640, "one"), addition("/var/lib/new", 0711, "", true),
                                   addition("/var/lib/new/z", 0444, "two")});
  const mode_t old = ::umask(077);
  const std::string text = dockerfile(source_, spec);
  ::umask(old);
  EXPECT_TRUE(has(text, "\nCOPY additions/ /.winnow/additions/\n")) << text;
  EXPECT_TRUE(has(text, " -C /.winnow/additions -T /.winnow/additions.list && ")) << text;
  EXPECT_EQ(file("additions/var/lib/a\n$b"), "one");
  EXPECT_EQ(mode_of("additions/var/lib/a\n$b"), 0640u);
  EXPECT_EQ(mode_of("additions/var/lib/new"), 0711u);
  EXPECT_EQ(mode_of("additions/var/lib/new/z"), 0444u);
  EXPECT_EQ(mode_of("additions/var"), 0700u);  // not of the image: the builder reads it, tar does not
  EXPECT_EQ(file("additions.list"), "./var/lib/a\n$b\0./var/lib/new\0./var/lib/new/z\0"s);
  EXPECT_TRUE(has(file(".dockerignore"), "!additions.list\n!additions\n"));
  (void)dockerfile(source_, spec);  // again, over what is there and must not be written to
  EXPECT_EQ(file("additions/var/lib/new/z"), "two");
}

TEST_F(Adding, TellsItsProgramTheModesWhichAContextMayLose) {
  const KeepSpec spec = spec_with({addition("/var/lib/s", 04755, "s")});
  EXPECT_TRUE(has(dockerfile(source_, spec), "\"/.winnow/additions\",\"/.winnow/additions.list\"]"));
  EXPECT_EQ(file("additions.list"), "4755:./var/lib/s\0"s);
  EXPECT_FALSE(emit_dockerfile(source_, spec, pinned_source(spec, {}), directory_ + "/never", by(HelperUse::kNever)));
}

TEST_F(Adding, WritesThroughNoLinkInTheContext) {
  fs::create_directories(directory_ + "/outside");
  const KeepSpec spec = spec_with({addition("/var/lib/a", 0640, "one")});
  for (const std::string link : {"additions", "additions/var", "additions/var/lib"}) {
    fs::remove_all(directory_ + "/out");
    fs::create_directories((directory_ + "/out/" + link).substr(0, (directory_ + "/out/" + link).rfind('/')));
    fs::create_directory_symlink(directory_ + "/outside", directory_ + "/out/" + link);
    const auto written = emit_dockerfile(source_, spec, pinned_source(spec, {}), directory_ + "/out");
    ASSERT_FALSE(written) << link;
    EXPECT_TRUE(has(written.error().hint, "it is a link")) << written.error().what;
    EXPECT_TRUE(fs::is_empty(directory_ + "/outside")) << link;
  }
  // A link at the name itself is replaced, here and for the files beside.
  fs::remove_all(directory_ + "/out");
  fs::create_directories(directory_ + "/out/additions/var/lib");
  for (const char* name : {"additions/var/lib/a", "keep.list", "Dockerfile", ".dockerignore"})
    fs::create_symlink(directory_ + "/outside/planted", directory_ + "/out/" + name);
  (void)dockerfile(source_, spec);
  EXPECT_EQ(file("additions/var/lib/a"), "one");
  EXPECT_TRUE(fs::is_empty(directory_ + "/outside"));
}

const char* const kShared = "d 0755 0:0 /lib\nf 0755 0:0 1 /lib/libc\nf 0644 0:0 1 /lib/other\nl /lib/link libc\n";

TEST_F(Emitting, CopiesOntoABaseOnlyWhatTheBaseLacks) {
  const Index source = test::index_from_text(std::string(kShared) + "f 0755 0:0 1 /srv/app\nd 0700 0:0 /srv/data");
  Index base = test::index_from_text(std::string(kShared) + "d 0755 0:0 /srv/data\nf 0644 0:0 1 /only-base");
  const KeepSpec spec = plan(source, {"/lib/libc", "/lib/other", "/lib/link", "/srv/app", "/srv/data"});
  const std::string text = dockerfile(source, spec, onto(base));
  EXPECT_TRUE(has(text, "\nFROM base:1\nCOPY --from=pick /.winnow/root/ /\n")) << text;
  EXPECT_EQ(file("keep.list"), "./srv\0./srv/app\0./srv/data\0"s);
  const auto libc = base.find("/lib/libc").value();
  const auto expect_copied = [&](auto change) {
    Index changed = base;
    change(changed.entries[libc]);
    (void)dockerfile(source, spec, onto(changed));
    EXPECT_EQ(file("keep.list"), "./lib\0./lib/libc\0./srv\0./srv/app\0./srv/data\0"s);
  };
  expect_copied([](Entry& entry) { entry.mode = 0700; });
  expect_copied([](Entry& entry) { entry.uid = 1; });
  expect_copied([](Entry& entry) { entry.gid = 1; });
  expect_copied([](Entry& entry) { entry.sha256 = Digest::of("other"); });
  expect_copied([](Entry& entry) { entry.xattrs = {{"security.capability", "x"}}; });
  base.entries[libc].mtime = 7;  // times alone are no reason
  (void)dockerfile(source, spec, onto(base));
  EXPECT_EQ(file("keep.list"), "./srv\0./srv/app\0./srv/data\0"s);
}

TEST_F(Emitting, CopiesAllNamesOfAFileOntoABaseThatHasNotAllOfThem) {
  const Index source = test::index_from_text("f 0755 0:0 1 /a group=1\nf 0755 0:0 1 /b group=1");
  const KeepSpec spec = plan(source, {"/a", "/b"});
  const auto copied = [&](const std::string& base_text) {
    const Index base = test::index_from_text(base_text);
    (void)dockerfile(source, spec, onto(base));
    return file("keep.list");
  };
  EXPECT_EQ(copied("f 0755 0:0 1 /a group=1\nf 0755 0:0 1 /b group=1"), "");
  EXPECT_EQ(copied("f 0755 0:0 1 /a group=1"), "./a\0./b\0"s);
  EXPECT_EQ(copied("f 0755 0:0 1 /a group=1\nf 0755 0:0 1 /b group=1\nf 0755 0:0 1 /c group=2").size(), 0u);
}

TEST_F(Emitting, RefusesABaseThatHasALinkOrAnythingElseInAPlaceOfTheSource) {
  const Index source = test::index_from_text("f 0755 0:0 1 /lib/libc");
  const KeepSpec spec = plan(source, {"/lib/libc"});
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {"d 0755 0:0 /usr/lib\nl /lib usr/lib",
            "/lib is a directory in docker-daemon:app and a symlink to usr/lib in base:1"},
           {"f 0755 0:0 1 /lib", "/lib is a directory in docker-daemon:app and a file in base:1"},
           {"l /lib/libc elsewhere",
            "/lib/libc is a file in docker-daemon:app and a symlink to elsewhere in base:1"}}) {
    const Index base = test::index_from_text(text);
    const auto written = emit_dockerfile(source, spec, pinned_source(spec, {}), directory_ + "/out", onto(base));
    ASSERT_FALSE(written) << text;
    EXPECT_TRUE(has(written.error().what, said)) << written.error().what;
  }
}

TEST_F(Emitting, TakesBackWhatABaseSetsAndTheSourceDoesNot) {
  const Index source =
      test::index_from_text("config {\"config\":{\"Env\":[\"A=1\"],\"Cmd\":[\"x\"]}}\nf 0755 0:0 1 /app");
  const Index base = test::index_from_text(
      R"(config {"config":{"Env":["A=2","B=3"],"Entrypoint":["/e"],"Cmd":["y"],"User":"www","WorkingDir":"/w","StopSignal":"SIGINT","Shell":["/b"],"Healthcheck":{"Test":["CMD","/h"]},"Labels":{"l\nm":"1"},"Volumes":{"/v":{}},"ExposedPorts":{"1/tcp":{}}}})");
  const std::string text = dockerfile(source, plan(source, {"/app"}), onto(base));
  for (const char* line :
       {"\nENV A=\"1\"\n", "\nENTRYPOINT []\nCMD [\"x\"]\n", "\n# hadolint ignore=DL3002\nUSER 0\n", "\nWORKDIR /\n",
        "\nSTOPSIGNAL SIGTERM\n", "\nSHELL [\"/bin/sh\",\"-c\"]\n", "\nHEALTHCHECK NONE\n",
        "no instruction takes them back: ENV B, LABEL l\\x0am, EXPOSE 1/tcp, VOLUME /v\nFROM base:1\n"})
    EXPECT_TRUE(has(text, line)) << line << text;
}

TEST_F(Emitting, NamesABaseByDigestOrVersionAndNeverByLatest) {
  const Index base = test::index_from_text("f 0755 0:0 1 /app");
  const auto named = [&](const char* reference, const std::vector<std::string>& digests = {}) {
    return pinned_base(base, Reference::parse(reference).value(), digests).reference;
  };
  const std::string tag = "winnow-base:" + base.id.short_hex();
  EXPECT_EQ(named("docker-daemon:host:5000/a:1"), "host:5000/a:1");
  EXPECT_EQ(named("docker-daemon:host:5000/a"), tag);
  EXPECT_EQ(named("docker-daemon:a:latest"), tag);
  EXPECT_EQ(named("docker-archive:/x/a.tar"), tag);
  EXPECT_EQ(named("docker-daemon:a:1", {"a@sha256:1"}), "a@sha256:1");
}

}  // namespace
}  // namespace winnow
