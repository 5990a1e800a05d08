// SPDX-License-Identifier: Apache-2.0
// Recognises evidence of packages by where it lies and what it is called.
#include "plan/evidence.h"

#include <algorithm>

#include "winnow/base/path.h"

namespace winnow {

std::string_view spoken_for(std::string_view path) {
  const std::string_view name = name_of(path);
  const std::string_view parent = parent_of(path);
  if (name == "installed.json" && name_of(parent) == "composer") return parent_of(parent);      // vendor/composer
  if (name.starts_with(".spdx-") && name.ends_with(".spdx")) return parent;                     // as Bitnami has them
  if (name.ends_with(".deps.json")) return parent;                                              // of dotnet publish
  if (name == "DESCRIPTION" && name_of(parent_of(parent)).ends_with("library")) return parent;  // .libPaths() of R
  if (name.ends_with(".app") && name_of(parent) == "ebin") return parent_of(parent);            // app(4) of OTP
  return {};
}

bool is_lock_file(std::string_view path) {
  constexpr std::string_view kNames[] = {"package-lock.json",
                                         "npm-shrinkwrap.json",
                                         "yarn.lock",
                                         "pnpm-lock.yaml",
                                         "bun.lock",
                                         "composer.lock",
                                         "Gemfile.lock",
                                         "poetry.lock",
                                         "uv.lock",
                                         "Pipfile.lock",
                                         "pdm.lock",
                                         "requirements.txt",
                                         "Cargo.lock",
                                         "go.sum",
                                         "mix.lock",
                                         "rebar.lock",
                                         "pom.xml",
                                         "gradle.lockfile",
                                         "packages.lock.json",
                                         "renv.lock",
                                         "conan.lock",
                                         "pubspec.lock"};
  return std::ranges::find(kNames, name_of(path)) != std::end(kNames);
}

}  // namespace winnow
