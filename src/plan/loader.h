// SPDX-License-Identifier: Apache-2.0
// Finds shared objects as the dynamic loaders of glibc and musl would (ld.so(8)), from bytes alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/decisions.h"

namespace winnow {

// Looks for what one file asks for. Both must outlive it.
class Loader {
 public:
  // ASKING is an ELF file.
  Loader(Decisions& plan, EntryId asking);
  // Paths of NAME: the first that fits the asking file in the loader's order, and its variants for processors that can
  // do more. Empty when there is none.
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
