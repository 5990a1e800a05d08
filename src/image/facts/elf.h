// SPDX-License-Identifier: Apache-2.0
// Reads from an ELF file what the dynamic loader would read.
#pragma once

#include <optional>
#include <span>

#include "winnow/index/index.h"

namespace winnow {

// BYTES is a whole file; libelf may convert its byte order in place. Returns nullopt if it is not an ELF file that a
// loader would load. If parts are broken, their facts are empty; that is no error, since images hold odd files.
std::optional<ElfFacts> read_elf(std::span<char> bytes);

}  // namespace winnow
