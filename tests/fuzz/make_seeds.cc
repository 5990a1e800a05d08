// SPDX-License-Identifier: Apache-2.0
// Writes the corpus's seeds: small real inputs of each kind, from which a fuzzer finds the rest.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "image/layer/layer_codec.h"
#include "image/store/documents.h"
#include "record/target.h"
#include "support/bolt_bytes.h"
#include "support/event_bytes.h"
#include "support/image_builder.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/profile/profile.h"
#include "winnow/store/objects.h"
#include "winnow/store/profiles.h"

namespace {

using namespace winnow;
using test::ImageBuilder;
using test::TarBuilder;

TarBuilder rich() {
  return TarBuilder()
      .directory("./", {.mode = 0711})
      .file("bin/su", "#!/bin/sh\n", {.mode = 04755, .mtime = 9, .mtime_ns = 5, .xattrs = {{"user.x", "y"}}})
      .hard_link("bin/su2", "bin/su")
      .symlink("lib", "usr/lib")
      .file("lib/x", "followed")
      .device("null", false, 1, 3)
      .fifo("pipe")
      .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
      .sparse("holes", "data", 5000);
}

TarBuilder upper() {
  return TarBuilder().whiteout("bin/su").opaque("etc").file("etc/new", "").symlink("null", "../..");
}

std::string profile() {
  AccessProfile profile;
  profile.image = {"docker-daemon:app:1", Digest::of("config")};
  profile.runs.push_back(
      {.container = "abc", .from_start = true, .backend = "syscall", .command = {"./test.sh"}, .command_status = 0});
  profile.add({.path = "/bin/../etc/a\n\xff",
               .resolved = "/etc/a",
               .kinds = Kind::kOpen,
               .first_ms = 3,
               .by = "/bin/sh",
               .runs = {0}});
  profile.add({.path = "/none", .kinds = Kind::kMiss, .runs = {0}});
  return to_json(profile);
}

std::string event() {
  using namespace std::string_literals;
  constexpr unsigned short kAll = WN_HAS_BASE | WN_HAS_FILE | WN_HAS_EXE;
  const auto bytes = test::encode({.time_ns = 7, .target = 3, .root_dev = 5, .kind = WN_OPEN, .flags = kAll},
                                  {.name = "../x",
                                   .base = {"lib\0"s, "usr\0"s, "lib\0v2\0"s},
                                   .file = {"x\0usr\0"s},
                                   .exe = {"sh\0"s},
                                   .argv0 = "-sh",
                                   .root = "box\0"s});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string target() {
  record::Target target({"/docker/abc", 3}, 5, {1, 2, 3}, record::Origin::kAdopted, 100);
  target.enter(8, {"sh", "-c", "a\nb"}, 9);
  const auto at = [](const char* path) { return record::Place{.device = 5, .path = path, .in_filesystem = path}; };
  record::Event event{.visit = 8, .kind = WN_OPEN, .root = {4, 5, 6}, .name = "/etc/a", .base = at("/")};
  event.file = at("/etc/a");
  target.take(event);
  event = {.kind = WN_STAT, .root = {7, 8, 9}, .name = "/none", .base = record::Place{.device = 8, .path = "/"}};
  target.take(event);
  return target.save();
}

std::string cached() {
  const Fd file = test::memory_file(rich().bytes());
  Budget budget({});
  const auto contents = read_layer(FileRange::of(file.get()).value().reader(), budget);
  std::string bytes;
  (void)encode_layer(*contents, [&](std::span<const std::byte> piece) -> Result<void> {
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return {};
  });
  // The target adds what comes before and after.
  return bytes.substr(kLayerFormat.size(), bytes.size() - kLayerFormat.size() - 32);
}

// The objects that a store has of PROFILE after a put.
std::string objects(const AccessProfile& profile) {
  const test::TemporaryDirectory place;
  auto directory = directory_objects(place.path());
  ProfileStore store(**directory);
  (void)store.put({{"docker.io/library/app:1"}, {Digest::of("manifest")}, "node1", &profile});
  std::string text;
  (void)(*directory)->each("", "", [&](std::string_view object) -> Result<void> {
    text += object;
    return {};
  });
  return text;
}

// The same with the profile's own text for data, which the target packs.
std::string plain_object(const AccessProfile& profile) {
  auto object = nlohmann::ordered_json::parse(objects(profile));
  object["spec"]["data"] = to_json(profile);
  return "p" + object.dump(1);
}

// What containerd's CRI plugin keeps with a container: a protobuf Any.
std::string any(const std::string& json) {
  const std::string type = "github.com/containerd/cri/pkg/store/container/Metadata";
  return "\x0a" + std::string(1, static_cast<char>(type.size())) + type + "\x12" +
         std::string(1, static_cast<char>((json.size() & 0x7f) | 0x80)) +
         std::string(1, static_cast<char>(json.size() >> 7)) + json;
}

constexpr const char* kCriContainer =
    R"({"Version":"v1","Metadata":{"SandboxID":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","ImageRef":)"
    R"("sha256:65a25c5b2f01245835edcaad0038cfc6291942c3d0242b5373a9c0db1746bbfc","Config":{"labels":{"app":"web"},)"
    R"("annotations":{"winnow.dev/record":"true"}}}})";
constexpr const char* kDockerContainer =
    R"(d{"Image":"sha256:65a25c5b2f01245835edcaad0038cfc6291942c3d0242b5373a9c0db1746bbfc","Name":"/web","Config":)"
    R"({"Labels":{"io.kubernetes.pod.name":"web-0","annotation.a":"b"}},"Repositories":{"a":{"a:1":"sha256:1"}}})";
constexpr const char* kCrioContainer =
    R"(c{"annotations":{"io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.cri-o.SandboxID":)"
    R"("cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","io.kubernetes.cri-o.ImageRef":)"
    R"("65a25c5b2f01245835edcaad0038cfc6291942c3d0242b5373a9c0db1746bbfc","io.kubernetes.cri-o.Labels":"{\"a\":\"b\"}"}})";

