// SPDX-License-Identifier: Apache-2.0
// Slim layers and images: what is written reads back the same, twice the same bytes, and by other tools.
#include "winnow/image/write.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "describe.h"
#include "support/image_builder.h"
#include "winnow/base/digest.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using test::ImageBuilder;
using test::TarBuilder;
using test::TemporaryDirectory;

// Everything a layer can hold.
Image rich() {
  const std::string capability("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  return ImageBuilder()
      .layer(TarBuilder()
                 .directory("./", {.mode = 0711, .uid = 5, .gid = 6, .mtime = 77})
                 .directory("tmp", {.mode = 01777, .mtime = 1})
                 .directory("bin", {.mode = 0755})
                 .file("bin/ping", "ping",
                       {.mode = 0755,
                        .mtime = 1700000000,
                        .mtime_ns = 123456789,
                        .xattrs = {{"security.capability", capability}}})
                 .file("bin/su", "su", {.mode = 06755, .uid = 0, .gid = 42, .mtime = 1600000000})
                 .hard_link("bin/su2", "bin/su")
                 .symlink("bin/sh", "su", {.mode = 0777, .uid = 9, .mtime = 5, .mtime_ns = 1})
                 .hard_link("bin/sh2", "bin/sh")
                 .file("empty", "", {.mode = 0, .uid = 4000000000, .gid = 1000})
                 .file("big", std::string(1'000'000, 'b'),
                       {.xattrs = {{"user.a", ""}, {"user.b", std::string("\n\0=\xff", 4)}}})
                 .device("null", false, 1, 3, {.mode = 0666})
                 .device("disk", true, 259, 70000, {.mode = 0660, .gid = 6})
                 .fifo("pipe", {.mode = 0600, .uid = 1})
                 .file("implied/parent/file", "x"))
      .layer(TarBuilder().file("etc/a", "later"))
      .open();
}

std::vector<EntryId> all_of(const Image& image) {
  std::vector<EntryId> ids(image.index().entries.size());
  std::iota(ids.begin(), ids.end(), EntryId{0});
  return ids;
}

std::string config_for(const NewLayer& layer) {
  return R"({"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[")" +
         layer.diff_id.str() + R"("]}})";
}

std::string bytes_of(int fd) { return read_file("/proc/self/fd/" + std::to_string(fd)).value(); }

std::vector<std::string> members_of(std::string_view path) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(path))
    names.push_back(std::filesystem::relative(file.path(), path).string());
  return names;
}

TEST(WriteLayer, KeepsEveryFieldOfEveryEntry) {
  const Image source = rich();
  const auto layer = write_layer(source, {.kept = all_of(source)});
  ASSERT_TRUE(layer) << layer.error().what;
  EXPECT_EQ(layer->diff_id, Digest::of(bytes_of(layer->tar.get())));
  EXPECT_EQ(layer->size, bytes_of(layer->tar.get()).size());
  Fd archive = test::memory_file({});
  ASSERT_TRUE(write_docker_archive({&*layer, 1}, config_for(*layer), "slim:1", archive.get()));
  const auto copy = Image::open_archive(std::move(archive));
  ASSERT_TRUE(copy) << copy.error().what;
  ASSERT_EQ(copy->index().entries.size(), source.index().entries.size());
  for (EntryId id = 0; id < source.index().entries.size(); ++id) {
    Entry expected = source.index().entries[id];
    expected.implied = false;  // it is listed now
    EXPECT_EQ(test::describe(copy->index().entries[id]), test::describe(expected));
  }
  EXPECT_EQ(test::content_of(*copy, "/bin/su2").value(), "su");
  EXPECT_EQ(copy->index().names, std::vector<std::string>{"slim:1"});
}

TEST(WriteLayer, HoldsExactlyWhatIsKept) {
  const Image source = rich();
  std::vector<EntryId> kept;
  for (const char* path : {"/bin/su2", "/bin", "/", "/etc/a", "/etc", "/bin"})
    kept.push_back(*source.index().find(path));
  const auto layer = write_layer(source, {.kept = kept});
  ASSERT_TRUE(layer) << layer.error().what;
  Fd archive = test::memory_file({});
  ASSERT_TRUE(write_docker_archive({&*layer, 1}, config_for(*layer), "", archive.get()));
  const Image copy = Image::open_archive(std::move(archive)).value();
  std::string paths;
  for (const Entry& entry : copy.index().entries) paths += entry.path + " ";
  EXPECT_EQ(paths, "/ /bin /bin/su2 /etc /etc/a ");
  EXPECT_EQ(test::content_of(copy, "/bin/su2").value(), "su");  // though the bytes stood under another name
  EXPECT_EQ(copy.index().entries[*copy.index().find("/bin/su2")].link_group, 0u);
}

