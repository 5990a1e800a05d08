// SPDX-License-Identifier: Apache-2.0
// Names of io_uring's operations.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace winnow::record {

// Returns "openat" for IORING_OP_OPENAT of include/uapi/linux/io_uring.h; for a number that is not known here "#42".
// "#63" stands for 63 and all above.
std::string operation_name(unsigned operation);
// Returns the names of the operations whose bits are set.
std::set<std::string> operation_names(std::uint64_t bits);

}  // namespace winnow::record
