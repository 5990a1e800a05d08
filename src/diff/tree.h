// SPDX-License-Identifier: Apache-2.0
// Keep specs and images in one form, and the steps that compare two of these.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "winnow/diff/diff.h"

namespace winnow {

// One entry of either side.
struct Item {
  const Entry* entry = nullptr;
  std::uint32_t package = 0;  // index into Packages::names
  bool counts = false;        // its bytes count: it is the first name of its file
  const std::vector<Reason>* reasons = nullptr;
};

struct Tree {
  std::vector<Item> items;  // sorted by path
  std::span<const Layer> layers;
  std::string_view config_json;
  std::unordered_map<std::uint32_t, const Entry*> first_names;  // by link group
  std::uint64_t bytes = 0;
  // Puts an entry at the end; its path must be the greatest so far.
  void add(const Entry& entry, std::uint32_t package, const std::vector<Reason>* reasons);
  [[nodiscard]] const Item* find(std::string_view path) const;
};

// Names of packages, each told once.
class Packages {
 public:
  Packages() { number_of(""); }
  std::uint32_t number_of(std::string_view package);
  std::vector<std::string> take() && { return std::move(names_); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

// Sizes are hostile: a sum that does not fit stays at the greatest number.
std::uint64_t plus(std::uint64_t a, std::uint64_t b);
// "deb:libc6@2.36-9" as name and version; the version is empty where there is none.
std::pair<std::string_view, std::string_view> split_package(std::string_view package);

// All but the kind, the sides' names and what keep specs alone have.
TreeDiff compare_trees(const Tree& a, const Tree& b, Packages packages);
// Puts in PackageChange for each package with a difference, and marks the entries of those with other versions.
void compare_packages(const Tree& a, const Tree& b, TreeDiff& diff);
void compare_layers(const Tree& a, const Tree& b, TreeDiff& diff);
void compare_configs(std::string_view a, std::string_view b, TreeDiff& diff);
// Follows the reasons of each changed entry to the one that began it.
void find_origins(const Tree& a, const Tree& b, TreeDiff& diff);
void find_attention(TreeDiff& diff);

}  // namespace winnow
