// SPDX-License-Identifier: Apache-2.0
// One word that names a profile, a keep spec or an image, told apart by what is there.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "winnow/base/error.h"
#include "winnow/image/image.h"
#include "winnow/index/reference.h"
#include "winnow/plan/plan.h"
#include "winnow/profile/profile.h"

namespace winnow {

using Input = std::variant<AccessProfile, KeepSpec, Image>;
// "a keep spec"
std::string_view kind_of(const Input& input);

// WORD is an image if it begins with a transport, else a file if there is one or it looks like one, else an image. A
// document's kind is its "schema"; images are opened by OPEN. Errors: neither is there, a file of another kind.
Result<Input> read_input(const std::string& word, const std::function<Result<Image>(const Reference&)>& open);

}  // namespace winnow
