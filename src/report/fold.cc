// SPDX-License-Identifier: Apache-2.0
// Many paths as few lines: directories stand for what is in them until there is room to open them.
#include <algorithm>
#include <queue>

#include "winnow/report/page.h"

namespace winnow {
namespace {

// The part of both, up to and with its last slash.
std::string_view common_directory(std::string_view one, std::string_view other) {
  const auto end = std::ranges::mismatch(one, other).in1;
  const std::string_view common(one.begin(), end);
  return common.substr(0, common.rfind('/') + 1);
}

class PathFolder {
 public:
  explicit PathFolder(std::span<const std::string_view> paths) : paths_(paths) {}

  [[nodiscard]] PathLine line(std::size_t first, std::size_t last) const {
    if (last - first == 1) return {first, last, std::string(paths_[first])};
    return {first, last, std::string(common_directory(paths_[first], paths_[last - 1]))};
  }

  // What is directly in a directory; nothing when that is more than MOST.
  [[nodiscard]] std::vector<PathLine> open(const PathLine& directory, std::size_t most) const {
    std::vector<PathLine> lines;
    for (std::size_t at = directory.first; at < directory.last;) {
      if (lines.size() == most) return {};
      const std::size_t slash = paths_[at].find('/', directory.name.size());
      std::size_t end = at + 1;
      if (slash != std::string_view::npos) {
        // All with the same beginning stand together.
        const std::string_view prefix = paths_[at].substr(0, slash + 1);
        while (end < directory.last && paths_[end].starts_with(prefix)) ++end;
      }
      lines.push_back(line(at, end));
      at = end;
    }
    return lines;
  }

 private:
  std::span<const std::string_view> paths_;
};

}  // namespace

std::vector<PathLine> fold_paths(std::span<const std::string_view> paths, std::size_t most) {
  const PathFolder folder(paths);
  std::vector<PathLine> lines;
  if (most == 0 || paths.size() <= most) {
    for (std::size_t at = 0; at < paths.size(); ++at) lines.push_back(folder.line(at, at + 1));
    return lines;
  }
  const auto smaller = [](const PathLine& one, const PathLine& other) {
    return one.last - one.first < other.last - other.first;
  };
  std::priority_queue<PathLine, std::vector<PathLine>, decltype(smaller)> closed(smaller);
  closed.push(folder.line(0, paths.size()));
  while (!closed.empty()) {
    PathLine directory = closed.top();
    closed.pop();
    const std::size_t others = closed.size() + lines.size();
    auto inside = folder.open(directory, most - std::min(most, others));
    if (inside.empty()) {
      lines.push_back(std::move(directory));
      continue;
    }
    for (PathLine& one : inside) {
      if (one.is_directory())
        closed.push(std::move(one));
      else
        lines.push_back(std::move(one));
    }
  }
  std::ranges::sort(lines, {}, &PathLine::first);
  return lines;
}

}  // namespace winnow
