// SPDX-License-Identifier: Apache-2.0
// The log of a container whose output is compared.
#pragma once

#include <string>

#include "winnow/engine.h"

namespace winnow {

// A logging driver that keeps what a container writes as it is, and how much of it before it drops the oldest.
struct LogKeeping {
  std::string driver, max_size;
};

// Docker's "local" holds records of bytes and their size, Podman's "k8s-file" lines of bytes; Docker's "json-file"
// replaces what is no UTF-8. By default "local" drops what is older than 100 MB, and Podman's containers.conf may say
// less.
inline LogKeeping log_keeping(const EngineInfo& engine) {
  return {engine.name == "podman" ? "k8s-file" : "local", "40m"};
}

}  // namespace winnow
