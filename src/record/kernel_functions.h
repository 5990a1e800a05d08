// SPDX-License-Identifier: Apache-2.0
// Reads from the type information (BTF) of the running kernel what programs can be attached to.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace winnow::record {

struct FreeBtf {
  void operator()(btf* types) const { ::btf__free(types); }
};
using Types = std::unique_ptr<btf, FreeBtf>;

// Returns null if the kernel has no type information.
Types types_of_kernel();

// The functions and tracepoints of the kernel that programs can be attached to.
class Functions {
 public:
  explicit Functions(const btf* types);
  [[nodiscard]] bool has(std::string_view name) const { return names_.contains(name); }
  [[nodiscard]] bool has_tracepoint(std::string_view name) const;
  // Returns the index of a version 1 controller in css_set.subsys; nullopt: the kernel has no such controller.
  [[nodiscard]] std::optional<std::uint32_t> place_of_controller(const std::string& controller) const;

 private:
  const btf* types_;
  std::unordered_set<std::string_view> names_;
};

}  // namespace winnow::record
