// SPDX-License-Identifier: Apache-2.0
// Image references as people write them.
#include <gtest/gtest.h>

#include "winnow/base/error.h"
#include "winnow/image/image.h"

namespace winnow {
namespace {

TEST(Reference, NamesATransportAPathAndATag) {
  const auto archive = Reference::parse("docker-archive:/tmp/app.tar:registry:5000/app:1").value();
  EXPECT_EQ(archive.transport, Transport::kDockerArchive);
  EXPECT_EQ(archive.location, "/tmp/app.tar");
  EXPECT_EQ(archive.tag, "registry:5000/app:1");
  EXPECT_EQ(Reference::parse("oci:dir").value().transport, Transport::kOciDirectory);
  EXPECT_EQ(Reference::parse("oci:dir:v2").value().tag, "v2");
  EXPECT_EQ(Reference::parse("oci-archive:a.tar").value().transport, Transport::kOciArchive);
  EXPECT_EQ(Reference::parse("docker-daemon:app:1").value().location, "app:1");
}

TEST(Reference, TakesABareNameForTheEngines) {
  for (const char* name : {"nginx", "nginx:1.25", "localhost:5000/x:1", "ghcr.io/a/b@sha256:00",
                           "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"}) {
    const auto reference = Reference::parse(name);
    ASSERT_TRUE(reference) << name;
    EXPECT_EQ(reference->transport, Transport::kEngine);
    EXPECT_EQ(reference->location, name);
  }
}

TEST(Reference, ReadsBackWhatItWrites) {
  for (const char* text :
       {"docker-archive:a.tar", "docker-archive:a.tar:app:1", "oci:dir:v2", "oci-archive:a", "docker-daemon:oci:x"})
    EXPECT_EQ(Reference::parse(text).value().str(), text);
  EXPECT_EQ(Reference::parse("nginx:1").value().str(), "docker-daemon:nginx:1");
}

TEST(Reference, RefusesOtherTransportsWithTheOnesThatWork) {
  for (const char* text : {"docker://nginx", "https://example.com/x", "dir:/x", "",
                           "oci:", "docker-daemon:", "/tmp/app.tar", "./app.tar"}) {
    const auto reference = Reference::parse(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().fault, Fault::kUsage) << text;
    EXPECT_NE(reference.error().hint.find("oci-archive:FILE"), std::string::npos) << text;
  }
}

TEST(Reference, StoresMayBeElsewhere) {
  const auto parse = [](std::string_view text) { return Reference::parse(text).value(); };
  EXPECT_EQ(parse("containers-storage:app:1").location, "app:1");
  EXPECT_EQ(parse("containers-storage:[overlay@/store+/run]app:1").root, "/store");
  EXPECT_EQ(parse("containers-storage:[/store]app:1").root, "/store");
  EXPECT_EQ(parse("containers-storage:[overlay@/store+/run]app:1").str(), "containers-storage:[/store]app:1");
  EXPECT_EQ(parse("containerd:[/c]k8s.io/docker.io/library/app:1").location, "k8s.io/docker.io/library/app:1");
  EXPECT_EQ(parse("pid:42").location, "42");
  for (const char* wrong : {"containers-storage:", "containers-storage:[/store", "containers-storage:[/store]",
                            "containerd:", "pid:", "pid:x", "pid:-1"})
    EXPECT_FALSE(Reference::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace winnow
