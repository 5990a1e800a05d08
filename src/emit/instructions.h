// SPDX-License-Identifier: Apache-2.0
// Writes image configs as the instructions of a Dockerfile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// Appends one instruction to TEXT. Throws std::invalid_argument if a Dockerfile cannot express ARGUMENTS.
void instruct(std::string& text, std::string_view name, const std::string& arguments);
// Escapes TEXT for an instruction that expands variables.
std::string literal(std::string_view text);
// WORDS in exec form: a JSON array on one line.
std::string exec_form(const nlohmann::ordered_json& words);
// Whether USER, of an image's config, is root without a group: "", "root" or "0".
bool is_root(std::string_view user);

// Whether a variable or a label of CONFIG holds a line break, so that its instructions need the build argument
// kLineBreak.
bool holds_line_breaks(const nlohmann::ordered_json& config);
// Returns the instructions by which an image made FROM an image with BASE gets CONFIG. Both are the "config" of an
// image config; an empty BASE is that of scratch. Throws as instruct() does, and what nlohmann::json throws if a field
// has a wrong type.
std::string config_instructions(const nlohmann::ordered_json& config, const nlohmann::ordered_json& base);
// Returns what BASE sets and CONFIG does not, if no instruction can take it back: "ENV NAME", "LABEL name", ...
std::vector<std::string> not_undone(const nlohmann::ordered_json& config, const nlohmann::ordered_json& base);

}  // namespace winnow
