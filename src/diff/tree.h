// SPDX-License-Identifier: Apache-2.0
// A common form for keep specs and images, and the steps that compare two of these.
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
  bool counts = false;        // its bytes count, because it is the first name of its file
  const std::vector<Reason>* reasons = nullptr;
};

struct Tree {
  std::vector<Item> items;  // sorted by path
  std::span<const Layer> layers;
  std::string_view config_json;
  std::unordered_map<std::uint32_t, const Entry*> first_names;  // of each file with several, by link group
  std::uint64_t bytes = 0;
  // Adds an entry at the end; its path must be greater than all before it.
  void add(const Entry& entry, std::uint32_t package, const std::vector<Reason>* reasons);
  [[nodiscard]] const Item* find(std::string_view path) const;
};

// Gives each name of a package a number; "" has the number 0.
class Packages {
 public:
  Packages() { number_of(""); }
  std::uint32_t number_of(std::string_view package);
  std::vector<std::string> take() && { return std::move(names_); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

// Returns a + b; if the sum does not fit, the greatest number. Sizes are hostile.
std::uint64_t plus(std::uint64_t a, std::uint64_t b);
// Splits "deb:libc6@2.36-9" into "deb:libc6" and the version, which is empty if there is none.
std::pair<std::string_view, std::string_view> split_package(std::string_view package);

// Fills in all of a TreeDiff but the kind, the names, references and ids of the sides, and what only keep specs have.
TreeDiff compare_trees(const Tree& a, const Tree& b, Packages packages);
// Adds a PackageChange for each package with a difference, and sets EntryChange::other_version.
void compare_packages(const Tree& a, const Tree& b, TreeDiff& diff);
void compare_layers(const Tree& a, const Tree& b, TreeDiff& diff);
void compare_configs(std::string_view a, std::string_view b, TreeDiff& diff);
// Sets EntryChange::origin: follows the reasons of each changed entry back to where they begin.
void find_origins(const Tree& a, const Tree& b, TreeDiff& diff);
void find_attention(TreeDiff& diff);

}  // namespace winnow
