// SPDX-License-Identifier: Apache-2.0
// Reads the kernel's type information through libbpf.
#include "record/kernel_functions.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include "record/programs.h"

namespace winnow::record {

Types types_of_kernel() {
  const LibbpfLog log;
  return Types(::btf__load_vmlinux_btf());
}

Functions::Functions(const btf* types) : types_(types) {
  for (std::uint32_t id = 1; id < ::btf__type_cnt(types); ++id)
    if (const btf_type* type = ::btf__type_by_id(types, id); ::btf_is_func(type))
      names_.insert(::btf__name_by_offset(types, type->name_off));
}

bool Functions::has_tracepoint(std::string_view name) const {
  return ::btf__find_by_name_kind(types_, fmt::format("btf_trace_{}", name).c_str(), BTF_KIND_TYPEDEF) > 0;
}

std::optional<std::uint32_t> Functions::place_of_controller(const std::string& controller) const {
  const int id = ::btf__find_by_name_kind(types_, "cgroup_subsys_id", BTF_KIND_ENUM);
  if (id < 0) return std::nullopt;
  const btf_type* places = ::btf__type_by_id(types_, static_cast<std::uint32_t>(id));
  for (std::uint32_t i = 0; i < ::btf_vlen(places); ++i) {
    const struct btf_enum& place = ::btf_enum(places)[i];
    if (controller + "_cgrp_id" == ::btf__name_by_offset(types_, place.name_off))
      return static_cast<std::uint32_t>(place.val);
  }
  return std::nullopt;
}

}  // namespace winnow::record
