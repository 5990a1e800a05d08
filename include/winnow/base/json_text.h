// SPDX-License-Identifier: Apache-2.0
// Reads JSON text (RFC 8259) from front to back, without a tree: a document of any size costs what it becomes, not
// more. Profiles and keep specs are read with it. The text is hostile.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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
  // A list: READ takes each item.
  template <typename Read>
  void each(Read read) {
    begin_array();
    while (item()) read();
  }

  std::string_view string();  // decoded; valid UTF-8
  std::string path();         // of a string that escape_path() made
  std::uint64_t number();     // a whole number that is not negative
  template <std::integral T>  // a whole number that T can hold
  T integer() {
    if (at_minus()) return fitting<T>(negative());
    return fitting<T>(number());
  }
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
  bool at_minus() { return peek() == '-'; }
  std::int64_t negative();
  template <std::integral T, std::integral Value>
  T fitting(Value value) {
    if (!std::in_range<T>(value)) refuse("a number out of its range: " + std::to_string(value));
    return static_cast<T>(value);
  }
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

// The fields of one object, in any order, each at most once.
class JsonFields {
 public:
  // Begins the object; messages call it OBJECT. The first REQUIRED of NAMES must be there. OTHER is asked about a field
  // whose name is not among NAMES: it reads the value and returns true, or returns false, and the value is skipped (a
  // later version of a schema may have more fields).
  JsonFields(JsonText& in, std::string_view object, std::span<const std::string_view> names, std::size_t required,
             std::function<bool(std::string_view name)> other = {});
  // The index in NAMES of the next field, whose value is to be read next; nullopt at the end of the object.
  [[nodiscard]] std::optional<std::size_t> next();

 private:
  JsonText& in_;
  std::string_view object_;
  std::span<const std::string_view> names_;
  std::size_t required_;
  std::function<bool(std::string_view name)> other_;
  std::uint32_t seen_ = 0;
};

// The "schema" of a JSON document, which all that winnow writes begins with; empty if TEXT has none that can be read.
std::string schema_of(std::string_view text);

// Throws std::invalid_argument if TEXT is nested deeper than MOST: to be asked before nlohmann parses a text. (A
// callback of its parser could tell as well, but with one the parser takes quadratic time for long arrays.)
void require_depth(std::string_view text, std::size_t most);

}  // namespace winnow
