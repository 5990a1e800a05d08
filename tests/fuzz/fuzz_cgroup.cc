// SPDX-License-Identifier: Apache-2.0
// Fuzz target: /proc/PID/cgroup, and the container ids in its paths.
#include "target.h"
#include "winnow/base/digest.h"
#include "winnow/record/cgroup.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const std::string_view text = test::text_of(data, size);
  for (const Hierarchy& hierarchy : {Hierarchy{"/sys/fs/cgroup", "", 0}, Hierarchy{"/sys/fs/cgroup", "memory", 4}}) {
    const auto path = cgroup_path_in(text, hierarchy);
    test::require(!path || (path->size() < size && path->find('\n') == std::string::npos));
    const std::string id = container_id_of(path.value_or(std::string(text)));
    test::require(id.empty() || (id.size() == 64 && Digest::parse("sha256:" + id).has_value()));
  }
  return 0;
}
