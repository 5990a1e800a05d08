// SPDX-License-Identifier: Apache-2.0
// An index as text: one line for each entry with every field, so that a difference is readable.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/image/image.h"

namespace winnow::test {

std::string describe(const Entry& entry);
std::string describe(const Index& index);  // config and entries; not how layers are stored
// The content of one file.
Result<std::string> content_of(const Image& image, std::string_view path);
// What became of opening DATA as an archive: "" or the error.
std::string opening_error(std::string_view data);
// A docker-archive whose one layer is these bytes, tar or not.
std::string archive_of_layer(const std::string& layer);

}  // namespace winnow::test
