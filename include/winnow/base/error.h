// SPDX-License-Identifier: Apache-2.0
// Failures as values: what was tried, what failed, what to do about it.
#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace winnow {

// What a person can do about an error; the command line turns it into an exit code: 2 if the words were wrong, 3 if it
// could not be done.
enum class Fault { kUsage, kFailure };

// What there is to do, if that depends on who asks: each front end has its own words for it. The command line's are in
// cli/hints.cc.
enum class Advice : std::uint8_t {
  kNone,
  kMapsTooLarge,     // the kernel has no memory for maps of these sizes
  kSessionExists,    // SUBJECT: the session
  kSessionBroken,    // SUBJECT: the session, whose programs are gone
  kNoSession,        // SUBJECT: its name
  kNotRunning,       // the container can only be recorded from its start
  kUnknownService,   // the compose project has no such service
  kPortsHidden,      // the container's network cannot be entered
  kNotReady,         // the container was not ready in time
  kEndsByItself,     // the container ended before it was ready
  kTestTooLong,      // on the source image
  kBadSlimName,      // no image can be called so
  kSlimIsSource,     // the name of the slim image is the source image's
  kReadFromOutside,  // files were taken out of a container by somebody who does not say which
  kDifferentImages,  // two profiles that should become one
};

// A failure as a value: what was tried and what failed, outermost first, and what to do about it.
struct Error {
  std::string what;
  std::string hint = {};  // one sentence that says what to do; may be empty
  Fault fault = Fault::kFailure;
  Advice advice = Advice::kNone;
  std::string subject = {};  // what ADVICE is about

  // "WHAT: strerror(ERR)". Call it before anything else can change errno.
  static Error from_errno(std::string_view what, int err = errno);
  static Error usage(std::string what, std::string hint = {});
  // The same error as seen one level further out: "OUTER: what".
  [[nodiscard]] Error within(std::string_view outer) const;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string what, std::string hint = {}) {
  return std::unexpected(Error{std::move(what), std::move(hint)});
}
inline std::unexpected<Error> fail(std::string what, Advice advice, std::string subject = {}) {
  return std::unexpected(Error{std::move(what), {}, Fault::kFailure, advice, std::move(subject)});
}

}  // namespace winnow

// TRY(auto x, f()): the value of a Result, or a return from the function with its error. Also TRY(x, f()), if there is
// an x already. Not the whole body of an if or a loop without braces.
#define TRY(variable, ...) WINNOW_TRY_AS(WINNOW_TRY_NAME(__LINE__), variable, __VA_ARGS__)
// The same if nobody wants the value, or there is none.
#define TRY_DO(...) WINNOW_TRY_DO_AS(WINNOW_TRY_NAME(__LINE__), __VA_ARGS__)

#define WINNOW_TRY_JOIN(start, end) start##end
#define WINNOW_TRY_NAME(line) WINNOW_TRY_JOIN(tried_in_, line)
#define WINNOW_TRY_AS(result, variable, ...)                      \
  auto result = (__VA_ARGS__);                                    \
  if (!result) return std::unexpected(std::move(result).error()); \
  variable = *std::move(result)
#define WINNOW_TRY_DO_AS(result, ...)                                                            \
  do {                                                                                           \
    if (auto result = (__VA_ARGS__); !result) return std::unexpected(std::move(result).error()); \
  } while (false)
