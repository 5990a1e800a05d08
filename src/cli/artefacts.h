// SPDX-License-Identifier: Apache-2.0
// Artefacts as `emit` and `slim` write them.
#pragma once

#include <string>

#include "winnow/emit/emit.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// How a Dockerfile is wanted.
struct DockerfileWishes {
  HelperUse helper = HelperUse::kAuto;
  std::string base;     // an image to add to; empty: none
  OpenOptions reading;  // of the base
};
// The same as words of the command line; read checks them together. Errors are of usage.
struct DockerfileWords {
  std::string style = "scratch", helper = "auto";
  Result<void> read(DockerfileWishes& wishes) const;
};
void add_dockerfile_options(CLI::App& command, DockerfileWords& words, DockerfileWishes& wishes);

// ENGINE, where there is one, knows digests of the images that it stands on, and gets the tags that it names.
Result<void> write_dockerfile(const Image& source, const KeepSpec& spec, const std::string& directory,
                              const Engine* engine, const DockerfileWishes& wishes = {});

}  // namespace winnow::cli
