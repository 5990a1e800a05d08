// SPDX-License-Identifier: Apache-2.0
// What is remembered of layers: used instead of reading them, never believed when damaged, shared by many processes.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "describe.h"
#include "support/image_builder.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using test::ImageBuilder;
using test::TarBuilder;

ImageBuilder rich_image() {
  return ImageBuilder()
      .layer(TarBuilder()
                 .directory("d", {.mode = 01777, .uid = 7, .gid = 8, .mtime = -5})
                 .file("d/a", "content", {.mode = 04755, .mtime = 12, .mtime_ns = 34, .xattrs = {{"user.x", "\x01"}}})
                 .hard_link("d/b", "d/a")
                 .symlink("odd\n\xff", "../d/a")
                 .device("null", false, 1, 3)
                 .fifo("pipe")
                 .file("script", "#!/bin/sh -e\n")
                 .file("etc/passwd", "root:x:0:0::/:/bin/sh\n"),
             Compression::kGzip)
      .layer(TarBuilder().whiteout("d/b").file("script", "#!/bin/dash\n"));
}

std::string opened(const std::string& archive, const std::string& cache) {
  const auto image = Image::open_archive(test::memory_file(archive), {}, {.cache = cache});
  return image ? test::describe(image->index()) : "error: " + image.error().what;
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(directory)) files.push_back(file.path().string());
  std::ranges::sort(files);
  return files;
}

// The same documents, and layers that no longer are what their digests say.
std::string with_spoilt_layers(std::string archive) {
  for (const std::string_view text : {"content", "#!/bin/dash"})
    for (std::size_t at = archive.find(text); at != std::string::npos; at = archive.find(text, at + 1))
      archive[at] = 'X';
  return archive;
}

ImageBuilder plain_image() {
  return ImageBuilder().layer(TarBuilder().file("a", "content")).layer(TarBuilder().file("b", "#!/bin/dash\n"));
}

TEST(Cache, WhatItRemembersIsWhatWasRead) {
  const test::TemporaryDirectory cache;
  const std::string archive = rich_image().docker_oci_archive();
  const std::string read = opened(archive, "");
  EXPECT_EQ(opened(archive, cache.path()), read);
  EXPECT_EQ(files_in(cache.path()).size(), 3u);  // two layers and the config
  EXPECT_EQ(opened(archive, cache.path()), read);
}

TEST(Cache, ASecondOpeningReadsNoLayer) {
  const test::TemporaryDirectory cache;
  const std::string archive = plain_image().docker_archive();
  const std::string spoilt = with_spoilt_layers(archive);
  const std::string read = opened(archive, cache.path());
  EXPECT_TRUE(opened(spoilt, "").starts_with("error: layer 1 of 2"));
  EXPECT_EQ(opened(spoilt, cache.path()), read);
  const auto image = Image::open_archive(test::memory_file(spoilt), {}, {.cache = cache.path()});
  ASSERT_TRUE(image);
  EXPECT_FALSE(test::content_of(*image, "/a"));  // content is always checked
}

TEST(Cache, AnEnginesImageIsNotSavedAgain) {
  const test::TemporaryDirectory cache;
  const std::string archive = plain_image().docker_archive();
  int saved = 0;
  const auto save = [&]() -> Result<Fd> {
    ++saved;
    return test::memory_file(archive);
  };
  const auto open = [&] { return Image::open_saved(plain_image().id(), save, {.cache = cache.path()}); };
  const auto first = open();
  ASSERT_TRUE(first);
  EXPECT_EQ(saved, 1);
  const auto second = open();
  ASSERT_TRUE(second);
  EXPECT_EQ(saved, 1);
  EXPECT_EQ(test::describe(second->index()), test::describe(first->index()));
  EXPECT_EQ(test::content_of(*second, "/a").value(), "content");
  EXPECT_EQ(saved, 2);
}

// Docker on containerd's store knows images by the digest of their manifest.
TEST(Cache, AnImageIsRememberedByItsManifestToo) {
  const test::TemporaryDirectory cache;
  const std::string archive = plain_image().docker_oci_archive();
  const Digest manifest = Image::open_archive(test::memory_file(archive)).value().index().manifest;
  ASSERT_TRUE(manifest.valid());
  ASSERT_NE(manifest, plain_image().id());
  int saved = 0;
  const auto open = [&](const std::string& platform) {
    const auto save = [&]() -> Result<Fd> {
      ++saved;
      return test::memory_file(archive);
    };
    const auto image = Image::open_saved(manifest, save, {.platform = platform, .cache = cache.path()});
    ASSERT_TRUE(image) << image.error().what;
    EXPECT_EQ(image->index().id, plain_image().id());
    EXPECT_EQ(image->index().manifest, manifest);
  };
  open("");
  open("");
  EXPECT_EQ(saved, 1);
  open("linux/amd64");  // may be another part of the same index
  EXPECT_EQ(saved, 2);
  for (const std::string& file : files_in(cache.path()))
    if (file.ends_with(".alias")) {
      ASSERT_TRUE(write_file_atomically(file, Digest::of("other").str() + "\n"));
    }
  open("");
  EXPECT_EQ(saved, 3) << "a damaged name is not believed";
}

TEST(Cache, AnotherImageThanTheEngineNamedIsAnError) {
  const auto save = []() -> Result<Fd> { return test::memory_file(plain_image().docker_oci_archive()); };
  const auto image = Image::open_saved(rich_image().id(), save);
  ASSERT_FALSE(image);
  EXPECT_NE(image.error().what.find("returned another image than " + rich_image().id().str()), std::string::npos);
}

TEST(Cache, ADamagedFileIsReadAgainFromTheImage) {
  const test::TemporaryDirectory cache;
  const std::string archive = rich_image().docker_archive();
  const std::string read = opened(archive, cache.path());
  for (const std::string& file : files_in(cache.path())) {
    const std::string whole = read_file(file).value();
    for (std::size_t at = 0; at < whole.size(); at += 5) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
      ASSERT_TRUE(write_file_atomically(file, damaged));
      EXPECT_EQ(opened(archive, cache.path()), read) << file << " at " << at;
    }
    for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
      ASSERT_TRUE(write_file_atomically(file, whole.substr(0, cut)));
      EXPECT_EQ(opened(archive, cache.path()), read) << file << " cut at " << cut;
    }
    EXPECT_EQ(read_file(file).value(), whole);  // mended
  }
}

TEST(Cache, ManyCanUseItAtOnce) {
  const test::TemporaryDirectory cache;
  const std::string archive = rich_image().docker_archive();
  const std::string read = opened(archive, "");
  std::vector<std::jthread> threads;
  std::atomic<int> different = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) different += opened(archive, cache.path()) != read;
    });
  threads.clear();
  EXPECT_EQ(different, 0);
  EXPECT_EQ(files_in(cache.path()).size(), 3u);  // and no temporary ones
}

TEST(Cache, OneThatCannotBeWrittenIsNoError) {
  const std::string archive = rich_image().docker_archive();
  EXPECT_EQ(opened(archive, "/proc/nowhere"), opened(archive, ""));
}

}  // namespace
}  // namespace winnow
