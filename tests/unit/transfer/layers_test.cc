// SPDX-License-Identifier: Apache-2.0
// The slim image's layers, history and annotations, from real images written and read again.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/image_builder.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/transfer/put.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;
using test::ImageBuilder;
using test::TarBuilder;
using test::TemporaryDirectory;

KeepSpec plan_of(const Image& image, std::vector<std::string> globs = {"/**"}) {
  AccessProfile profile;
  Access access;
  access.path = "/nothing";
  access.kinds = Kind::kOpen;
  profile.add(access);
  profile.runs.emplace_back().from_start = true;
  PlanOptions options;
  options.reference = "docker-daemon:app";
  options.keep = std::move(globs);
  return make_plan(image.index(), profile, options).value();
}

Image emitted(const Image& source, const KeepSpec& spec, Layering layering) {
  const TemporaryDirectory dir;
  const Reference reference{Transport::kDockerArchive, dir / "slim.tar", "slim:1", {}};
  const auto id = emit_image(source, spec, reference, nullptr, {.layering = layering});
  EXPECT_TRUE(id) << id.error().what;
  return Image::open(reference).value();
}

std::string told(const Entry& entry, const std::string& mark) {
  return std::to_string(entry.layer) + mark + entry.path + (entry.type == EntryType::kDirectory ? "/ " : " ") +
         std::to_string(entry.mtime) + "\n";
}

