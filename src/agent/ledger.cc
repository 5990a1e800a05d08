// SPDX-License-Identifier: Apache-2.0
// One file for each image: a line of JSON about its runs, and the profile.
#include "agent/ledger.h"

#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "winnow/base/file.h"
#include "winnow/base/json.h"
#include "winnow/base/json_text.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kSchema = "winnow.ledger/1";
constexpr std::string_view kSuffix = ".ledger";
constexpr std::size_t kMaxFile = std::size_t{128} << 20;
constexpr std::size_t kMaxDepth = 8;  // of the line about the runs

std::string text_of(const ImageLedger& image) {
  nlohmann::json head = {
      {"schema", kSchema}, {"taken", image.taken}, {"started", image.started}, {"dropped_paths", image.dropped_paths}};
  const Content& stored = image.stored;
  head["stored"] = {stored.paths, stored.names, stored.kinds, stored.lost, stored.runs};
  head["references"] = nlohmann::json::array();
  for (const std::string& name : image.references) head["references"].push_back(escape_path(name));
  head["manifests"] = nlohmann::json::array();
  for (const Digest& manifest : image.manifests) head["manifests"].push_back(manifest.str());
  return head.dump() + "\n" + to_json(image.ended);
}

Result<ImageLedger> image_from(std::string_view text) {
  std::string_view rest = text;
  const std::string_view line = take_until(rest, '\n');
  ImageLedger image;
  try {
    require_depth(line, kMaxDepth);
    const auto head = parse_json<nlohmann::json>(line);
    if (head.at("schema") != kSchema) return fail("it is of another version of winnow");
    image.taken = head.at("taken").get<std::set<std::string>>();
    image.started = head.at("started").get<std::map<std::string, std::uint64_t>>();
    image.dropped_paths = head.at("dropped_paths").get<std::uint64_t>();
    const auto stored = head.at("stored").get<std::array<std::uint64_t, 5>>();
    image.stored = {stored[0], stored[1], stored[2], stored[3], stored[4]};
    for (const auto& name : head.at("references"))
      image.references.insert(unescape_path(name.get<std::string>()).value());
    for (const auto& manifest : head.at("manifests"))
      image.manifests.insert(Digest::parse(manifest.get<std::string>()).value());
  } catch (const std::exception& error) {
    return fail("it is damaged: " + printable(error.what()));
  }
  TRY(image.ended, profile_from_json(rest));
  if (!image.ended.image.id.valid()) return fail("it names no image");
  return image;
}

}  // namespace

bool Content::is_new_against(const Content& old) const {
  return std::tie(paths, names, kinds, lost) != std::tie(old.paths, old.names, old.kinds, old.lost) ||
         (old.runs == 0) != (runs == 0);
}