constexpr const char* kMountinfo =
    "700 600 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/s/l/AB:/s/l/C\\072D,upperdir=/s/x/diff,"
    "workdir=/s/x/work,index=off\n"
    "701 700 0:51 / /proc rw - proc proc rw\n702 700 254:1 /a\\040b /etc/hosts rw - ext4 /dev/vda rw\n";
constexpr const char* kCgroup =
    "4:memory,pids:/docker/4f1c9a0be2d35867aa01c4e9d7b6f5032184ce6d9b7fa0513e28dc4b60917f3a\n"
    "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-4f1c9a0be2d35867aa01c4e9d7b6f5032184ce6d9b7fa0513e28dc4b6091"
    "7f3a.scope\n";
constexpr const char* kSplit =
    R"({"type":2,"payload":"YWJj","position":0}
{"type":1,"name":"./a","size":6,"payload":"AAAAAAAAAAA=","position":1}
{"type":1,"name_raw":"b3V0","size":3,"position":2}
)";

// What fuzz_packages takes apart: the first byte of each file is its place in that list.
std::string dpkg() {
  using namespace std::string_literals;
  return "\0Package: a\nArchitecture: all\nVersion: 1:2-3\n\nPackage: b\nArchitecture: amd64\nVersion: 4\n\n%%%%\n"s
         "\1/.\n/usr\n/usr/bin/i\n/bin/i\n\n%%%%\n\2/loop/x\n/bad/usr\n\n%%%%\n\3Package: c\nVersion: 5\n\n%%%%\n"s
         "\4d41d8cd98f00b204e9800998ecf8427e  usr/bin/i\n"s;
}

std::string languages() {
  return "\x09../d.py,sha256=x,1\n\"a,b\",,\n\n%%%%\n\x0a{\"name\":\"@e/"
         "f\",\"version\":\"1.0\"}\n%%%%\n\x0b{\"name\":\"g\"}";
}

void write(const std::filesystem::path& file, const std::string& data) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << data;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;  // CORPUS-DIRECTORY ELF-FILE
  const std::filesystem::path corpus = argv[1];
  for (const auto& [name, compression] :
       {std::pair{"plain", Compression::kNone}, {"gzip", Compression::kGzip}, {"zstd", Compression::kZstd}}) {
    const ImageBuilder image = ImageBuilder().layer(rich(), compression).layer(upper(), compression);
    const std::string suffix = std::string(name) + ".tar";
    write(corpus / "archive" / ("docker-" + suffix), image.docker_archive());
    write(corpus / "archive" / ("docker-oci-" + suffix), image.docker_oci_archive());
    write(corpus / "archive" / ("oci-" + suffix), image.oci_archive());
    write(corpus / "layer" / ("rich-" + suffix), test::compressed(rich().bytes(), compression));
    write(corpus / "layer" / ("upper-" + suffix), test::compressed(upper().bytes(), compression));
  }
  write(corpus / "archive" / "whole-gzip.tar",
        test::compressed(ImageBuilder().layer(rich()).docker_archive(), Compression::kGzip));
  write(corpus / "documents" / "docker",
        "\x30" + std::string(R"([{"Config":"c.json","RepoTags":["a:1"],"Layers":["l"]}])"));
  write(corpus / "documents" / "index",
        "\x31" + write_oci_index({}, {.media_type = "m", .digest = Digest::of("m"), .size = 1}).value());
  write(corpus / "documents" / "config", "\x32" + ImageBuilder().layer(rich()).config_json());
  write(corpus / "bolt" / "nested", test::bolt_database());
  write(corpus / "cached" / "rich", cached());
  write(corpus / "split" / "file-and-segment", kSplit);
  write(corpus / "split" / "gzip", test::compressed(kSplit, Compression::kGzip));
  write(corpus / "mounts" / "overlay", kMountinfo);
  write(corpus / "cgroup" / "both-versions", kCgroup);
  write(corpus / "packages" / "dpkg", dpkg());
  write(corpus / "packages" / "apk", "\x05P:i\nV:1-r0\nF:usr/bin\nR:i\na:0:0:755\n\n");
  write(corpus / "packages" / "languages", languages());
  write(corpus / "elf" / "program", read_file(argv[2]).value());
  write(corpus / "profile" / "two-accesses.json", profile());
  write(corpus / "event" / "open", event());
  write(corpus / "saved" / "adopted.json", target());
  const auto stored = profile_from_json(profile()).value();
  write(corpus / "objects" / "stored.json", "-" + objects(stored));
  write(corpus / "objects" / "packed-by-the-target.json", plain_object(stored));
  write(corpus / "objects" / "two.json", plain_object(stored) + "\n%%\n" + objects(stored));
  write(corpus / "runtime" / "any", "a" + any(kCriContainer));
  write(corpus / "runtime" / "database", "b" + test::bolt_database({.buckets = {{"v1", {}}}}));
  write(corpus / "runtime" / "docker.json", kDockerContainer);
  write(corpus / "runtime" / "crio.json", kCrioContainer);
  write(corpus / "runtime" / "images.json", R"(c[{"id":"1","names":["a:1","b@sha256:2"],"digest":"sha256:3"}])");
  write(corpus / "selector" / "all", "app=web,tier!=db,canary,!old,env in (a, b),env notin(c)");
  write(corpus / "selector" / "wrong", "x=a||y=b");
  return 0;
}
