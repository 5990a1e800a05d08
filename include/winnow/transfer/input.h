// SPDX-License-Identifier: Apache-2.0
// Reads a profile, a keep spec or an image, whichever a word of the command line names.
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
// "a profile", "a keep spec" or "an image".
std::string_view kind_of(const Input& input);

// If WORD begins with a transport, it is an image; else if there is such a file or it looks like the path of one, it is
// a document, whose "schema" says which; else it is an image. OPEN opens images. Errors: there is no such file or
// image; WORD is a directory; the file is another kind of document.
Result<Input> read_input(const std::string& word, const std::function<Result<Image>(const Reference&)>& open);

}  // namespace winnow
