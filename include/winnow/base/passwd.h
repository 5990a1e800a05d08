// SPDX-License-Identifier: Apache-2.0
// Lines of passwd(5) and group(5), as an image has them: hostile text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace winnow {

// What TEXT has before, between and behind each AT.
std::vector<std::string_view> fields_of(std::string_view text, char at);
// The id that TEXT is, in decimal; ids up to 2^31 - 1 (-1 stands for none in chown(2)).
std::optional<std::uint32_t> id_of(std::string_view text);
// The fields of the first line in DATABASE that is of WHO, by name or else by the number in the third field; lines of
// fewer than FIELDS fields, three at least, are none.
std::optional<std::vector<std::string_view>> database_line(std::string_view database, std::string_view who,
                                                           std::size_t fields);

}  // namespace winnow
