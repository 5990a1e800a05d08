// SPDX-License-Identifier: Apache-2.0
// What verdicts call things.
#include "winnow/verify/verify.h"

namespace winnow {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "pass";
    case Outcome::kMissing:
      return "missing";
    case Outcome::kDiffers:
      return "differs";
    case Outcome::kListing:
      return "listing";
    case Outcome::kInconclusive:
      return "inconclusive";
  }
  return "?";
}

std::string_view to_string(Need need) {
  switch (need) {
    case Need::kItself:
      return "itself";
    case Need::kLink:
      return "link";
    case Need::kInterpreter:
      return "interpreter";
    case Need::kListed:
      return "listed";
  }
  return "?";
}

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::kUnplanned:
      return "unplanned";
    case Cause::kDropGlob:
      return "drop";
    case Cause::kImage:
      return "image";
  }
  return "?";
}

std::string_view to_string(Mismatch::What what) {
  switch (what) {
    case Mismatch::What::kLacks:
      return "lacks";
    case Mismatch::What::kType:
      return "type";
    case Mismatch::What::kContent:
      return "content";
    case Mismatch::What::kTarget:
      return "target";
    case Mismatch::What::kMode:
      return "mode";
    case Mismatch::What::kOwner:
      return "owner";
  }
  return "?";
}

}  // namespace winnow
