// SPDX-License-Identifier: Apache-2.0
// The options for a Dockerfile, and what is printed about a Dockerfile that was written.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/transfer/pin.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// The values of these options. read() checks them together and fills in WISH. Errors are of usage.
struct DockerfileWords {
  std::string style = "scratch", helper = "auto";
  Result<void> read(DockerfileWish& wish) const;
};
void add_dockerfile_options(CLI::App& command, DockerfileWords& words, DockerfileWish& wish);
// Prints where the Dockerfile is, its base and, if it needs a build argument, how it is built.
void say_dockerfile(const std::string& directory, const PinnedImages& pinned, const KeepSpec& spec);

}  // namespace winnow::cli
