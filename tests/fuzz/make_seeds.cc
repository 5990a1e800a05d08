// SPDX-License-Identifier: Apache-2.0
// Writes the corpus's seeds: small real inputs of each kind, from which a fuzzer finds the rest.
#include <filesystem>
#include <fstream>

#include "record/target.h"
#include "support/event_bytes.h"
#include "support/image_builder.h"
#include "winnow/profile.h"

namespace {

using namespace winnow;
using testing::Compression;
using testing::ImageBuilder;
using testing::TarBuilder;

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
  const auto bytes = testing::encode({.time_ns = 7, .target = 3, .root_dev = 5, .kind = WN_OPEN, .flags = kAll},
                                     {"../x", "lib\0usr\0"s, "x\0usr\0"s, "sh\0"s, "-sh"});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string target() {
  record::Target target({"/docker/abc", 3}, 5, {1, 2, 3}, record::Origin::kAdopted, 100);
  target.enter(8, {"sh", "-c", "a\nb"}, 9);
  target.take({4, 5, 6}, {.path = "/etc/a", .resolved = "/etc/a", .kinds = Kind::kOpen, .by = "/bin/sh", .runs = {0}},
              8);
  target.take({1, 2, 3}, {.path = "/none", .kinds = Kind::kMiss, .runs = {0}}, 0);
  return target.save();
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
    write(corpus / "layer" / ("rich-" + suffix), testing::compressed(rich().bytes(), compression));
    write(corpus / "layer" / ("upper-" + suffix), testing::compressed(upper().bytes(), compression));
  }
  write(corpus / "archive" / "whole-gzip.tar",
        testing::compressed(ImageBuilder().layer(rich()).docker_archive(), Compression::kGzip));
  write(corpus / "elf" / "program", read_file(argv[2]).value());
  write(corpus / "profile" / "two-accesses.json", profile());
  write(corpus / "event" / "open", event());
  write(corpus / "saved" / "adopted.json", target());
  return 0;
}
