// SPDX-License-Identifier: Apache-2.0
// What the slim loop works with: images that have names, and tests that run on them under the recorder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/prove/slim.h"

namespace winnow {

// An image that was just made, by its name for the time being.
struct Cut {
  std::string name;
  Index tree;  // as it was read back
};

class Workbench {
 public:
  Workbench() = default;
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;
  virtual ~Workbench() = default;

  // The engine, for error texts.
  [[nodiscard]] virtual const EngineInfo& info() const = 0;
  // The id of the image that NAME leads to; nothing: there is none.
  virtual Result<std::optional<Digest>> find(const std::string& name) = 0;
  // Runs COMMAND on the image NAME. The names AS lead to it as well until the end.
  virtual Result<Tried> try_test(const std::string& name, const std::vector<std::string>& as,
                                 const std::string& command, const TestBed& bed) = 0;
  // The tree of the source image, which is read the first time.
  virtual Result<const Index*> read_source(const std::string& name) = 0;
  // Makes the image that SPEC says of the source image.
  virtual Result<Cut> cut(const KeepSpec& spec, int round) = 0;
  // Gives IMAGE another name.
  virtual Result<void> tag(const std::string& image, const std::string& name) = 0;
  virtual Result<PinnedImages> write_dockerfile(const KeepSpec& spec, const std::string& directory) = 0;
};

// make_slim() on BENCH.
Result<SlimEnd> run_slim_loop(Workbench& bench, const SlimOptions& options, SlimListener& listener,
                              SlimOutcome& outcome);

}  // namespace winnow
