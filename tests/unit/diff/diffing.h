// SPDX-License-Identifier: Apache-2.0
// How the tests of differences say what is compared and find what is told.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "support/index_text.h"
#include "support/planning.h"
#include "winnow/base/digest.h"
#include "winnow/diff/diff_output.h"

namespace winnow::test {

// Names that break out of whatever is not careful: Markdown, HTML, terminals, JSON.
inline const std::vector<std::string> kHostile = {
    "/a\nb",
    "/`code`",
    "/a|b|c",
    "/<script>alert(1)</script>",
    "/\x1b[31mred\x1b]0;title\x07",
    "/\xff\xfe.bin",
    "/</code>*",
    "/[x](http:y)",
    "/@everyone #1",
    "/www.evil.example",
    "/\xc2\x9b"
    "1m",
    "/\xe2\x80\xae"
    "txt",
};

inline Entry file(std::string path, std::uint32_t mode = 0644, std::uint64_t size = 1, std::string_view content = "x") {
  Entry entry;
  entry.path = std::move(path);
  entry.mode = mode;
  entry.size = size;
  entry.sha256 = Digest::of(content);
  return entry;
}

inline KeptEntry kept(Entry entry, std::string package = "",
                      std::vector<Reason> reasons = {{"accessed", "/app", "open"}}) {
  return {std::move(entry), std::make_shared<const std::vector<Reason>>(std::move(reasons)), std::move(package)};
}

// A keep spec of these entries, sorted, on one layer.
inline KeepSpec spec_of(std::vector<KeptEntry> entries, std::string config = "{}") {
  KeepSpec spec;
  std::ranges::sort(entries, {}, [](const KeptEntry& one) { return one.entry.path; });
  spec.entries = std::move(entries);
  spec.config_json = std::move(config);
  spec.id = Digest::of(spec.config_json);
  spec.layers.resize(1);
  spec.layers[0].diff_id = Digest::of("layer");
  return spec;
}

// Two specs and their difference, which points into them.
struct Pair {
  KeepSpec a, b;
  TreeDiff diff;
  Pair(KeepSpec before, KeepSpec after) : a(std::move(before)), b(std::move(after)), diff(diff_keep_specs(a, b)) {}
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() = default;
};

inline const EntryChange* change_of(const TreeDiff& diff, std::string_view path) {
  const auto found = std::ranges::find(diff.entries, path, [](const EntryChange& one) { return one.entry().path; });
  return found == diff.entries.end() ? nullptr : &*found;
}

inline std::vector<std::string> attention_of(const TreeDiff& diff) {
  std::vector<std::string> texts;
  for (const Attention& one : diff.attention) texts.push_back(one.what + " " + one.path);
  return texts;
}

}  // namespace winnow::test
