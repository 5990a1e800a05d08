// SPDX-License-Identifier: Apache-2.0
// The BPF object that the build compiled. The program holds it compressed: an eighth of its own size.
#pragma once

#include <bpf/libbpf.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "events.h"
#include "touch.subskel.h"
#include "winnow/base/error.h"

namespace winnow::record {

struct FreeLink {
  void operator()(bpf_link* link) const { ::bpf_link__destroy(link); }
};
// A program stays attached as long as its link lives, which may be longer than the object.
struct Link {
  std::string program;
  std::unique_ptr<bpf_link, FreeLink> link;
};

// Opened, then loaded and attached.
class Object {
 public:
  static Result<Object> open();
  // Returns 0, or a negative number of errno.
  [[nodiscard]] int load();
  // Attaches each program that was to be loaded. Errors: a negative number of errno; then none is attached.
  [[nodiscard]] std::expected<std::vector<Link>, int> attach();

  // Its maps, programs and variables by name. Constants can be set until it is loaded. From then on, variables are the
  // kernel's alone: libbpf maps them into this process for a whole skeleton only.
  [[nodiscard]] const touch* operator->() const { return names_.get(); }
  [[nodiscard]] bpf_object* get() const { return object_.get(); }

 private:
  struct FreeObject {
    void operator()(bpf_object* object) const { ::bpf_object__close(object); }
  };
  struct FreeNames {
    void operator()(touch* names) const { touch__destroy(names); }
  };
  std::unique_ptr<bpf_object, FreeObject> object_;
  std::unique_ptr<touch, FreeNames> names_;
};

}  // namespace winnow::record
