// SPDX-License-Identifier: Apache-2.0
// Containers and names in the stores of Docker and CRI-O, and how a store is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "container_ids.h"
#include "support/image_builder.h"
#include "winnow/image/runtime_store.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using Json = nlohmann::ordered_json;
using Found = std::map<std::string, StoredContainer>;

class StoreOnDisk : public ::testing::Test {
 protected:
  explicit StoreOnDisk(RuntimeStore::Kind kind) : store_(kind, place_ / "root") {}
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(place_ / path).parent_path());
    place_.write(path, text);
  }
  Found find(const std::set<std::string>& ids) const {
    auto found = store_.find(ids);
    EXPECT_TRUE(found) << found.error().what;
    return found.value_or(Found{});
  }
  test::TemporaryDirectory place_;
  RuntimeStore store_;
};

class Docker : public StoreOnDisk {
 protected:
  Docker() : StoreOnDisk(RuntimeStore::Kind::kDocker) {}
  void container(const std::string& id, const Json& labels, const std::string& image = "app") {
    write("root/containers/" + id + "/config.v2.json", Json{{"ID", id},
                                                            {"Image", image.empty() ? "" : Digest::of(image).str()},
                                                            {"Name", "/web_1"},
                                                            {"Config", {{"Image", "app:1"}, {"Labels", labels}}}}
                                                           .dump());
  }
};

TEST_F(Docker, KnowsAContainerByItsNameAndImage) {
  container(kOne, {{"com.docker.compose.project", "shop"}});
  const Found found = find({kOne, kOther});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.at(kOne).image, Digest::of("app"));
  EXPECT_EQ(found.at(kOne).name, "web_1");
  EXPECT_FALSE(found.at(kOne).sandbox);
  EXPECT_EQ(found.at(kOne).pod_namespace, "");
}

TEST_F(Docker, KnowsThePodsOfCriDockerd) {
  container(kOne, {{"io.kubernetes.docker.type", "container"},
                   {"io.kubernetes.pod.namespace", "shop"},
                   {"io.kubernetes.pod.name", "web-0"},
                   {"io.kubernetes.pod.uid", "u1"},
                   {"io.kubernetes.container.name", "web"},
                   {"annotation.winnow.dev/record", "true"},
                   {"app", "web"}});
  container(kSandbox, {{"io.kubernetes.docker.type", "podsandbox"}, {"io.kubernetes.pod.name", "web-0"}});
  const Found found = find({kOne, kSandbox});
  ASSERT_THAT(found, SizeIs(2));
  const StoredContainer& one = found.at(kOne);
  EXPECT_EQ(one.pod_namespace, "shop");
  EXPECT_EQ(one.pod, "web-0");
  EXPECT_EQ(one.pod_uid, "u1");
  EXPECT_EQ(one.container, "web");
  EXPECT_THAT(one.pod_labels, ElementsAre(Pair("app", "web")));
  EXPECT_THAT(one.pod_annotations, ElementsAre(Pair("winnow.dev/record", "true")));
  EXPECT_TRUE(found.at(kSandbox).sandbox);
}

TEST_F(Docker, ReadsTheOthersIfOneIsDamaged) {
  const std::string kDamages[] = {"",
                                  "{",
                                  "[]",
                                  "5",
                                  std::string(10'000, '['),
                                  R"({"Image": 5})",
                                  R"({"Image": "app:1"})",
                                  R"({"Image": ""})",
                                  R"({"Image": ")" + Digest::of("app").str() + R"(", "Config": []})",
                                  R"({"Image": ")" + Digest::of("app").str() + R"(", "Name": {}})"};
  container(kOther, Json::object());
  for (const std::string& damage : kDamages) {
    write("root/containers/" + kOne + "/config.v2.json", damage);
    EXPECT_THAT(find({kOne, kOther}), ElementsAre(Pair(kOther, ::testing::_))) << damage.substr(0, 50);
    EXPECT_FALSE(store_.find({kOne})) << damage.substr(0, 50);
  }
  container(kOne, nullptr);
  EXPECT_THAT(find({kOne, kOther}), SizeIs(2)) << "the control";
}

TEST_F(Docker, IsNotHungUpByAPipe) {
  std::filesystem::create_directories(place_ / ("root/containers/" + kOne));
  ASSERT_EQ(::mkfifo((place_ / ("root/containers/" + kOne + "/config.v2.json")).c_str(), 0600), 0);
  EXPECT_FALSE(store_.find({kOne}));
}

TEST_F(Docker, TakesNoPathForAnId) {
  container(kOne, Json::object());
  write("root/secret/config.v2.json", R"({"Image": ")" + Digest::of("app").str() + "\"}");
  std::filesystem::create_directories(place_ / "root/containers");
  std::string upper = kOne, longer = kOne + "a";
  upper[0] = 'A';
  std::string path = "../secret/";
  while (path.size() < 64) path.insert(0, "./");
  path = "../secret/" + std::string(54, '/');
  ASSERT_THAT(path, SizeIs(64));
  write("root/containers/" + upper + "/config.v2.json", R"({"Image": ")" + Digest::of("app").str() + "\"}");
  EXPECT_THAT(find({"../secret", path, upper, longer, kOne.substr(1), "", "..", std::string(64, '.')}), IsEmpty());
  EXPECT_THAT(find({kOne}), SizeIs(1)) << "the control";
}

