// SPDX-License-Identifier: Apache-2.0
// Fuzz target: what runtimes have on a node's disk. The first byte says what the rest is: a whole database of
// containerd; the protobuf and JSON of a container in a sound one; Docker's or CRI-O's file of a container. No input
// makes a container that was not asked for, or a container of another kind.
#include <filesystem>

#include "support/bolt_bytes.h"
#include "support/image_builder.h"
#include "target.h"
#include "winnow/image/runtime_store.h"

namespace {

using namespace winnow;

const std::string kOne(64, 'a'), kSandbox(64, 'c');

const test::TemporaryDirectory& place() {
  static const test::TemporaryDirectory kPlace;
  static const bool kMade = [] {
    for (const std::string& directory :
         {std::string("io.containerd.metadata.v1.bolt"), "containers/" + kOne, std::string("image/overlay2"),
          std::string("overlay-images"), "overlay-containers/" + kOne + "/userdata",
          "overlay-containers/" + kSandbox + "/userdata"})
      std::filesystem::create_directories(kPlace / directory);
    return true;
  }();
  test::require(kMade);
  return kPlace;
}

// A database with TEXT as what the CRI plugin keeps with a container and with its sandbox.
std::string database(const std::string& text) {
  test::BoltTree root;
  auto& containers = root.buckets["v1"].buckets["k8s.io"].buckets["containers"].buckets;
  for (const auto& [id, kind] : {std::pair{kOne, "container"}, std::pair{kSandbox, "sandbox"}}) {
    containers[id].buckets["labels"].values = {{"io.cri-containerd.kind", kind}, {"io.kubernetes.pod.name", "web-0"}};
    containers[id].buckets["extensions"].values = {{"io.cri-containerd." + std::string(kind) + ".metadata", text}};
  }
  return test::bolt_database(root);
}

void look(RuntimeStore::Kind kind) {
  const RuntimeStore store(kind, place().path());
  const auto found = store.find({kOne, kSandbox, "../" + kOne});
  if (found)
    for (const auto& [id, container] : *found) test::require(id == kOne || id == kSandbox);
  if (const auto names = store.names_of(Digest::of("config")))
    for (const Digest& manifest : names->manifests) test::require(manifest.valid());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(test::text_of(data, size));
  if (text.empty()) return 0;
  const std::string rest = text.substr(1);
  if (text[0] == 'd') {
    (void)place().write("containers/" + kOne + "/config.v2.json", rest);
    (void)place().write("image/overlay2/repositories.json", rest);
    look(RuntimeStore::Kind::kDocker);
  } else if (text[0] == 'c') {
    (void)place().write("overlay-containers/" + kOne + "/userdata/config.json", rest);
    (void)place().write("overlay-images/images.json", rest);
    look(RuntimeStore::Kind::kCrio);
  } else {
    (void)place().write("io.containerd.metadata.v1.bolt/meta.db", text[0] == 'b' ? rest : database(rest));
    look(RuntimeStore::Kind::kContainerd);
  }
  return 0;
}
