// SPDX-License-Identifier: Apache-2.0
// The operations of io_uring in words.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace winnow::record {

// "openat" for IORING_OP_OPENAT of include/uapi/linux/io_uring.h; a number that is not known here stands for itself:
// "#63", where 63 is for all from there on.
std::string operation_name(unsigned operation);
// The names of those whose bit is set.
std::set<std::string> operation_names(std::uint64_t bits);

}  // namespace winnow::record
