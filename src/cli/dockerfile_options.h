// SPDX-License-Identifier: Apache-2.0
// The words of the command line for a Dockerfile, and what is said of one that was written.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/transfer/pin.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// How a Dockerfile is wanted, in words; read checks them together. Errors are of usage.
struct DockerfileWords {
  std::string style = "scratch", helper = "auto";
  Result<void> read(DockerfileWish& wish) const;
};
void add_dockerfile_options(CLI::App& command, DockerfileWords& words, DockerfileWish& wish);
// Where it is, what it stands on, and how it is built if that is not plain.
void say_dockerfile(const std::string& directory, const PinnedImages& pinned, const KeepSpec& spec);

}  // namespace winnow::cli