TEST(WriteLayer, WantsParentsKept) {
  const Image source = rich();
  const EntryId file = *source.index().find("/bin/ping");
  const EntryId bin = *source.index().find("/bin");
  EXPECT_TRUE(write_layer(source, {.kept = {0, bin, file}}));
  const auto orphan = write_layer(source, {.kept = {0, file}});
  ASSERT_FALSE(orphan);
  EXPECT_EQ(orphan.error().what, "/bin/ping: its parent directory is not kept");
  EXPECT_FALSE(write_layer(source, {.kept = {0, 10'000}}));
}

TEST(WriteImage, TheSameInputGivesTheSameBytes) {
  const TemporaryDirectory dir;
  const Image source = rich();
  std::vector<EntryId> backwards = all_of(source);
  std::ranges::reverse(backwards);
  for (const char* transport : {"docker-archive:", "oci-archive:"}) {
    std::string first;
    for (const auto& kept : {all_of(source), backwards}) {
      const auto layer = write_layer(source, {.kept = kept}).value();
      const std::string path = dir / "out.tar";
      ASSERT_TRUE(write_image({&layer, 1}, config_for(layer), Reference::parse(transport + path + ":slim:1").value()));
      const std::string bytes = read_file(path).value();
      EXPECT_TRUE(first.empty() || first == bytes) << transport;
      first = bytes;
    }
  }
}

TEST(WriteImage, EveryFormatReadsBackAsTheSameImage) {
  const TemporaryDirectory dir;
  const Image source = rich();
  const auto layer = write_layer(source, {.kept = all_of(source)}).value();
  std::string first;
  for (const char* transport : {"docker-archive:", "oci-archive:", "oci:"}) {
    const Reference reference =
        Reference::parse(transport + (dir / "out-") + std::to_string(std::string_view(transport).size()) + ":slim")
            .value();
    const auto id = write_image({&layer, 1}, config_for(layer), reference);
    ASSERT_TRUE(id) << id.error().what;
    const auto image = Image::open(reference);
    ASSERT_TRUE(image) << image.error().what;
    EXPECT_EQ(image->index().id, *id);
    EXPECT_TRUE(first.empty() || first == test::describe(image->index())) << transport;
    first = test::describe(image->index());
  }
}

TEST(WriteImage, AddsToALayoutAndReplacesTheSameTag) {
  const TemporaryDirectory dir;
  const Image source = rich();
  const auto whole = write_layer(source, {.kept = all_of(source)}).value();
  const auto small = write_layer(source, {.kept = {0}}).value();
  const auto at = [&](const char* tag) { return Reference{Transport::kOciDirectory, dir / "layout", tag}; };
  ASSERT_TRUE(write_image({&whole, 1}, config_for(whole), at("a")));
  ASSERT_TRUE(write_image({&whole, 1}, config_for(whole), at("b")));
  ASSERT_TRUE(write_image({&small, 1}, config_for(small), at("a")));
  EXPECT_EQ(Image::open(at("a")).value().index().layers.at(0).diff_id, small.diff_id);
  EXPECT_EQ(Image::open(at("b")).value().index().layers.at(0).diff_id, whole.diff_id);
  EXPECT_FALSE(Image::open(at("c")));
}

TEST(WriteImage, LeavesNothingBehindWhenItFails) {
  const TemporaryDirectory dir;
  const Image source = rich();
  const auto layer = write_layer(source, {.kept = all_of(source)}).value();
  const std::string other = R"({"rootfs":{"diff_ids":[")" + Digest::of("other").str() + R"("]}})";
  for (const char* transport : {"docker-archive:", "oci-archive:", "oci:"}) {
    const auto id = write_image({&layer, 1}, other, Reference::parse(transport + (dir / "out")).value());
    ASSERT_FALSE(id) << transport;
    EXPECT_NE(id.error().what.find("does not name " + layer.diff_id.str()), std::string::npos);
  }
  EXPECT_TRUE(members_of(dir.path()).empty());
  static_cast<void>(dir.write("file", "precious"));
  const auto into = write_image({&layer, 1}, config_for(layer), Reference{Transport::kOciDirectory, dir.path(), "x"});
  ASSERT_FALSE(into);
  EXPECT_NE(into.error().what.find("neither an OCI layout nor an empty directory"), std::string::npos);
  EXPECT_FALSE(write_image({&layer, 1}, config_for(layer), Reference{Transport::kDockerArchive, dir.path(), {}}));
  EXPECT_EQ(members_of(dir.path()), std::vector<std::string>{"file"});
  EXPECT_TRUE(
      write_image({&layer, 1}, config_for(layer), Reference::parse("docker-archive:" + (dir / "file")).value()));
  EXPECT_EQ(members_of(dir.path()), std::vector<std::string>{"file"});
}

TEST(WriteImage, SkopeoReadsEveryFormat) {
  if (std::system("command -v skopeo >/dev/null") != 0) GTEST_SKIP() << "skopeo is not installed";
  const TemporaryDirectory dir;
  const Image source = rich();
  const auto layer = write_layer(source, {.kept = all_of(source)}).value();
  for (const char* transport : {"docker-archive:", "oci-archive:", "oci:"}) {
    const std::string reference =
        transport + (dir / "out-") + std::to_string(std::string_view(transport).size()) + ":slim:1";
    ASSERT_TRUE(write_image({&layer, 1}, config_for(layer), Reference::parse(reference).value()));
    const std::string copy = "oci:" + (dir / "copy") + ":c";
    std::string inspect = "skopeo inspect >/dev/null ";
    EXPECT_EQ(std::system(inspect.append(reference).c_str()), 0) << reference;
    std::string copying = "skopeo copy -q --insecure-policy ";
    EXPECT_EQ(std::system(copying.append(reference).append(" ").append(copy).c_str()), 0) << reference;
    const auto read = Image::open(Reference::parse(copy).value());
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->index().layers.at(0).diff_id, layer.diff_id);
  }
}

}  // namespace
}  // namespace winnow
