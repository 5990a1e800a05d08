// SPDX-License-Identifier: Apache-2.0
// Containers and names in containerd's database: one that containerd 1.6 wrote, and what may be damaged in one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "container_ids.h"
#include "support/bolt_bytes.h"
#include "support/image_builder.h"
#include "winnow/image/runtime_store.h"

namespace winnow {
namespace {

using test::BoltTree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using Found = std::map<std::string, StoredContainer>;

constexpr auto kDatabase = "io.containerd.metadata.v1.bolt/meta.db";

class Containerd : public ::testing::Test {
 protected:
  void write(const std::string& database) {
    std::filesystem::create_directories(place_ / "io.containerd.metadata.v1.bolt");
    place_.write(kDatabase, database);
  }
  RuntimeStore store() const { return {RuntimeStore::Kind::kContainerd, place_.path()}; }
  Found find(const std::set<std::string>& ids) const {
    auto found = store().find(ids);
    EXPECT_TRUE(found) << found.error().what;
    return found.value_or(Found{});
  }
  test::TemporaryDirectory place_;
};

std::string unzipped(const std::string& path) {
  const gzFile file = gzopen(path.c_str(), "rb");
  std::string bytes(std::size_t{1} << 20, '\0');
  const int size = file == nullptr ? 0 : gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  if (file != nullptr) gzclose(file);
  bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
  return bytes;
}

// The database of a containerd 1.6.20 with three pods, made by its CRI plugin.
class RealContainerd : public Containerd {
 protected:
  void SetUp() override {
    const std::string database = unzipped(std::string(WINNOW_CONTAINERD) + "/meta.db.gz");
    ASSERT_THAT(database, SizeIs(524288U));
    write(database);
  }
  const std::string web_ = "66b3ffadba827acfb0f03a55255d71646b2491a07abcb008e6f3fe605c5a8c56";
  const std::string init_ = "c55c8d0d09bf0bb9f4ce04d1420ddb8d8b505db15a46b6b3029138f2ac485403";
  const std::string pause_ = "743f8076ac9ec57f4cebdc5f16567004581b7b0a9f56de5959a98bf52dacce68";
  const Digest image_ =
      Digest::parse("sha256:65a25c5b2f01245835edcaad0038cfc6291942c3d0242b5373a9c0db1746bbfc").value();
};

TEST_F(RealContainerd, SaysOfWhichPodAndImageAContainerIs) {
  const Found found = find({web_, init_, pause_, std::string(64, '0')});
  ASSERT_THAT(found, SizeIs(3));
  const StoredContainer& web = found.at(web_);
  EXPECT_FALSE(web.sandbox);
  EXPECT_EQ(web.image, image_);
  EXPECT_EQ(web.pod_namespace, "shop");
  EXPECT_EQ(web.pod, "web-1");
  EXPECT_EQ(web.pod_uid, "531821e2-0308-4f18-a743-f11559b8cbea");
  EXPECT_EQ(web.container, "web");
  EXPECT_EQ(web.pod_annotations.at("winnow.dev/record"), "true") << "of the sandbox";
  EXPECT_EQ(web.pod_labels.count("io.kubernetes.pod.name"), 0U);
  const StoredContainer& init = found.at(init_);
  EXPECT_EQ(init.container, "init");
  EXPECT_EQ(init.pod, "db-0");
  EXPECT_THAT(init.pod_labels, ElementsAre(Pair("app", "db")));
  EXPECT_TRUE(found.at(pause_).sandbox);
  EXPECT_EQ(found.at(pause_).pod, "db-0");
}

TEST_F(RealContainerd, HasAllNamesOfAnImageThoughItsDocumentsAreGone) {
  const auto names = store().names_of(image_);
  ASSERT_TRUE(names) << names.error().what;
  EXPECT_THAT(names->names,
              ElementsAre("another.local/copy/web:1", "registry.local/shop/web:1", "registry.local/shop/web:stable"));
  EXPECT_THAT(
      names->manifests,
      ElementsAre(Digest::parse("sha256:a6898ce0cde353418cd9873006db63079ac44b5b9f5e2fe0c2b6b1d867a607fe").value()));
  EXPECT_THAT(store().names_of(Digest::of("unknown")).value().names, IsEmpty());
}

TEST_F(RealContainerd, HasNoContainersIfItIsDamagedAndNoneOfAnotherFile) {
  std::string database = unzipped(std::string(WINNOW_CONTAINERD) + "/meta.db.gz");
  int errors = 0;
  for (std::size_t at = 0; at < database.size(); at += 4096) {
    std::string damaged = database;
    for (std::size_t byte = at; byte < at + 64; ++byte) damaged[byte] = static_cast<char>(0xff);
    write(damaged);
    const auto found = store().find({web_});
    errors += found ? 0 : 1;
    if (found && found->contains(web_)) EXPECT_EQ(found->at(web_).pod_namespace.substr(0, 4), "shop") << at;
  }
  EXPECT_GT(errors, 3) << "the way to it";
}

std::string varint(std::size_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  return bytes + static_cast<char>(number);
}
std::string any(const std::string& value) {
  const std::string type = "github.com/containerd/cri/pkg/store/container/Metadata";
  return "\x0a" + varint(type.size()) + type + "\x12" + varint(value.size()) + value;
}

std::string metadata(const std::string& members) { return R"({"Version":"v1","Metadata":{)" + members + "}}"; }
std::string of_image(const std::string& name) {
  return metadata(R"("SandboxID":")" + kSandbox + R"(","ImageRef":")" + Digest::of(name).str() + "\"");
}

BoltTree container(const std::string& extension, const std::string& name = "web") {
  BoltTree tree;
  tree.values = {{"image", "app:1"}, {"createdat", std::string("\1\0\0", 3)}};
  tree.buckets["labels"].values = {{"io.cri-containerd.kind", "container"},
                                   {"io.kubernetes.container.name", name},
                                   {"io.kubernetes.pod.name", "web-0"},
                                   {"io.kubernetes.pod.namespace", "shop"},
                                   {"io.kubernetes.pod.uid", "u1"}};
  tree.buckets["extensions"].values["io.cri-containerd.container.metadata"] = extension;
  return tree;
}

// Two containers of a pod whose sandbox has labels and annotations.
BoltTree pod(const std::string& one, const std::string& other = any(of_image("other"))) {
  BoltTree sandbox;
  sandbox.buckets["labels"].values = {{"io.cri-containerd.kind", "sandbox"}};
  sandbox.buckets["extensions"].values["io.cri-containerd.sandbox.metadata"] = any(
      metadata(R"("Config":{"labels":{"app":"web","io.kubernetes.pod.name":"web-0","n":5},"annotations":{"a":"b"}})"));
  BoltTree root;
  auto& containers = root.buckets["v1"].buckets["k8s.io"].buckets["containers"].buckets;
  containers = {{kOne, container(one)}, {kOther, container(other, "side")}, {kSandbox, sandbox}};
  return root;
}

class MadeContainerd : public Containerd {};

TEST_F(MadeContainerd, IsReadAsTheRealOne) {
  write(test::bolt_database(pod(any(of_image("app")))));
  const Found found = find({kOne, kOther});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found.at(kOne).image, Digest::of("app"));
  EXPECT_EQ(found.at(kOne).container, "web");
  EXPECT_EQ(found.at(kOther).container, "side");
  EXPECT_THAT(found.at(kOne).pod_labels, ElementsAre(Pair("app", "web")))
      << "not the kubelet's own, not what is no text";
  EXPECT_THAT(found.at(kOne).pod_annotations, ElementsAre(Pair("a", "b")));
}

