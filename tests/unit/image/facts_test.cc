// SPDX-License-Identifier: Apache-2.0
// Facts taken from bytes: ELF headers, "#!" lines, database texts.
#include "image/facts/facts.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "describe.h"
#include "image/facts/elf.h"
#include "support/image_builder.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

// A 64-bit program with PT_LOAD at an address of its own, PT_INTERP and PT_DYNAMIC; no sections, like a stripped one.
struct TinyElf {
  Elf64_Ehdr header{};
  Elf64_Phdr load{}, interp{}, dynamic{};
  Elf64_Dyn tags[7]{};
  char strings[64] = "\0libc.so.6\0libm.so.6\0/a:$ORIGIN/../lib::/b\0/opt/r\0/lib/ld.so";

  static constexpr Elf64_Addr kBase = 0x400000;

  TinyElf() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof(header);
    header.e_phoff = offsetof(TinyElf, load);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 3;
    load = {PT_LOAD, PF_R, 0, kBase, kBase, sizeof(TinyElf), sizeof(TinyElf), 0x1000};
    interp.p_type = PT_INTERP;
    interp.p_offset = offsetof(TinyElf, strings) + offset_of("/lib/ld.so");
    interp.p_filesz = std::strlen("/lib/ld.so") + 1;
    dynamic.p_type = PT_DYNAMIC;
    dynamic.p_offset = offsetof(TinyElf, tags);
    dynamic.p_filesz = sizeof(tags);
    tags[0] = {DT_NEEDED, {offset_of("libc.so.6")}};
    tags[1] = {DT_NEEDED, {offset_of("libm.so.6")}};
    tags[2] = {DT_RUNPATH, {offset_of("/a:")}};
    tags[3] = {DT_RPATH, {offset_of("/opt/r")}};
    tags[4] = {DT_STRTAB, {kBase + offsetof(TinyElf, strings)}};
    tags[5] = {DT_STRSZ, {sizeof(strings)}};
    tags[6] = {DT_NULL, {0}};
  }
  [[nodiscard]] Elf64_Xword offset_of(std::string_view text) const {
    return std::string_view(strings, sizeof(strings)).find(text);
  }
  [[nodiscard]] std::string bytes() const { return {reinterpret_cast<const char*>(this), sizeof(*this)}; }
  [[nodiscard]] std::optional<ElfFacts> facts() const {
    std::string file = bytes();
    return read_elf(file);
  }
};

using Strings = std::vector<std::string>;

TEST(Elf, NamesInterpreterLibrariesAndSearchPathsWithoutSections) {
  const auto facts = TinyElf().facts();
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->machine, EM_X86_64);
  EXPECT_TRUE(facts->is_64);
  EXPECT_EQ(facts->interpreter, "/lib/ld.so");
  EXPECT_EQ(facts->needed, (Strings{"libc.so.6", "libm.so.6"}));
  EXPECT_EQ(facts->runpath, (Strings{"/a", "$ORIGIN/../lib", "/b"}));
  EXPECT_EQ(facts->rpath, Strings{"/opt/r"});
}

TEST(Elf, HeadersThatPointOutsideTheFileGiveNothing) {
  TinyElf far;
  far.dynamic.p_offset = ~Elf64_Off{0} - 8;
  far.interp.p_offset = sizeof(TinyElf) - 1;
  far.interp.p_filesz = ~Elf64_Xword{0};
  EXPECT_TRUE(far.facts().value().needed.empty());
  EXPECT_TRUE(far.facts()->interpreter.empty());
  TinyElf strings;
  strings.tags[4].d_un.d_ptr = TinyElf::kBase - 1;
  EXPECT_TRUE(strings.facts().value().needed.empty());
  TinyElf names;
  names.tags[0].d_un.d_val = sizeof(names.strings);
  EXPECT_EQ(names.facts().value().needed, Strings{"libm.so.6"});
  TinyElf wrapped;
  wrapped.load.p_offset = ~Elf64_Off{0} - 16;
  EXPECT_TRUE(wrapped.facts().value().needed.empty());
}

TEST(Elf, EveryCutAndEveryFlippedByteIsReadWithoutACrash) {
  const std::string whole = TinyElf().bytes();
  std::size_t elf = 0;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    std::string file = whole.substr(0, cut);
    elf += read_elf(file) ? 1u : 0u;
  }
  EXPECT_GT(elf, 0u);
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string file = whole;
      file[at] = value;
      const auto facts = read_elf(file);
      EXPECT_LE(facts ? facts->needed.size() : 0, 2u);
    }
}

