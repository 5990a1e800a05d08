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

// What went wrong: the user's words (kUsage), or what they asked for could not be done (kFailure), or may not be done
// by this process, whatever the object is (kDenied). The command line turns this into its exit code: 2 for kUsage, 3
// for the others.
enum class Fault { kUsage, kFailure, kDenied };

// Names an advice that each front end puts into its own words, because the words depend on how winnow is used. The
// command line's words are in src/cli/hints.cc.
enum class Advice : std::uint8_t {
  kNone,
  kMapsTooLarge,     // the kernel has no memory for maps of these sizes
  kSessionExists,    // a session of this name exists already; SUBJECT: its name
  kSessionBroken,    // the BPF programs of the session are gone; SUBJECT: its name
  kNoSession,        // no session has this name; SUBJECT: the name
  kNotRunning,       // the container does not run, so it can only be recorded from its start
  kUnknownService,   // the compose project has no such service
  kPortsHidden,      // the container's network cannot be entered
  kNotReady,         // the container was not ready in time
  kEndsByItself,     // the container ended before it was ready
  kTestTooLong,      // the test took longer on the source image than it may
  kBadSlimName,      // the name for the slim image is not a valid name of an image
  kSlimIsSource,     // the name for the slim image is already the name of the source image
  kReadFromOutside,  // files were copied out of a container through the engine, and nothing shows which
  kDifferentImages,  // profiles that should become one are of different images
};

// A failure as a value.
struct Error {
  std::string what;       // what was tried and what failed, the outermost step first: "reading app.tar: opening ..."
  std::string hint = {};  // one sentence that says what to do about it; may be empty
  Fault fault = Fault::kFailure;
  Advice advice = Advice::kNone;
  std::string subject = {};  // the name that the words for ADVICE need; empty if they need none

  // The error "WHAT: strerror(ERR)". Call it before anything else can change errno.
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

// TRY(auto x, f()) puts the value of the Result that f() returns into x; if it is an error, the enclosing function
// returns that error. TRY(x, f()) does the same for a variable that exists already. TRY expands to several statements:
// it must not be the whole body of an if or a loop without braces.
#define TRY(variable, ...) WINNOW_TRY_AS(WINNOW_TRY_NAME(__LINE__), variable, __VA_ARGS__)
// TRY_DO(f()) does the same if the value is not wanted, or if f() returns Result<void>.
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