// "LAYER PATH MTIME" a line for all that the layers hold, by layer; what a higher layer hides has a "-" for the space.
std::string layers_of(const Image& image) {
  std::vector<std::string> lines;
  for (const Entry& entry : image.index().entries)
    if (!entry.implied) lines.push_back(told(entry, " "));
  for (const Shadowed& version : image.index().shadowed) lines.push_back(told(version.entry, "-"));
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::string preserved(const Image& source, std::vector<std::string> globs = {"/**"}) {
  return layers_of(emitted(source, plan_of(source, std::move(globs)), Layering::kPreserve));
}

TarBuilder base() {
  return TarBuilder()
      .directory("etc", {.mode = 0755, .mtime = 10})
      .file("etc/motd", "root", {.mtime = 11})
      .directory("opt", {.mode = 0755, .mtime = 12})
      .directory("usr", {.mode = 0755, .mtime = 13})
      .file("usr/lib", std::string(70'000, 'l'), {.mtime = 14})
      .directory("data", {.mode = 01777, .mtime = 15})
      .file("usr/unused", "u", {.mtime = 16});
}

// What `RUN` makes of it: all directories on the way are listed again.
Image on_base(const std::string& name, std::int64_t mtime) {
  return ImageBuilder()
      .layer(base())
      .layer(TarBuilder()
                 .directory("etc", {.mode = 0700, .mtime = mtime})
                 .file("etc/" + name, name, {.mtime = mtime})
                 .directory("usr", {.mode = 0750, .mtime = mtime})
                 .file("usr/" + name, name, {.mtime = mtime})
                 .directory("data", {.mode = 0777, .mtime = mtime}))
      .open();
}

TEST(Preserve, EachLayerHoldsItsOwnEntriesWithDirectoriesAsItHasThem) {
  EXPECT_EQ(preserved(on_base("a", 99)),
            "0 /etc/motd 11\n0 /opt/ 12\n0 /usr/lib 14\n0 /usr/unused 16\n0-/data/ 15\n0-/etc/ 10\n0-/usr/ 13\n"
            "1 /data/ 99\n1 /etc/ 99\n1 /etc/a 99\n1 /usr/ 99\n1 /usr/a 99\n");
  EXPECT_EQ(preserved(on_base("a", 99), {"/usr/*"}),  // directories come along where something stands in them
            "0 /usr/lib 14\n0 /usr/unused 16\n0-/usr/ 13\n1 /usr/ 99\n1 /usr/a 99\n");
}

TEST(Preserve, TwoImagesShareTheLayersOfTheirBaseBitForBit) {
  const Image one = on_base("one", 1000);
  const Image two = on_base("two", 2000);
  const Image bare = ImageBuilder().layer(base()).open();
  const auto first_layer = [](const Image& image, std::vector<std::string> globs = {"/**"}) {
    return emitted(image, plan_of(image, std::move(globs)), Layering::kPreserve).index().layers.front().diff_id;
  };
  EXPECT_EQ(first_layer(one), first_layer(two));
  EXPECT_EQ(first_layer(one), first_layer(bare));
  // /etc is there for what stands in it alone, and nothing of the base does.
  EXPECT_EQ(first_layer(one, {"/usr/lib", "/etc/one"}), first_layer(bare, {"/usr/lib"}));
  // /data is empty, and there for its own sake: whether it is listed again changes nothing.
  EXPECT_EQ(first_layer(one, {"/usr/lib", "/data"}), first_layer(bare, {"/usr/lib", "/data"}));
  EXPECT_NE(first_layer(one), first_layer(bare, {"/usr/lib"}));
  EXPECT_NE(emitted(one, plan_of(one), Layering::kSquash).index().layers.front().diff_id,
            emitted(two, plan_of(two), Layering::kSquash).index().layers.front().diff_id);
}

TEST(Preserve, TheImageIsTheSameWhicheverWayItIsLayered) {
  const Image source = on_base("a", 99);
  const KeepSpec spec = plan_of(source);
  const Image squashed = emitted(source, spec, Layering::kSquash);
  const Image preserved = emitted(source, spec, Layering::kPreserve);
  ASSERT_EQ(squashed.index().layers.size(), 1u);
  ASSERT_EQ(preserved.index().layers.size(), 2u);
  ASSERT_EQ(squashed.index().entries.size(), preserved.index().entries.size());
  for (std::size_t i = 0; i < source.index().entries.size(); ++i)
    for (const Image* const image : {&squashed, &preserved}) {
      const Entry& entry = image->index().entries[i];
      const Entry& expected = source.index().entries[i];
      EXPECT_EQ(std::tie(entry.path, entry.mode, entry.mtime, entry.sha256),
                std::tie(expected.path, expected.mode, expected.mtime, expected.sha256));
    }
}

TEST(Preserve, ADirectoryThatOnlyALowerLayerListsIsWrittenThereThoughNothingElseOfItIsKept) {
  const Image source = ImageBuilder()
                           .layer(TarBuilder().directory("srv", {.mode = 0710, .mtime = 5}).file("other", "o"))
                           .layer(TarBuilder().file("srv/app", "a", {.mtime = 6}))
                           .layer(TarBuilder().file("srv/more", "m", {.mtime = 7}))
                           .open();
  EXPECT_EQ(preserved(source, {"/srv/*"}), "0 /srv/ 5\n1 /srv/app 6\n2 /srv/more 7\n");
  // A layer above lists it again: what is below stays the same.
  const Image again = ImageBuilder()
                          .layer(TarBuilder().directory("srv", {.mode = 0710, .mtime = 5}).file("other", "o"))
                          .layer(TarBuilder().file("srv/app", "a", {.mtime = 6}))
                          .layer(TarBuilder().directory("srv", {.mode = 0710, .mtime = 8}))
                          .open();
  EXPECT_EQ(preserved(again, {"/srv/*"}), "0-/srv/ 5\n1 /srv/app 6\n2 /srv/ 8\n");
}

TEST(Preserve, ADirectoryThatNoLayerListsIsMadeOnceAndWhereItIsNeededFirst) {
  const TarBuilder lower = TarBuilder().file("srv/a", "a", {.mtime = 1});
  const TarBuilder middle = TarBuilder().file("srv/b", "b", {.mtime = 2});
  EXPECT_EQ(preserved(ImageBuilder().layer(lower).layer(middle).open()), "0 /srv/ 0\n0 /srv/a 1\n1 /srv/b 2\n");
  EXPECT_EQ(preserved(ImageBuilder()
                          .layer(lower)
                          .layer(middle)
                          .layer(TarBuilder().directory("srv", {.mode = 0700, .mtime = 3}))
                          .open()),
            "0 /srv/a 1\n0-/srv/ 0\n1 /srv/b 2\n2 /srv/ 3\n");
}

TEST(Preserve, WhatBecameADirectoryALinkOrAFileNeedsNoWhiteouts) {
  const Image source = ImageBuilder()
                           .layer(TarBuilder()
                                      .symlink("link", "elsewhere")
                                      .directory("dir", {.mode = 0755, .mtime = 1})
                                      .file("dir/in", "x")
                                      .file("file", "f")
                                      .file("stays", "s", {.mtime = 4}))
                           .layer(TarBuilder()
                                      .whiteout("link")
                                      .directory("link", {.mode = 0755, .mtime = 2})
                                      .file("link/in", "y", {.mtime = 2})
                                      .symlink("dir", "link", {.mode = 0777, .mtime = 2})
                                      .directory("file", {.mode = 0755, .mtime = 2}))
                           .layer(TarBuilder().whiteout("file").file("again", "a", {.mtime = 3}))
                           .layer(TarBuilder().directory("file", {.mode = 0755, .mtime = 5}))
                           .open();
  EXPECT_EQ(preserved(source), "0 /stays 4\n1 /dir 2\n1 /link/ 2\n1 /link/in 2\n2 /again 3\n3 /file/ 5\n");
}

TEST(Preserve, TheSameLayerTwiceIsOneLayer) {
  const TarBuilder tar = TarBuilder().directory("d", {.mode = 0755, .mtime = 1}).file("d/a", "333", {.mtime = 2});
  EXPECT_EQ(preserved(ImageBuilder().layer(tar).layer(tar).open()), "0 /d/ 1\n0 /d/a 2\n");
}

TEST(Preserve, AllNamesOfOneFileStandInTheTopmostLayerThatHasOne) {
  const Image source = ImageBuilder()
                           .layer(TarBuilder()
                                      .directory("low", {.mode = 0711, .mtime = 1})
                                      .file("low/name", std::string(5000, 'n'), {.mtime = 2})
                                      .hard_link("low/twin", "low/name"))
                           .layer(TarBuilder().hard_link("high", "low/name"))
                           .open();
  const Image slim = emitted(source, plan_of(source), Layering::kPreserve);
  EXPECT_EQ(layers_of(slim), "0-/low/ 1\n1 /high 2\n1 /low/ 1\n1 /low/name 2\n1 /low/twin 2\n");
  const auto& entries = slim.index().entries;
  const auto group = entries[*slim.index().find("/high")].link_group;
  EXPECT_NE(group, 0u);
  for (const char* name : {"/low/name", "/low/twin"}) EXPECT_EQ(entries[*slim.index().find(name)].link_group, group);
  EXPECT_EQ(slim.index().bytes(), 5000u);  // the image does not grow
  // Without the upper name the group is its own layer's.
  EXPECT_EQ(preserved(source, {"/low/*"}), "0 /low/ 1\n0 /low/name 2\n0 /low/twin 2\n");
}

Image told_history(const std::string& history) {
  const TarBuilder tars[] = {TarBuilder().file("a", "a"), TarBuilder().file("b", "b"), TarBuilder().file("c", "c")};
  Json config = {{"architecture", "amd64"},
                 {"os", "linux"},
                 {"created", "2024-01-02T03:04:05Z"},
                 {"config", {{"Labels", {{"k", "v"}}}}}};
  ImageBuilder builder;
  for (const TarBuilder& tar : tars) {
    builder.layer(tar);
    config["rootfs"]["diff_ids"].push_back(Digest::of(tar.bytes()).str());
  }
  config["history"] = Json::parse(history);
  return builder.config_document(config.dump()).open();
}

Json history_of(const Image& image) { return Json::parse(image.index().config_json).at("history"); }

TEST(SlimHistory, TellsTheBuildStepByStepAndLinesUpWithTheLayers) {
  const Image source = told_history(R"([{"created_by":"ADD base","created":"2023-01-01T00:00:00Z"},
      {"created_by":"ENV A=1","empty_layer":true},{"created_by":"RUN two","author":"me","comment":"old"},
      {"created_by":"COPY three"},{"created_by":"CMD x","empty_layer":true}])");
  const Image slim = emitted(source, plan_of(source, {"/a", "/c"}), Layering::kPreserve);
  const Json history = history_of(slim);
  ASSERT_EQ(history.size(), 5u);
  EXPECT_EQ(history[0].at("created_by"), "ADD base");
  EXPECT_EQ(history[0].at("created"), "2023-01-01T00:00:00Z");
  EXPECT_EQ(history[0].at("comment"), "winnow: slimmed from layer 1 of docker-daemon:app");
  EXPECT_EQ(history[1].dump(), R"({"created_by":"ENV A=1","empty_layer":true})");
  EXPECT_EQ(history[2].at("comment"), "winnow: nothing is kept of layer 2 of docker-daemon:app");
  EXPECT_EQ(history[2].at("empty_layer"), true);
  EXPECT_EQ(history[4].dump(), R"({"created_by":"CMD x","empty_layer":true})");
  // What winnow itself reads lines up: each layer with its own instruction.
  ASSERT_EQ(slim.index().layers.size(), 2u);
  EXPECT_EQ(slim.index().layers[0].created_by, "ADD base");
  EXPECT_EQ(slim.index().layers[1].created_by, "COPY three");
  EXPECT_EQ(layers_of(slim), "0 /a 0\n1 /c 0\n");
}

TEST(SlimHistory, HasOneEntryForEachLayerThoughTheSourceTellsNothingOfUse) {
  for (const char* history : {"[]", R"([{"created_by":"one"}])", "null"}) {
    const Image source = told_history(history);
    const Json told = history_of(emitted(source, plan_of(source, {"/b"}), Layering::kPreserve));
    ASSERT_EQ(told.size(), 3u) << history;
    EXPECT_FALSE(told[1].contains("empty_layer"));
    EXPECT_TRUE(told[0].at("empty_layer") && told[2].at("empty_layer"));
    EXPECT_EQ(history_of(emitted(source, plan_of(source), Layering::kSquash)).size(), 1u);
  }
}

TEST(SlimConfig, IsCarriedWholeUnderBothLayerings) {
  const Image source = told_history("[]");
  for (const Layering layering : {Layering::kSquash, Layering::kPreserve}) {
    const Image slim = emitted(source, plan_of(source), layering);
    Json ours = Json::parse(slim.index().config_json);
    Json theirs = Json::parse(source.index().config_json);
    for (Json* const config : {&ours, &theirs}) {
      config->erase("rootfs");
      config->erase("history");
    }
    EXPECT_EQ(ours, theirs);
  }
}

KeepSpec with_records(const Image& source) {
  KeepSpec spec = plan_of(source, {"/var/lib/app"});
  Addition directory;
  directory.entry.path = "/var/lib/dpkg";  // which the source has, and which is dropped
  directory.entry.type = EntryType::kDirectory;
  directory.entry.mode = 0755;
  Addition file;
  file.entry.path = "/var/lib/dpkg/status";
  file.entry.mode = 0644;
  file.entry.mtime = 50;
  file.content = "Package: app\n";
  file.entry.size = file.content.size();
  file.entry.sha256 = Digest::of(file.content);
  spec.additions = {directory, file};
  return spec;
}

Image with_packages() {
  return ImageBuilder()
      .layer(TarBuilder()
                 .directory("var", {.mode = 0751, .mtime = 1})
                 .directory("var/lib", {.mode = 0711, .mtime = 2})
                 .directory("var/lib/dpkg", {.mode = 0700, .mtime = 3})
                 .file("var/lib/dpkg/status", "everything"))
      .layer(TarBuilder().file("var/lib/app", "app", {.mtime = 4}))
      .open();
}

TEST(Additions, AreInTheOneLayerOfASquashedImage) {
  const Image source = with_packages();
  const Image slim = emitted(source, with_records(source), Layering::kSquash);
  EXPECT_EQ(layers_of(slim),
            "0 /var/ 1\n0 /var/lib/ 2\n0 /var/lib/app 4\n0 /var/lib/dpkg/ 0\n0 /var/lib/dpkg/status 50\n");
  EXPECT_EQ(slim.index().entries.back().sha256, Digest::of("Package: app\n"));
}

TEST(Additions, StandInALastLayerOfTheirOwnWithTheDirectoriesAroundThem) {
  const Image source = with_packages();
  const Image slim = emitted(source, with_records(source), Layering::kPreserve);
  EXPECT_EQ(layers_of(slim),
            "0-/var/ 1\n0-/var/lib/ 2\n1 /var/lib/app 4\n"
            "2 /var/ 1\n2 /var/lib/ 2\n2 /var/lib/dpkg/ 0\n2 /var/lib/dpkg/status 50\n");
  EXPECT_EQ(slim.index().entries[*slim.index().find("/var/lib")].mode, 0711u);
  EXPECT_EQ(slim.index().layers[2].created_by, "winnow: package records");
  KeepSpec without = with_records(source);
  without.additions.clear();
  EXPECT_EQ(emitted(source, without, Layering::kPreserve).index().layers.size(), 2u);
}

TEST(Additions, ThatWouldHideWhatIsKeptAreRefused) {
  const Image source = with_packages();
  const TemporaryDirectory dir;
  for (const Layering layering : {Layering::kSquash, Layering::kPreserve}) {
    KeepSpec spec = with_records(source);
    spec.additions.erase(spec.additions.begin());
    spec.additions[0].entry.path = "/var/lib/.wh.app";
    const auto id =
        emit_image(source, spec, {Transport::kDockerArchive, dir / "x", {}, {}}, nullptr, {.layering = layering});
    ASSERT_FALSE(id);
    EXPECT_NE(id.error().what.find("whiteout"), std::string::npos) << id.error().what;
  }
}

TEST(EmitImage, GivesAnImageWithALayerThoughNothingIsKept) {
  const Image source = ImageBuilder().layer(TarBuilder().file("a", "a")).open();
  for (const Layering layering : {Layering::kSquash, Layering::kPreserve})
    EXPECT_EQ(emitted(source, plan_of(source, {}), layering).index().layers.size(), 1u);
}

TEST(EmitImage, TwoBuildsFromOneSpecAreBitIdenticalWhateverIsAsked) {
  const Image source = on_base("a", 99);
  const KeepSpec spec = plan_of(source);
  const TemporaryDirectory dir;
  for (const Layering layering : {Layering::kSquash, Layering::kPreserve})
    for (const Compression compression : {Compression::kGzip, Compression::kZstd, Compression::kNone}) {
      std::string bytes[2];
      for (std::string& one : bytes) {
        const Reference reference{Transport::kOciArchive, dir / "out.tar", "1", {}};
        ASSERT_TRUE(emit_image(on_base("a", 99), spec, reference, nullptr, {layering, compression, {}, "1.2"}));
        one = read_file(reference.location).value();
      }
      EXPECT_TRUE(bytes[0] == bytes[1]);
    }
}

TEST(EmitImage, AsksWhetherItCanBeWrittenBeforeAnythingIsRead) {
  const Image source = on_base("a", 99);
  KeepSpec other = plan_of(source);
  other.id = Digest::of("other");  // would be an error too, were it looked at first
  const auto id = emit_image(source, other, {Transport::kOciDirectory, "/nowhere", {}, {}}, nullptr,
                             {.compression = Compression::kZstd, .media_types = MediaTypes::kDocker});
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().fault, Fault::kUsage);
}

TEST(SlimAnnotations, NameSourceProfilePolicyAndVersion) {
  KeepSpec spec;
  spec.reference = "docker-daemon:app";
  spec.id = Digest::of("config");
  spec.policy = Policy::kFamilies;
  const auto bare = slim_annotations(spec, {}, "");
  EXPECT_EQ(bare, (std::map<std::string, std::string>{{"dev.winnow.source.id", spec.id.str()},
                                                      {"dev.winnow.source.name", "docker-daemon:app"},
                                                      {"dev.winnow.policy", "families"}}));
  spec.profile = Digest::of("profile");
  auto full = slim_annotations(spec, {}, "1.2.3");
  EXPECT_EQ(full.at("dev.winnow.profile"), spec.profile.str());
  EXPECT_EQ(full.at("dev.winnow.version"), "1.2.3");
  Index source;
  source.manifest = Digest::of("manifest");
  EXPECT_EQ(slim_annotations(spec, source, "").at("dev.winnow.source.digest"), source.manifest.str());
}

}  // namespace
}  // namespace winnow