TEST(Elf, ARealProgramHasAnInterpreterAndLibc) {
  auto program = read_file("/proc/self/exe").value();
  const auto facts = read_elf(program);
  ASSERT_TRUE(facts);
  EXPECT_NE(facts->interpreter.find("/ld-"), std::string::npos);
  EXPECT_NE(std::ranges::find(facts->needed, "libc.so.6"), facts->needed.end());
}

// The facts of CONTENT at PATH, given in pieces of STEP bytes.
std::shared_ptr<const FileFacts> facts_of(std::string_view path, std::string_view content, std::size_t step) {
  Budget budget({});
  FactsTaker taker(path, content.size(), budget);
  for (std::string_view rest = content; !rest.empty(); rest.remove_prefix(std::min(step, rest.size())))
    taker.add(std::as_bytes(std::span(rest.substr(0, step))));
  return taker.finish();
}

TEST(Facts, DoNotDependOnHowContentArrives) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{100'000}}) {
    EXPECT_EQ(facts_of("/app", TinyElf().bytes(), step)->elf->needed.size(), 2u);
    EXPECT_EQ(facts_of("/app", "#!/bin/sh -e\nexit\n", step)->shebang, "/bin/sh -e");
    EXPECT_EQ(facts_of("/etc/passwd", "root:x\n", step)->text, "root:x\n");
  }
}

TEST(Facts, AreTakenFromFilesThatHaveThem) {
  EXPECT_EQ(facts_of("/a", "plain text", 4), nullptr);
  EXPECT_EQ(facts_of("/a", "", 4), nullptr);
  EXPECT_EQ(facts_of("/a", "#!", 4), nullptr);
  EXPECT_EQ(facts_of("/a", "#!/bin/sh", 4)->shebang, "/bin/sh");                   // no newline at the end
  EXPECT_EQ(facts_of("/a", "#!" + std::string(5000, 'x') + "\n", 1000), nullptr);  // no kernel reads that far
  EXPECT_EQ(facts_of("/a",
                     std::string("\x7f"
                                 "ELF broken"),
                     4),
            nullptr);
  EXPECT_EQ(facts_of("/etc/passwd", "", 4)->text, "");
  for (const char* path : {"/etc/group", "/etc/ld.so.conf", "/etc/ld.so.conf.d/x.conf", "/etc/ld-musl-x86_64.path",
                           "/etc/nsswitch.conf", "/etc/os-release", "/usr/lib/os-release"})
    EXPECT_EQ(facts_of(path, "text", 4)->text, "text") << path;
  for (const char* path : {"/etc/shadow", "/etc/ld.so.conf.d/x.old", "/etc/ld.so.conf.d/a/x.conf", "/srv/etc/passwd"})
    EXPECT_EQ(facts_of(path, "text", 4), nullptr) << path;
  EXPECT_EQ(facts_of("/etc/passwd", std::string((1 << 20) + 1, 'x'), 65536), nullptr);
}

TEST(Facts, SayOfALargeFileThatAllOfItIsZeros) {
  const auto zeros = [](const std::string& content) {
    const auto tar = test::TarBuilder().file("log", content);
    const auto facts = test::ImageBuilder().layer(tar).open().index().entries.back().facts;
    return facts && facts->zeros;
  };
  const std::string many(kManyZeros, '\0');
  EXPECT_TRUE(zeros(many));
  EXPECT_FALSE(zeros(many.substr(1)));
  EXPECT_FALSE(zeros(many + "x"));
  EXPECT_FALSE(zeros("x" + many));
  const Image sparse = test::ImageBuilder().layer(test::TarBuilder().sparse("log", "", 4 * kManyZeros)).open();
  ASSERT_TRUE(sparse.index().entries.back().facts);
  EXPECT_TRUE(sparse.index().entries.back().facts->zeros);
}

TEST(Facts, ComeWithTheIndex) {
  const Image image =
      test::ImageBuilder()
          .layer(test::TarBuilder().file("app", TinyElf().bytes()).hard_link("b", "app").file("etc/passwd", "root\n"))
          .open();
  const Index& index = image.index();
  EXPECT_EQ(index.entries[*index.find("/b")].facts->elf->interpreter, "/lib/ld.so");
  EXPECT_EQ(index.entries[*index.find("/etc/passwd")].facts->text, "root\n");
  EXPECT_EQ(index.entries[*index.find("/etc")].facts, nullptr);
}

}  // namespace
}  // namespace winnow
