// SPDX-License-Identifier: Apache-2.0
// Reads JSON text (RFC 8259) from front to back without building a tree, so a large document takes no memory beyond the
// values that are made from it. Profiles and keep specs are read with it. The text is hostile.
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

// The exception of JsonText: the text is not what the caller asked for. The file that reads a document catches it.
struct Refused {
  std::string what;  // what was expected, what was found, and on which line
};

// Each function reads the next part of the text, and throws Refused if that part is something else.
class JsonText {
 public:
  explicit JsonText(std::string_view text) : text_(text) {}

  // An object: begin_object(), then for each field field(), which returns its name, and a call that reads its value;
  // nullopt is the end. A list: begin_array(), then item() before each value; false is the end. A string_view that is
  // returned here is valid until the next string is read.
  void begin_object() { begin('{', "an object"); }
  [[nodiscard]] std::optional<std::string_view> field();
  void begin_array() { begin('[', "a list"); }
  [[nodiscard]] bool item();
  // A whole list: calls READ once for each item; READ reads its value.
  template <typename Read>
  void each(Read read) {
    begin_array();
    while (item()) read();
  }

  std::string_view string();  // without the JSON escapes; valid UTF-8
  std::string path();         // a string that escape_path() made, as the bytes of the path
  std::uint64_t number();     // a whole number from 0 to 2^64 - 1
  template <std::integral T>  // a whole number that T can hold, else Refused
  T integer() {
    if (at_minus()) return fitting<T>(negative());
    return fitting<T>(number());
  }
  bool boolean();
  [[nodiscard]] bool take_null();  // if the next value is null: reads it and returns true
  [[nodiscard]] bool at_string();  // whether the next value is a string; reads nothing
  void skip();                     // reads any value and ignores it
  // Returns the field "schema" of the object that the whole text is. Reads only as far as that field.
  [[nodiscard]] std::string schema();
  void end();                                  // throws Refused if anything but blanks follows
  [[noreturn]] void refuse(std::string what);  // throws Refused with "line 7: WHAT"

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
  bool fresh_ = false;  // a bracket was just opened, so no comma is expected before the next value
  std::string decoded_;
};

// Reads the fields of one object, which may be in any order, each at most once.
class JsonFields {
 public:
  // Begins the object; error messages call it OBJECT. The first REQUIRED of NAMES (at most 32) must be in the object.
  // OTHER is called for a field whose name is not among NAMES: it reads the value and returns true, or returns false,
  // and the value is skipped, since a later version of a schema may have more fields. Without OTHER it is skipped, too.
  JsonFields(JsonText& in, std::string_view object, std::span<const std::string_view> names, std::size_t required,
             std::function<bool(std::string_view name)> other = {});
  // Returns the index in NAMES of the next field; the caller then reads its value. Returns nullopt at the end of the
  // object. Throws Refused if a field of NAMES comes twice or, at the end, if a required one is missing.
  [[nodiscard]] std::optional<std::size_t> next();

 private:
  JsonText& in_;
  std::string_view object_;
  std::span<const std::string_view> names_;
  std::size_t required_;
  std::function<bool(std::string_view name)> other_;
  std::uint32_t seen_ = 0;
};

// Returns the field "schema" of a JSON document, with which every document of winnow begins; "" if TEXT has none that
// can be read.
std::string schema_of(std::string_view text);

// Throws std::invalid_argument if objects and lists of TEXT are nested deeper than MOST. Call it before nlohmann parses
// hostile text. (A callback of its parser could check this, too, but makes it take quadratic time for long arrays.)
void require_depth(std::string_view text, std::size_t most);
// Throws it if TEXT has more than about MOST values: each takes many times the memory of its two characters.
void require_values(std::string_view text, std::size_t most);

}  // namespace winnow
