// SPDX-License-Identifier: Apache-2.0
// The ids of the tests' containers.
#pragma once

#include <string>

namespace winnow {

inline const std::string kOne(64, 'a'), kOther(64, 'b'), kSandbox(64, 'c');

}  // namespace winnow
