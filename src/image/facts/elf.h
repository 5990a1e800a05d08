// SPDX-License-Identifier: Apache-2.0
// What the dynamic loader would read from an ELF file's bytes.
#pragma once

#include <optional>
#include <span>

#include "winnow/index/index.h"

namespace winnow {

// BYTES is a whole file; libelf may sort out its byte order in place. Nothing when it is not an ELF file that a loader
// would take; broken parts give empty facts, never an error: images hold odd files.
std::optional<ElfFacts> read_elf(std::span<char> bytes);

}  // namespace winnow
