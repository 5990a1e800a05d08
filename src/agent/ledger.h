// SPDX-License-Identifier: Apache-2.0
// What the agent has seen of each image in runs that have ended, kept on the node's disk.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/profile/profile.h"

namespace winnow {

// What of a profile is worth a write into a store.
struct Content {
  std::uint64_t paths = 0, names = 0, kinds = 0, lost = 0, runs = 0;
  // Whether it is more than that some runs did what was known.
  [[nodiscard]] bool is_new_against(const Content& old) const;
  bool operator==(const Content&) const = default;
};

struct ImageLedger {
  AccessProfile ended;  // folded; its image is known
  std::set<std::string> references;
  std::set<Digest> manifests;
  // Runs that are in ENDED, but whose targets the recorder may still have: should the agent die now, the next one must
  // not count them twice.
  std::set<std::string> taken;
  std::map<std::string, std::uint64_t> started;  // of living runs, by key: Unix time in ms
  std::uint64_t dropped_paths = 0;               // paths that were not kept because there are too many
  std::size_t bytes = 0;                         // that ENDED takes, about
  Content stored;                                // what the store has; without runs: nothing
  std::size_t recorded = 0;                      // containers of it that the node refers to: it stays
  std::uint64_t taken_runs = 0;                  // how many runs took part in ENDED since this agent began
  bool changed = false;                          // since save()
  bool from_disk = false;  // disk or session have all that an earlier agent knew; else the store is asked
};

class Ledger {
 public:
  static constexpr std::size_t kMostPaths = 100'000;                // of one image
  static constexpr std::size_t kMostBytes = std::size_t{48} << 20;  // that these take, about
  static constexpr std::size_t kMostInAll = std::size_t{96} << 20;  // bytes of all images
  static constexpr std::size_t kMostImages = 2'000;
  static constexpr std::size_t kMostRuns = 128;  // of one image that are told apart

  // Reads what an earlier agent left in DIRECTORY, which is made if it is missing. A file that cannot be read is
  // renamed, and a line about it goes to PROBLEMS.
  static Result<Ledger> open(const std::string& directory, std::vector<std::string>& problems);

  // Returns the image's ledger. If there are too many images, that of the one whose last run is the longest ago is
  // removed; null: all of them run.
  ImageLedger* of(const Digest& image);
  [[nodiscard]] std::map<Digest, ImageLedger>& images() { return images_; }
  // Adds a run that has ended, with the key KEY.
  Result<void> take(ImageLedger& image, const std::string& key, AccessProfile run);
  // Adds what the store has of the image, which an earlier agent of this node has put there.
  Result<void> take_back(ImageLedger& image, AccessProfile stored);
  // Writes the images that changed. When it returns, their runs survive the agent. Error: of one of them they do not;
  // the others are written.
  Result<void> save();
  [[nodiscard]] std::size_t paths() const;

 private:
  explicit Ledger(std::string directory) : directory_(std::move(directory)) {}
  Result<void> read(const std::string& file);
  void bound(const ImageLedger& image, AccessProfile& run, std::uint64_t& dropped) const;
  bool make_room();
  [[nodiscard]] std::string path_of(const Digest& image) const;

  std::string directory_;
  std::map<Digest, ImageLedger> images_;
};

}  // namespace winnow
