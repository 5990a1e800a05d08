// SPDX-License-Identifier: Apache-2.0
// Lines of passwd(5) and group(5), as an image has them: hostile text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace winnow {

// Splits TEXT at each AT: "a::b" at ':' is "a", "" and "b". An empty text has no fields.
std::vector<std::string_view> fields_of(std::string_view text, char at);
// Returns TEXT as a user or group id: a decimal number up to 2^31 - 1 (-1 means "no id" in chown(2)). nullopt: it is
// something else.
std::optional<std::uint32_t> id_of(std::string_view text);
// Returns the fields of the first line of DATABASE whose name, the first field, is WHO; if there is none, of the first
// line whose id, the third field, is the number WHO. Lines with fewer than FIELDS fields are ignored; FIELDS is at
// least 3. nullopt: no line is about WHO.
std::optional<std::vector<std::string_view>> database_line(std::string_view database, std::string_view who,
                                                           std::size_t fields);

}  // namespace winnow
