// SPDX-License-Identifier: Apache-2.0
// Paths within images.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// Where programs are looked for if nothing sets a PATH: what engines give to containers, and execvp(3) takes.
inline constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Image paths: absolute, "/" the root, no "." or "..", no empty components, any bytes but NUL.
// The lexical normal form of PATH read as absolute: ".." stays at the root, so the result never leaves the image.
std::string normal_path(std::string_view path);
std::string_view parent_of(std::string_view path);  // "/" for "/" and for "/a"
std::string_view base_name(std::string_view path);  // "" for "/"
std::vector<std::string_view> components_of(std::string_view path);
bool is_below(std::string_view path, std::string_view above);  // or is ABOVE itself

}  // namespace winnow
