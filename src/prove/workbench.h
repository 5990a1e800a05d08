// SPDX-License-Identifier: Apache-2.0
// What the slim loop works with: images by name, and tests that run on them under the recorder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/prove/slim.h"

namespace winnow {

// A slim image that was just made.
struct Cut {
  std::string name;  // a temporary one
  Index tree;        // its index, as it was read back
};

class Workbench {
 public:
  Workbench() = default;
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;
  virtual ~Workbench() = default;

  // The engine, for error texts.
  [[nodiscard]] virtual const EngineInfo& info() const = 0;
  // Returns the id of the image NAME; nullopt: there is none.
  virtual Result<std::optional<Digest>> find(const std::string& name) = 0;
  // Runs COMMAND on the image NAME. Until it ends, the names AS lead to this image, too.
  virtual Result<Tried> try_test(const std::string& name, const std::vector<std::string>& as,
                                 const std::string& command, const TestBed& bed) = 0;
  // Returns the index of the source image NAME, which is read only the first time.
  virtual Result<const Index*> read_source(const std::string& name) = 0;
  // Makes the slim image of SPEC from the source image; read_source() must be called before.
  virtual Result<Cut> cut(const KeepSpec& spec, int round) = 0;
  // Gives IMAGE another name in addition.
  virtual Result<void> tag(const std::string& image, const std::string& name) = 0;
  virtual Result<PinnedImages> write_dockerfile(const KeepSpec& spec, const std::string& directory) = 0;
};

// Does the work of make_slim() with BENCH.
Result<SlimEnd> run_slim_loop(Workbench& bench, const SlimOptions& options, SlimListener& listener,
                              SlimOutcome& outcome);

}  // namespace winnow