TEST_F(MadeContainerd, KnowsContainersOfNoPod) {
  BoltTree root = pod(any(of_image("app")));
  auto& containers = root.buckets["v1"].buckets["k8s.io"].buckets["containers"].buckets;
  containers[kOne] = BoltTree{.values = {{"image", "app:1"}}};  // made by `ctr run`
  containers.erase(kSandbox);
  root.buckets["v1"].buckets["moby"].buckets["containers"].buckets[std::string(64, 'd')] =
      container(any(of_image("x")));
  write(test::bolt_database(root));
  const Found found = find({kOne, kOther, std::string(64, 'd')});
  ASSERT_THAT(found, SizeIs(2)) << "moby's are Docker's";
  EXPECT_FALSE(found.at(kOne).image.valid());
  EXPECT_EQ(found.at(kOne).pod, "");
  EXPECT_EQ(found.at(kOther).image, Digest::of("other"));
  EXPECT_THAT(found.at(kOther).pod_labels, IsEmpty()) << "its sandbox is gone";
}

TEST_F(MadeContainerd, TakesNoImageFromADamagedRecordAndReadsTheOthers) {
  const std::string whole = any(of_image("app"));
  const std::pair<const char*, std::string> kDamages[] = {
      {"nothing", ""},
      {"cut in the type", whole.substr(0, 20)},
      {"cut in the value", whole.substr(0, whole.size() - 5)},
      {"no value", whole.substr(0, 2 + 54)},
      {"a number for a length", std::string("\x08\x05", 2)},
      {"a length without an end", "\x12" + std::string(20, '\xff')},
      {"a huge length", "\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + of_image("app")},
      {"a key without an end", std::string(20, '\x80')},
      {"no JSON", any("{")},
      {"deep JSON", any(std::string(10'000, '['))},
      {"a list", any("[]")},
      {"no metadata", any("{}")},
      {"metadata that is none", any(R"({"Metadata": 5})")},
      {"no image", any(metadata(""))},
      {"an image that is none", any(metadata(R"("ImageRef":"app:1")"))},
      {"an image that is a number", any(metadata(R"("ImageRef":5)"))},
      {"a sandbox that is a number", any(metadata(R"("SandboxID":5)"))},
  };
  for (const auto& [what, damage] : kDamages) {
    write(test::bolt_database(pod(damage)));
    const Found found = find({kOne, kOther});
    if (found.contains(kOne)) EXPECT_FALSE(found.at(kOne).image.valid()) << what;
    ASSERT_TRUE(found.contains(kOther)) << what << ": one damaged record hides no other";
    EXPECT_EQ(found.at(kOther).image, Digest::of("other")) << what;
  }
}

TEST_F(MadeContainerd, SaysWhatIsWrongIfThereIsNothingElse) {
  write(test::bolt_database(pod(any(metadata(R"("ImageRef":"app:1")")))));
  const auto found = store().find({kOne});
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("container " + kOne));
}

TEST_F(MadeContainerd, IsAnErrorIfItIsNotThereOrNoDatabase) {
  const auto missing = store().find({kOne});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr(kDatabase));
  write("text");
  EXPECT_FALSE(store().find({kOne}));
  EXPECT_FALSE(store().names_of(Digest::of("app")));
  write(test::bolt_database(BoltTree{}));
  EXPECT_THAT(find({kOne}), IsEmpty()) << "one that is empty is fine";
  EXPECT_THAT(store().names_of(Digest::of("app")).value().names, IsEmpty());
}

class NamesInContainerd : public Containerd {
 protected:
  std::string blob(const std::string& text) {
    const Digest digest = Digest::of(text);
    std::filesystem::create_directories(place_ / "io.containerd.content.v1.content/blobs/sha256");
    place_.write("io.containerd.content.v1.content/blobs/sha256/" + digest.hex(), text);
    return digest.str();
  }
  static std::string descriptor(const std::string& digest, const std::string& type) {
    return R"({"mediaType":"application/vnd.oci.image.)" + type + R"(.v1+json","digest":")" + digest + R"(","size":2})";
  }
  std::string manifest(const Digest& config) {
    return blob(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
                descriptor(config.str(), "config") + R"(,"layers":[]})");
  }
  std::string index(const std::vector<std::string>& manifests) {
    std::string list;
    for (const std::string& one : manifests) list += (list.empty() ? "" : ",") + descriptor(one, "manifest");
    return blob(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" + list +
                "]}");
  }
  void name(const std::string& name, const std::string& target, const std::string& space = "k8s.io") {
    root_.buckets["v1"].buckets[space].buckets["images"].buckets[name].buckets["target"].values = {{"digest", target}};
    write(test::bolt_database(root_));
  }
  StoredNames names(const Digest& image) {
    const auto found = store().names_of(image);
    EXPECT_TRUE(found) << found.error().what;
    return found.value_or(StoredNames{});
  }
  static Digest digest(const std::string& text) { return Digest::parse(text).value(); }
  BoltTree root_;
  const Digest app_ = Digest::of("config of app"), arm_ = Digest::of("config of app for arm");
};

TEST_F(NamesInContainerd, AreThoseThatLeadToTheConfigThroughIndexesAndManifests) {
  const std::string plain = manifest(app_), both = index({manifest(arm_), plain}), arm_only = index({manifest(arm_)});
  name("a.example/app:1", plain);
  name("a.example/app:2", both);
  name("a.example/other:1", arm_only);
  name("a.example/foreign:1", plain, "default");
  name("sha256:" + app_.hex(), both);
  const StoredNames found = names(app_);
  EXPECT_THAT(found.names, ElementsAre("a.example/app:1", "a.example/app:2"));
  EXPECT_EQ(found.manifests, (std::set<Digest>{digest(plain), digest(both)})) << "not the manifest for arm";
  EXPECT_THAT(names(arm_).names, ElementsAre("a.example/app:2", "a.example/other:1"));
}

TEST_F(NamesInContainerd, AreNoneOfDocumentsThatAreMissingDamagedOrLeadToThemselves) {
  name("a.example/missing:1", Digest::of("missing").str());
  name("a.example/damaged:1", blob("{"));
  name("a.example/no-digest:1", "latest");
  EXPECT_FALSE(store().names_of(app_)) << "a target that is no digest is damage";
  root_.buckets["v1"].buckets["k8s.io"].buckets["images"].buckets.erase("a.example/no-digest:1");
  std::string deep = manifest(app_);
  for (int i = 0; i < 10; ++i) deep = index({deep});
  name("a.example/deep:1", deep);
  EXPECT_THAT(names(app_).names, IsEmpty());
  name("a.example/fine:1", manifest(app_));
  EXPECT_THAT(names(app_).names, ElementsAre("a.example/fine:1")) << "the control";
}

}  // namespace
}  // namespace winnow
