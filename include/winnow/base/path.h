// SPDX-License-Identifier: Apache-2.0
// Paths within images.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// The PATH that a program is looked up in if nothing else sets one: the value that engines set in containers.
inline constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// An image path is absolute and in normal form: "/" is the root; no component is empty, "." or ".."; it may hold any
// byte but NUL. The functions below look at the text alone, and follow no link.

// Returns the normal form of PATH, which is taken as absolute: ".." at the root stays there, so the result never leaves
// the image.
std::string normal_path(std::string_view path);
std::string_view parent_of(std::string_view path);  // "/" for "/" and for "/a"
std::string_view base_name(std::string_view path);  // the last component; "" for "/"
std::vector<std::string_view> components_of(std::string_view path);
bool is_below(std::string_view path, std::string_view above);  // also true if PATH is ABOVE itself

}  // namespace winnow
