// SPDX-License-Identifier: Apache-2.0
// Chooses how an engine keeps the log of a container if its output is compared.
#pragma once

#include <map>
#include <string>

#include "winnow/engine/engine.h"

namespace winnow {

// A logging driver that keeps the bytes that a container writes, but not whether the last line has a line break; and
// its options.
struct LogKeeping {
  std::string driver;
  std::map<std::string, std::string> options;
};

// Docker's "json-file" would replace bytes that are not UTF-8. Its "local" keeps records of bytes and their size; if it
// is full, it drops the oldest file. Podman's "k8s-file" keeps lines of bytes; if it is full, it begins anew.
inline LogKeeping log_keeping(const EngineInfo& engine) {
  if (engine.name == "podman") return {"k8s-file", {{"max-size", "1g"}}};
  return {"local", {{"max-size", "1g"}, {"max-file", "2"}, {"compress", "true"}, {"mode", "blocking"}}};
}

}  // namespace winnow
