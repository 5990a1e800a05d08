// SPDX-License-Identifier: Apache-2.0
// Reads JSON text (RFC 8259) from front to back, without a tree: a profile of any size costs what it becomes, not more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace winnow {

// Says what it expected and on which line. Thrown by JsonText, caught in the file that reads a document with it.
struct Refused {
  std::string what;
};

class JsonText {
 public:
  explicit JsonText(std::string_view text) : text_(text) {}

  // { then field() until it gives nothing; [ then item() until it says no. Views hold until the next string is read.
  void begin_object() { begin('{', "an object"); }
  [[nodiscard]] std::optional<std::string_view> field();
  void begin_array() { begin('[', "a list"); }
  [[nodiscard]] bool item();

  std::string_view string();  // decoded; valid UTF-8
  std::string path();         // of a string that escape_path() made
  std::uint64_t number();     // a whole number that is not negative
  int status();               // a whole number of either sign
  bool boolean();
  [[nodiscard]] bool take_null();  // whether the next value was null
  [[nodiscard]] bool at_string();  // whether the next value is a string
  void skip();                     // any value
  // The "schema" of the object that the text is, as far as it has to be read for that.
  [[nodiscard]] std::string schema();
  void end();                                  // nothing follows
  [[noreturn]] void refuse(std::string what);  // "line 7: WHAT"

 private:
  void begin(char bracket, std::string_view what);
  [[nodiscard]] bool next_in(char closing);
  char peek();
  void expect(char wanted);
  [[nodiscard]] bool take_word(std::string_view word);
  std::string_view digits();
  unsigned hex4();
  void unescape();
  void skip_number();
  [[noreturn]] void refuse_next(std::string_view wanted);

  static constexpr int kMaxDepth = 16;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool fresh_ = false;  // a bracket was just opened: no comma comes
  std::string decoded_;
};

}  // namespace winnow
