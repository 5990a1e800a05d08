// SPDX-License-Identifier: Apache-2.0
// The one form of an image's name.
#include "winnow/index/names.h"

namespace winnow {

std::string full_name(std::string_view text) {
  std::string name(text);
  for (const std::string_view prefix : {"docker.io/", "library/"})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name.find(':', name.rfind('/') + 1) == std::string::npos ? name + ":latest" : name;
}

}  // namespace winnow
