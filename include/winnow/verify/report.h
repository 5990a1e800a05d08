// SPDX-License-Identifier: Apache-2.0
// Writes a verdict for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "winnow/verify/verify.h"

namespace winnow {

// For people, not escaped: why a path is missing; the status of the command and the expected one; a sentence for each
// stream that is different.
std::string why_lacking(const MissingPath& missing);
std::string status_words(const Attempt& attempt);
std::vector<std::string> output_words(const Attempt& attempt);
// One JSON object in one line, schema "winnow.verdict/1".
std::string verdict_json(const Verdict& verdict);
// One element of its list "missing".
std::string missing_json(const MissingPath& missing);
// A page of Markdown.
std::string verdict_markdown(const Verdict& verdict);
// Lines for a terminal.
std::string verdict_text(const Verdict& verdict);

}  // namespace winnow