Result<Ledger> Ledger::open(const std::string& directory, std::vector<std::string>& problems) {
  TRY_DO(make_directory(directory));
  Ledger ledger(directory);
  const std::unique_ptr<DIR, int (*)(DIR*)> files(::opendir(directory.c_str()), ::closedir);
  if (!files) return std::unexpected(Error::from_errno("reading " + directory));
  while (const dirent* const entry = ::readdir(files.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of its own
    const std::string file = directory + "/" + entry->d_name;
    if (!file.ends_with(kSuffix)) continue;
    const auto read = ledger.read(file);
    if (read) continue;
    problems.push_back(fmt::format("{}: {}; it is kept as {}.broken, and what the store has of the image counts",
                                   printable(file), read.error().what, printable(file)));
    (void)std::rename(file.c_str(), (file + ".broken").c_str());
  }
  return ledger;
}

Result<void> Ledger::read(const std::string& file) {
  TRY(const auto text, read_regular_file(file, kMaxFile));
  TRY(auto image, image_from(text));
  image.from_disk = true;
  const Digest id = image.ended.image.id;
  if (path_of(id) != file) return fail("it is of image " + id.str() + ", for which there is another file");
  if (images_.size() >= kMostImages) return fail(fmt::format("more images than {}", kMostImages));
  image.bytes = image.ended.memory();
  images_[id] = std::move(image);
  return {};
}

std::string Ledger::path_of(const Digest& image) const {
  return fmt::format("{}/{}{}", directory_, image.hex(), kSuffix);
}

ImageLedger* Ledger::of(const Digest& image) {
  const auto found = images_.find(image);
  if (found != images_.end()) return &found->second;
  if (images_.size() >= kMostImages && !make_room()) return nullptr;
  ImageLedger& fresh = images_[image];
  fresh.ended.image.id = image;
  return &fresh;
}

bool Ledger::make_room() {
  const auto last_run = [](const ImageLedger& image) {
    std::uint64_t last = 0;
    for (const Run& run : image.ended.runs) last = std::max({last, run.last_ms, run.started_ms + run.duration_ms});
    return last;
  };
  auto oldest = images_.end();
  for (auto one = images_.begin(); one != images_.end(); ++one)
    if (one->second.recorded == 0 && one->second.started.empty() && one->second.taken.empty() &&
        (oldest == images_.end() || last_run(one->second) < last_run(oldest->second)))
      oldest = one;
  if (oldest == images_.end()) return false;
  std::remove(path_of(oldest->first).c_str());
  images_.erase(oldest);
  return true;
}

std::size_t Ledger::paths() const {
  std::size_t sum = 0;
  for (const auto& [id, image] : images_) sum += image.ended.accesses.size();
  return sum;
}

// Takes the paths out of RUN for which the image has no room. If all images together take as much as they may, those
// grow no more that take more than half of a fair share: an image with endless names leaves the others theirs.
void Ledger::bound(const ImageLedger& image, AccessProfile& run, std::uint64_t& dropped) const {
  std::size_t all = 0;
  for (const auto& [id, one] : images_) all += one.bytes;
  std::size_t bytes = image.bytes, paths = image.ended.accesses.size();
  for (auto one = run.accesses.begin(); one != run.accesses.end();) {
    Access& access = one->second;
    const auto known = image.ended.accesses.find(one->first);
    const bool is_known = known != image.ended.accesses.end();
    const bool full = bytes >= kMostBytes || (all >= kMostInAll && bytes >= kMostInAll / 2 / images_.size());
    if (!is_known && (full || paths >= kMostPaths)) {
      ++dropped;
      one = run.accesses.erase(one);
      continue;
    }
    if (is_known && full) {  // how it was touched counts; by whom is lost
      access.also_by.clear();
      access.listed_by.clear();
      access.by = known->second.by;
    } else {
      const std::size_t more = is_known && access.also_by.empty() ? 0 : memory_of(access);
      paths += is_known ? 0 : 1;
      bytes += more;
      all += more;
    }
    ++one;
  }
}

// Paths beyond the bounds are counted as lost, in the run that brought them.
Result<void> Ledger::take(ImageLedger& image, const std::string& key, AccessProfile run) {
  std::uint64_t dropped = 0;
  bound(image, run, dropped);
  for (Run& one : run.runs) one.lost.paths_full += dropped;
  image.dropped_paths += dropped;
  TRY_DO(image.ended.merge(std::move(run)));
  image.ended.fold(kMostRuns);
  image.bytes = image.ended.memory();
  image.taken.insert(key);
  ++image.taken_runs;
  image.started.erase(key);
  image.changed = true;
  return {};
}

Result<void> Ledger::take_back(ImageLedger& image, AccessProfile stored) {
  std::uint64_t dropped = 0;
  bound(image, stored, dropped);
  if (dropped > 0 && !stored.runs.empty()) stored.runs.front().lost.paths_full += dropped;
  image.dropped_paths += dropped;
  image.changed = true;
  TRY_DO(image.ended.merge(std::move(stored)));
  image.ended.fold(kMostRuns);
  image.bytes = image.ended.memory();
  return {};
}

Result<void> Ledger::save() {
  Result<void> all;
  for (auto& [id, image] : images_) {
    if (!image.changed) continue;
    auto written = write_file_atomically(path_of(id), text_of(image));
    if (written) image.changed = false;
    if (!written && all) all = std::unexpected(written.error().within("keeping what was recorded"));
  }
  return all;
}

}  // namespace winnow
