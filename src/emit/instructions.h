// SPDX-License-Identifier: Apache-2.0
// Image configs as the instructions of a Dockerfile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// Appends one instruction to TEXT. Throws std::invalid_argument: ARGUMENTS hold what a Dockerfile cannot express.
void instruct(std::string& text, std::string_view name, const std::string& arguments);
// A bare word of an instruction that expands variables.
std::string literal(std::string_view text);
// The exec form: a JSON array on one line.
std::string exec_form(const nlohmann::ordered_json& words);
// Whether USER names root, with no group beside it; nothing is root too.
bool is_root(std::string_view user);

// Whether a variable or a label of CONFIG holds a line break: its instructions need the build argument kLineBreak.
bool holds_line_breaks(const nlohmann::ordered_json& config);
// The instructions that give an image made from BASE (both are the "config" of an image config; an empty one is that of
// scratch) the config CONFIG. Throws like instruct, and what nlohmann::json throws on fields of wrong types.
std::string config_instructions(const nlohmann::ordered_json& config, const nlohmann::ordered_json& base);
// What BASE sets, CONFIG does not, and no instruction can take back: "ENV NAME", "LABEL name", "VOLUME /path", ...
std::vector<std::string> not_undone(const nlohmann::ordered_json& config, const nlohmann::ordered_json& base);

}  // namespace winnow
