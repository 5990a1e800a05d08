// SPDX-License-Identifier: Apache-2.0
// Reads what configures the loaders of an image.
#include "plan/library_dirs.h"

#include <algorithm>

#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxDirs = 256;
constexpr std::size_t kMaxText = 65'536;  // bytes that are read of all files of one kind, or of a variable
constexpr std::string_view kMuslDirs[] = {"/lib", "/usr/local/lib", "/usr/lib"};

// Directories one a line, or between colons.
void append_dirs(std::string_view text, std::vector<std::string>& dirs) {
  for (const std::string_view line : lines(text))
    for (const std::string_view dir : split(line, ':')) {
      if (dirs.size() >= kMaxDirs) return;
      if (dir.starts_with('/') && std::ranges::find(dirs, dir) == dirs.end()) dirs.emplace_back(dir);
    }
}

// What the files whose paths begin with PREFIX name.
std::vector<std::string> configured(const Index& index, std::string_view prefix) {
  std::vector<std::string> dirs;
  std::size_t left = kMaxText;
  for (const EntryId id : index.starting_with(prefix)) {
    const auto& facts = index.entries[id].facts;
    if (!facts || !facts->text || left == 0) continue;
    const std::string_view text = std::string_view(*facts->text).substr(0, left);
    left -= text.size();
    append_dirs(text, dirs);
  }
  return dirs;
}

}  // namespace

LoaderPaths loader_paths(const Index& index) {
  LoaderPaths paths;
  constexpr std::string_view kVariable = "LD_LIBRARY_PATH=";
  for (const std::string& variable : index.config.env)
    if (variable.starts_with(kVariable))
      append_dirs(std::string_view(variable).substr(kVariable.size(), kMaxText), paths.environment);
  paths.glibc = configured(index, "/etc/ld.so.conf");
  paths.glibc.insert(paths.glibc.end(), std::begin(kLibraryDirs), std::end(kLibraryDirs));
  paths.musl = configured(index, "/etc/ld-musl-");
  if (paths.musl.empty()) paths.musl.assign(std::begin(kMuslDirs), std::end(kMuslDirs));
  return paths;
}

}  // namespace winnow
