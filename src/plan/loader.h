// SPDX-License-Identifier: Apache-2.0
// Finds shared objects as the dynamic loaders of glibc and musl would (ld.so(8)), without running them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/decisions.h"

namespace winnow {

// Finds what one ELF file asks for.
class Loader {
 public:
  // ASKING must be an ELF file. PLAN must outlive the object.
  Loader(Decisions& plan, EntryId asking);
  // Returns the paths of the library NAME in the first directory, in the loader's order, that has a file for the same
  // machine as the asking file: that file, and its variants for processors with more features. Empty: there is none. A
  // NAME with a slash is returned as it is.
  [[nodiscard]] std::vector<std::string> find(const std::string& name);

 private:
  void add_inherited();
  void append(const std::vector<std::string>& directories);
  void add(const std::vector<std::string>& directories, std::string_view file);
  [[nodiscard]] bool fits(const std::string& path);

  Decisions& plan_;
  const EntryId asking_;
  const ElfFacts& elf_;
  std::vector<std::string> dirs_;  // in the order in which they are searched
};

}  // namespace winnow
