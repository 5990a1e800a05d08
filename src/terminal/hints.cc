// SPDX-License-Identifier: Apache-2.0
// Advice about errors, in words that name options of winnow.
#include "winnow/terminal/hints.h"

#include <fmt/format.h>

#include "winnow/base/text.h"

namespace winnow::cli {

std::string hint_of(const Error& error) {
  const std::string subject = printable(error.subject);
  switch (error.advice) {
    case Advice::kNone:
      return error.hint;
    case Advice::kMapsTooLarge:
      return "give --ring-bytes, --overflow or --seen-keys a smaller value, or raise the memory limit";
    case Advice::kSessionExists:
      return fmt::format("go on with it: winnow record --resume {0}; or remove it: winnow record --cleanup {0}",
                         subject);
    case Advice::kSessionBroken:
      return "its programs are gone, after a reboot perhaps: winnow record --cleanup " + subject;
    case Advice::kNoSession:
      return "begin one: winnow record --session " + subject;
    case Advice::kNotRunning:
      return "record it from its start instead: winnow record --image REF -- COMMAND";
    case Advice::kUnknownService:
      return "--service takes the name of a service in the compose file";
    case Advice::kPortsHidden:
      return "that needs root or CAP_SYS_ADMIN; --test COMMAND asks from outside, --no-probe leaves it out";
    case Advice::kNotReady:
      return "--ready COMMAND says otherwise when it is ready (`--ready true`: at once), --ready-timeout waits longer";
    case Advice::kEndsByItself:
      return "a container that does its work and ends is tested by its own end: leave --test out";
    case Advice::kTestTooLong:
      return "--test-timeout allows it longer";
    case Advice::kBadSlimName:
      return "give the slim image a name with --tag, such as registry/app-slim:1.2";
    case Advice::kSlimIsSource:
      return "give the slim image another name with --tag";
    case Advice::kReadFromOutside:
      return "--keep GLOB keeps them";
    case Advice::kDifferentImages:
      return "--by-image -o DIR writes one profile for each image, --any-image merges them all the same";
  }
  return error.hint;
}

}  // namespace winnow::cli
