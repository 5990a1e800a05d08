// SPDX-License-Identifier: Apache-2.0
// A date is one only with a time behind it: of a date alone nobody knows whether it is today's.
#include "verify/moment.h"

#include <algorithm>
#include <iterator>

namespace winnow::verify {
namespace {

// In a format: "d" a digit, "D" one that may be missing before another, "_" a digit or a space, "-" what parts a date,
// "M" a month, "W" a day of the week; all else is itself.
constexpr std::string_view kClasses = "dD_-MW";
constexpr std::string_view kDays[] = {"W, ", "W "};
constexpr std::string_view kDates[] = {"dddd-dd-dd", "Dd-dd-dddd", "Dd-M-dddd", "M _d"};
constexpr std::string_view kTime = "Dd:dd:dd";
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kWeek[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::size_t kName = 3;  // bytes

char at(std::string_view text, std::size_t place) { return place < text.size() ? text[place] : '\0'; }
bool is_digit(std::string_view text, std::size_t place) { return at(text, place) >= '0' && at(text, place) <= '9'; }

template <std::size_t size>
bool is_one_of(const std::string_view (&names)[size], std::string_view text, std::size_t place) {
  return place < text.size() && std::ranges::find(names, text.substr(place, kName)) != std::end(names);
}

// How many bytes of TEXT, from PLACE, have FORMAT; 0: it has another.
std::size_t fits(std::string_view format, std::string_view text, std::size_t place) {
  const std::size_t begin = place;
  for (const char wanted : format) {
    if (wanted == 'D' && !is_digit(text, place + 1)) continue;
    const char got = at(text, place);
    const bool is_name =
        (wanted == 'M' && is_one_of(kMonths, text, place)) || (wanted == 'W' && is_one_of(kWeek, text, place));
    const bool is_there = is_name || ((wanted == 'd' || wanted == 'D' || wanted == '_') && is_digit(text, place)) ||
                          (wanted == '_' && got == ' ') ||
                          (wanted == '-' && got != '\0' && std::string_view("-/. ").contains(got)) ||
                          (wanted == got && !kClasses.contains(wanted));
    if (!is_there) return 0;
    place += is_name ? kName : 1;
  }
  return place - begin;
}

template <std::size_t size>
std::size_t fits_one(const std::string_view (&formats)[size], std::string_view text, std::size_t place) {
  for (const std::string_view format : formats)
    if (const std::size_t length = fits(format, text, place)) return length;
  return 0;
}

// A time of day with seconds; what goes on is an address.
std::size_t length_of_time(std::string_view text, std::size_t place) {
  const std::size_t begin = place;
  place += fits(kTime, text, place);
  if (place == begin) return 0;
  if ((at(text, place) == '.' || at(text, place) == ',') && is_digit(text, place + 1))
    for (++place; is_digit(text, place);) ++place;
  return is_digit(text, place) || (at(text, place) == ':' && is_digit(text, place + 1)) ? 0 : place - begin;
}

}  // namespace

std::size_t length_of_moment(std::string_view text) {
  const std::size_t day = fits_one(kDays, text, 0);
  const std::size_t date = fits_one(kDates, text, day);
  if (date == 0) return length_of_time(text, 0);
  const std::size_t end = day + date;
  if (at(text, end) != 'T' && at(text, end) != ' ' && at(text, end) != ':') return 0;
  const std::size_t time = length_of_time(text, end + 1);
  return time == 0 ? 0 : end + 1 + time;
}

std::size_t length_of_token(std::string_view text) {
  constexpr std::size_t kLeast = 16, kLeastOfEach = 4, kWord = 4, kPatience = 256;
  constexpr std::string_view kJoints = "+/_-";
  std::size_t upper = 0, lower = 0, digits = 0;
  std::size_t part = 0;   // where what the last joint parts off begins
  bool plain = true;      // it is letters of one case: so many of them are a word
  std::size_t whole = 0;  // up to the last joint, if that is a token
  std::size_t size = 0;
  const auto is_token = [&] { return size >= kLeast && upper >= kLeastOfEach && lower >= kLeastOfEach && digits > 0; };
  for (; size < text.size() && (size < kPatience || is_token()); ++size) {
    const char c = text[size];
    if (kJoints.contains(c)) {
      if (plain && size - part >= kWord) return whole;
      if (is_token()) whole = size;
      part = size + 1;
      plain = true;
      continue;
    }
    const bool is_upper = c >= 'A' && c <= 'Z', is_lower = c >= 'a' && c <= 'z';
    if (!is_upper && !is_lower && !is_digit(text, size)) break;
    upper += is_upper ? 1 : 0;
    lower += is_lower ? 1 : 0;
    digits += is_upper || is_lower ? 0 : 1;
    const char before = size > part ? text[size - 1] : c;
    plain = plain && ((is_lower && before >= 'a' && before <= 'z') || (is_upper && before >= 'A' && before <= 'Z'));
  }
  if (!is_token() || (plain && size - part >= kWord)) return whole;
  while (at(text, size) == '=') ++size;
  return size;
}

}  // namespace winnow::verify
