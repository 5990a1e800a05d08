// SPDX-License-Identifier: Apache-2.0
// Names only the operations that name files; the others cannot be lost.
#include "record/ring_operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace winnow::record {
namespace {

struct Operation {
  unsigned number;
  const char* name;
};
constexpr Operation kOperations[] = {{16, "connect"},  {18, "openat"},   {21, "statx"},    {28, "openat2"},
                                     {35, "renameat"}, {36, "unlinkat"}, {37, "mkdirat"},  {38, "symlinkat"},
                                     {39, "linkat"},   {42, "setxattr"}, {44, "getxattr"}, {56, "bind"}};

}  // namespace

std::string operation_name(unsigned operation) {
  const auto* const known = std::ranges::find(kOperations, operation, &Operation::number);
  return known == std::end(kOperations) ? fmt::format("#{}", operation) : known->name;
}

std::set<std::string> operation_names(std::uint64_t bits) {
  std::set<std::string> names;
  for (unsigned operation = 0; operation < 64; ++operation)
    if ((bits >> operation & 1) != 0) names.insert(operation_name(operation));
  return names;
}

}  // namespace winnow::record