TEST_F(Docker, HasTheNamesAndManifestsOfAnImage) {
  const Digest image = Digest::of("app"), manifest = Digest::of("manifest");
  EXPECT_THAT(store_.names_of(image).value().names, IsEmpty()) << "there is no list yet";
  const Json repositories = {
      {"Repositories",
       {{"app", {{"app:1", image.str()}, {"app:2", Digest::of("other").str()}, {"app@" + manifest.str(), image.str()}}},
        {"ghcr.io/shop/app", {{"ghcr.io/shop/app:1", image.str()}, {"odd", 5}}},
        {"broken", 7}}}};
  write("root/image/overlay2/repositories.json", repositories.dump());
  const auto names = store_.names_of(image);
  ASSERT_TRUE(names) << names.error().what;
  EXPECT_THAT(names->names, ElementsAre("app:1", "app@" + manifest.str(), "ghcr.io/shop/app:1"));
  EXPECT_THAT(names->manifests, ElementsAre(manifest));
  for (const char* text : {"{", "[", "5", R"({"Repositories": 5)"}) {
    write("root/image/overlay2/repositories.json", text);
    EXPECT_FALSE(store_.names_of(image)) << text;
  }
}

class Crio : public StoreOnDisk {
 protected:
  Crio() : StoreOnDisk(RuntimeStore::Kind::kCrio) {}
  void config(const std::string& id, const Json& annotations) {
    write("root/overlay-containers/" + id + "/userdata/config.json",
          Json{{"ociVersion", "1.0.2"}, {"annotations", annotations}}.dump());
  }
  static Json web() {
    return {{"io.kubernetes.cri-o.ContainerType", "container"},
            {"io.kubernetes.cri-o.SandboxID", kSandbox},
            {"io.kubernetes.cri-o.ImageName", "registry.local/shop/web:1"},
            {"io.kubernetes.cri-o.ImageRef", Digest::of("app").hex()},
            {"io.kubernetes.cri-o.Labels", R"({"io.kubernetes.container.name":"web","io.kubernetes.pod.name":"web-0",)"
                                           R"("io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"u1"})"},
            {"io.kubernetes.cri-o.Annotations", R"({"io.kubernetes.container.hash":"1"})"}};
  }
  void sandbox() {
    config(kSandbox, {{"io.kubernetes.cri-o.ContainerType", "sandbox"},
                      {"io.kubernetes.cri-o.SandboxID", kSandbox},
                      {"io.kubernetes.cri-o.Labels",
                       R"({"app":"web","io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop"})"},
                      {"io.kubernetes.cri-o.Annotations", R"({"winnow.dev/record":"false"})"}});
  }
};

TEST_F(Crio, KnowsThePodAndImageOfAContainer) {
  config(kOne, web());
  sandbox();
  const Found found = find({kOne, kSandbox, kOther});
  ASSERT_THAT(found, SizeIs(2));
  const StoredContainer& one = found.at(kOne);
  EXPECT_FALSE(one.sandbox);
  EXPECT_EQ(one.image, Digest::of("app"));
  EXPECT_EQ(one.pod_namespace, "shop");
  EXPECT_EQ(one.pod, "web-0");
  EXPECT_EQ(one.pod_uid, "u1");
  EXPECT_EQ(one.container, "web");
  EXPECT_THAT(one.pod_labels, ElementsAre(Pair("app", "web")));
  EXPECT_THAT(one.pod_annotations, ElementsAre(Pair("winnow.dev/record", "false")));
  EXPECT_TRUE(found.at(kSandbox).sandbox);
  EXPECT_EQ(found.at(kSandbox).pod, "web-0");
}

