// SPDX-License-Identifier: Apache-2.0
// Errors as values: how they are made and how they gain context.
#include "winnow/base/error.h"

#include <fmt/format.h>

#include <system_error>

namespace winnow {

Error Error::from_errno(std::string_view what, int err) {
  return Error{fmt::format("{}: {}", what, std::generic_category().message(err))};
}

Error Error::usage(std::string what, std::string hint) { return {std::move(what), std::move(hint), Fault::kUsage}; }

Error Error::within(std::string_view outer) const {
  return {fmt::format("{}: {}", outer, what), hint, fault, advice, subject};
}

}  // namespace winnow
