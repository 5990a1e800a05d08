// SPDX-License-Identifier: Apache-2.0
// Real calls of the table's rows: each is made on entries of a directory of its own, by the number in its row.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workload.h"

namespace winnow::test {

// Of a child that met a call which this kernel does not have.
constexpr int kAbsent = 77;

// An argument: a number, the name of an entry, or a text that names none.
struct Word {
  Word(std::convertible_to<long> auto number)
      : value(static_cast<long>(number)) {}  // NOLINT(google-explicit-constructor): it is one
  Word(const char* entry) : name(entry) {}   // NOLINT(google-explicit-constructor)
  static Word text(const char* text) {
    Word word(text);
    word.is_entry = false;
    return word;
  }
  static Word room();  // zeroed memory for what the call reads or writes, the same for all of one place

  long value = 0;
  const char* name = nullptr;
  bool is_entry = true;
  bool is_room = false;
};

// Where one row is called: a directory with the files "there" and "other", "link" to the first, directories "d" and
// "e".
class Place {
 public:
  // COMPAT: by the 32-bit way into the kernel, which takes what lies in the first 4 GiB.
  Place(long number, bool compat, std::string directory);

  static void furnish(const Tree& tree, const std::string& directory);

  // The result, or an error's negative number. Ends the process when the kernel does not have the call.
  long call(const std::vector<Word>& arguments);
  // A copy of the path of an entry, or of any bytes, where the call can read it.
  char* at(std::string_view entry) { return low(directory_ + "/" + std::string(entry)); }
  char* low(std::string_view bytes);
  [[nodiscard]] char* room() const { return memory_; }
  [[nodiscard]] bool compat() const { return compat_; }
  // Goes to a mount namespace of its own, with a file system of TYPE on "d".
  void mount_own(const char* type);

 private:
  long number_;
  bool compat_;
  std::string directory_;
  char* memory_;
  std::size_t used_;
};

struct RealCall {
  std::string functions;  // as the tables name them, with a space between two
  std::function<void(Place&)> make;
  Lines seen;  // below the place, in order

  [[nodiscard]] bool is_of(std::string_view function) const;
};

// Calls whose arguments are names and numbers.
std::vector<RealCall> plain_calls();
// Those that need something made before.
std::vector<RealCall> prepared_calls();

}  // namespace winnow::test
