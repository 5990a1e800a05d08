// SPDX-License-Identifier: Apache-2.0
// Files that name the package they belong to: package.json, jars, Go programs.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include "image/facts/facts.h"
#include "support/image_builder.h"

namespace winnow {
namespace {

using test::zipped;

std::string owner_of(std::string_view path, std::string_view content) {
  Budget budget({});
  FactsTaker taker(path, content.size(), budget);
  taker.add(std::as_bytes(std::span(content)));
  const auto facts = taker.finish();
  return facts == nullptr ? "" : facts->owner;
}

TEST(OwnerFacts, AnNpmPackageNamesItself) {
  const std::string text = R"({"name": "@s/a", "version": "1.2.3-rc.1"})";
  EXPECT_EQ(owner_of("/app/node_modules/@s/a/package.json", text), "npm:@s/a@1.2.3-rc.1");
  EXPECT_EQ(owner_of("/app/node_modules/a/package.json", text), "npm:@s/a@1.2.3-rc.1");
  EXPECT_EQ(owner_of("/app/node_modules/a/package.json", R"({"name": "a"})"), "npm:a");
  EXPECT_EQ(owner_of("/app/node_modules/a/lib/package.json", text), "");
  EXPECT_EQ(owner_of("/app/package.json", text), "");
  for (const char* broken : {"", "{", "[]", R"({"name": 7})", R"({"name": {}})", R"({"version": "1"})", "\xff"})
    EXPECT_EQ(owner_of("/app/node_modules/a/package.json", broken), "") << broken;
}

TEST(OwnerFacts, ACondaPackageNamesItselfAndItsFiles) {
  const std::string path = "/opt/conda/conda-meta/zlib-1.3-h1.json";
  const std::string text = R"({"name": "zlib", "version": "1.3", "files": ["lib/libz.so.1", "include/zlib.h"]})";
  EXPECT_EQ(owner_of(path, text), "conda:zlib@1.3");
  Budget budget({});
  FactsTaker taker(path, text.size(), budget);
  taker.add(std::as_bytes(std::span(text)));
  EXPECT_EQ(taker.finish()->text, "lib/libz.so.1\ninclude/zlib.h\n");
  EXPECT_EQ(owner_of("/opt/conda/zlib.json", text), "");
  const std::string deep = "{\"name\": \"a\", \"files\": " + std::string(100'000, '[');
  for (const std::string& broken : {std::string(), std::string("{"), std::string(R"({"name": "a", "files": [7]})"),
                                    std::string(R"({"files": []})"), deep})
    EXPECT_EQ(owner_of(path, broken), "") << broken.substr(0, 40);
}

TEST(OwnerFacts, AJarNamesItselfByItsPomOrItsManifest) {
  const std::string pom = "#Generated\r\nversion=2.0\r\ngroupId=org.example\r\nartifactId=a\r\n";
  EXPECT_EQ(owner_of("/a.jar", zipped({{"META-INF/maven/org.example/a/pom.properties", pom}})),
            "jar:org.example:a@2.0");
  const std::string manifest = "Manifest-Version: 1.0\r\nImplementation-Title: thing\r\nImplementation-Version: 3\r\n";
  EXPECT_EQ(owner_of("/a.jar", zipped({{"META-INF/MANIFEST.MF", manifest}})), "jar:thing@3");
  EXPECT_EQ(
      owner_of("/a.war", zipped({{"META-INF/MANIFEST.MF", manifest}, {"META-INF/maven/g/a/pom.properties", pom}})),
      "jar:org.example:a@2.0");
  EXPECT_EQ(owner_of("/a.jar", zipped({{"META-INF/MANIFEST.MF", "Bundle-SymbolicName: b.c;singleton:=true\n"}})),
            "jar:b.c");
  EXPECT_EQ(owner_of("/a.jar",
                     zipped({{"META-INF/maven/g/a/pom.properties", pom}, {"META-INF/maven/g/b/pom.properties", pom}})),
            "")
      << "a jar of jars";
  EXPECT_EQ(owner_of("/a.zip", zipped({{"META-INF/MANIFEST.MF", manifest}})), "");
  EXPECT_EQ(owner_of("/a.jar", "PK\x03\x04 broken"), "");
}

// A program whose data segment begins with Go's build information (debug/buildinfo).
std::string go_program(std::string lines) {
  struct {
    Elf64_Ehdr header{};
    Elf64_Phdr data{};
  } elf;
  std::memcpy(elf.header.e_ident, ELFMAG, SELFMAG);
  elf.header.e_ident[EI_CLASS] = ELFCLASS64;
  elf.header.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.header.e_ident[EI_VERSION] = EV_CURRENT;
  elf.header.e_version = EV_CURRENT;
  elf.header.e_ehsize = sizeof(elf.header);
  elf.header.e_phoff = offsetof(decltype(elf), data);
  elf.header.e_phentsize = sizeof(Elf64_Phdr);
  elf.header.e_phnum = 1;
  const auto sized = [](const std::string& text) {
    std::string size;
    for (std::size_t left = text.size(); true; left >>= 7) {
      size += static_cast<char>((left & 0x7f) | (left >= 0x80 ? 0x80 : 0));
      if (left < 0x80) return size + text;
    }
  };
  std::string data = "\xff Go buildinf:";
  data += {'\x08', '\x02'};  // size of a pointer; the strings follow
  data.resize(32);
  data += sized("go1.22.1") + sized(lines);
  elf.data = {PT_LOAD, PF_R | PF_W, sizeof(elf), 0x1000, 0x1000, data.size(), data.size(), 16};
  return std::string(reinterpret_cast<const char*>(&elf), sizeof(elf)) + data;
}

TEST(OwnerFacts, AGoProgramNamesItsModule) {
  const std::string lines = "path\texample.com/tool/cmd\nmod\texample.com/tool\tv1.2.3\th1:abc=\ndep\tother\tv2\t\n";
  EXPECT_EQ(owner_of("/usr/bin/tool", go_program(std::string(16, '\x30') + lines)), "go:example.com/tool@v1.2.3");
  EXPECT_EQ(owner_of("/usr/bin/tool", go_program("path\tcommand-line-arguments\n")), "");
  const std::string whole = go_program(lines);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const std::string owner = owner_of("/usr/bin/tool", whole.substr(0, cut));
    EXPECT_TRUE(owner.empty() || owner.starts_with("go:")) << cut;
  }
}

}  // namespace
}  // namespace winnow