TEST_F(Crio, KnowsAContainerWhoseSandboxIsGoneAndFollowsNoPathToOne) {
  config(kOne, web());
  EXPECT_THAT(find({kOne}).at(kOne).pod_labels, IsEmpty());
  Json wrong = web();
  for (const std::string& id : {std::string("../") + kSandbox.substr(3), std::string("..//") + std::string(60, '/'),
                                std::string("short"), std::string()}) {
    wrong["io.kubernetes.cri-o.SandboxID"] = id;
    config(kOne, wrong);
    EXPECT_EQ(find({kOne}).at(kOne).pod, "web-0") << id;
    EXPECT_THAT(find({kOne}).at(kOne).pod_labels, IsEmpty()) << id;
  }
}

TEST_F(Crio, ReadsTheOthersIfOneIsDamaged) {
  config(kOther, web());
  sandbox();
  Json labels = web(), image = web(), foreign = web();
  labels["io.kubernetes.cri-o.Labels"] = "{";
  image["io.kubernetes.cri-o.ImageRef"] = std::string(64, 'x');
  for (const std::string& text : {std::string(), std::string("{"), std::string("[]"), std::string(10'000, '['),
                                  Json{{"annotations", labels}}.dump(), Json{{"annotations", image}}.dump()}) {
    write("root/overlay-containers/" + kOne + "/userdata/config.json", text);
    EXPECT_THAT(find({kOne, kOther}), ElementsAre(Pair(kOther, ::testing::_))) << text.substr(0, 60);
  }
  foreign["io.kubernetes.cri-o.ImageRef"] = "registry.local/shop/web:1";
  config(kOne, foreign);
  EXPECT_FALSE(find({kOne}).at(kOne).image.valid()) << "a name is no id";
  write("root/overlay-containers/" + kOne + "/userdata/config.json", R"({"annotations": 5})");
  EXPECT_THAT(find({kOne, kOther}), SizeIs(1)) << "a container of podman, for example";
}

TEST_F(Crio, HasTheNamesAndManifestsOfAnImage) {
  const Digest image = Digest::of("app"), manifest = Digest::of("manifest"), listed = Digest::of("index");
  EXPECT_THAT(store_.names_of(image).value().names, IsEmpty());
  const Json images = {
      {{"id", Digest::of("other").hex()}, {"names", {"x:1"}}},
      {{"id", image.hex()},
       {"digest", manifest.str()},
       {"names", {"registry.local/shop/web:1", "registry.local/shop/web@" + listed.str(), "odd@sha256:1"}}},
      {{"id", Digest::of("unnamed").hex()}}};
  write("root/overlay-images/images.json", images.dump());
  const auto names = store_.names_of(image);
  ASSERT_TRUE(names) << names.error().what;
  EXPECT_THAT(names->names,
              ElementsAre("odd@sha256:1", "registry.local/shop/web:1", "registry.local/shop/web@" + listed.str()));
  EXPECT_EQ(names->manifests, (std::set<Digest>{manifest, listed}));
  EXPECT_THAT(store_.names_of(Digest::of("unnamed")).value().names, IsEmpty());
  for (const char* text : {"{", "{}", "[5]", R"([{"id": 5}])"}) {
    write("root/overlay-images/images.json", text);
    EXPECT_FALSE(store_.names_of(image)) << text;
  }
}

TEST(RuntimeStore, IsNamedByItsKindAndItsDirectoryIfThatIsUnusual) {
  const auto str = [](const char* text) {
    const auto store = RuntimeStore::parse(text);
    return store ? store->str() : "refused: " + store.error().what;
  };
  EXPECT_EQ(str("containerd"), "containerd:/var/lib/containerd");
  EXPECT_EQ(str("crio"), "crio:/var/lib/containers/storage");
  EXPECT_EQ(str("docker"), "docker:/var/lib/docker");
  EXPECT_EQ(str("containerd:/host/c"), "containerd:/host/c");
  EXPECT_EQ(str("docker:/a:b"), "docker:/a:b");
  for (const char* text : {"", "containerd:", "containerd:relative", "podman", "Docker", "docker/", ":/x", "crio\x1b"})
    EXPECT_THAT(str(text), HasSubstr("refused: not a runtime's store: ")) << text;
}

}  // namespace
}  // namespace winnow
