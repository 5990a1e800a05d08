// SPDX-License-Identifier: Apache-2.0
// The BPF object that the build compiled. The program holds it compressed: an eighth of its own size.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>
#include <vector>

#include "events.h"
#include "touch.subskel.h"
#include "winnow/base/error.h"

namespace winnow::record {

// Opened, then loaded and attached. What it attached stays so as long as it lives.
class Object {
 public:
  struct FreeLink {
    void operator()(bpf_link* link) const { ::bpf_link__destroy(link); }
  };
  struct Link {
    std::string program;
    std::unique_ptr<bpf_link, FreeLink> link;
  };

  static Result<Object> open();
  // Both return 0, or a negative number of errno.
  [[nodiscard]] int load();
  [[nodiscard]] int attach();  // each program that was to be loaded

  // Its maps, programs and variables by name. Constants can be set until it is loaded.
  [[nodiscard]] const touch* operator->() const { return names_.get(); }
  [[nodiscard]] bpf_object* get() const { return object_.get(); }
  [[nodiscard]] const std::vector<Link>& links() const { return links_; }

 private:
  struct FreeObject {
    void operator()(bpf_object* object) const { ::bpf_object__close(object); }
  };
  struct FreeNames {
    void operator()(touch* names) const { touch__destroy(names); }
  };
  std::unique_ptr<bpf_object, FreeObject> object_;
  std::unique_ptr<touch, FreeNames> names_;
  std::vector<Link> links_;
};

}  // namespace winnow::record
