// SPDX-License-Identifier: Apache-2.0
// The log of a container whose output is compared.
#pragma once

#include <map>
#include <string>

#include "winnow/engine/engine.h"

namespace winnow {

// A logging driver that keeps the bytes that a container writes, but for a last line's missing break, and its options.
struct LogKeeping {
  std::string driver;
  std::map<std::string, std::string> options;
};

// Docker's "json-file" replaces what is no UTF-8. "local" holds records of bytes and their size; when it is full it
// drops the oldest file. Podman's "k8s-file" holds lines of bytes; when it is full it begins anew.
inline LogKeeping log_keeping(const EngineInfo& engine) {
  if (engine.name == "podman") return {"k8s-file", {{"max-size", "1g"}}};
  return {"local", {{"max-size", "1g"}, {"max-file", "2"}, {"compress", "true"}, {"mode", "blocking"}}};
}

}  // namespace winnow
