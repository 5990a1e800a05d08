// SPDX-License-Identifier: Apache-2.0
// A verdict for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "winnow/verify/verify.h"

namespace winnow {

// For people, and to be escaped: why it is not there; the command's status and the expected one; each other stream.
std::string why_lacking(const MissingPath& missing);
std::string status_words(const Attempt& attempt);
std::vector<std::string> output_words(const Attempt& attempt);
// One object, schema "winnow.verdict/1", in one line.
std::string verdict_json(const Verdict& verdict);
// The "missing" element of the same.
std::string missing_json(const MissingPath& missing);
// A page.
std::string verdict_markdown(const Verdict& verdict);
// Lines for a terminal.
std::string verdict_text(const Verdict& verdict);

}  // namespace winnow
