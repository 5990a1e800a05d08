// SPDX-License-Identifier: Apache-2.0
// Recognises evidence of packages by where it lies and what it is called.
#include "plan/evidence.h"

#include <algorithm>

#include "winnow/base/path.h"

namespace winnow {

std::string_view spoken_for(std::string_view path) {
  const std::string_view name = base_name(path);
  const std::string_view parent = parent_of(path);
  if (name == "installed.json" && base_name(parent) == "composer") return parent_of(parent);      // vendor/composer
  if (name.starts_with(".spdx-") && name.ends_with(".spdx")) return parent;                       // as Bitnami has them
  if (name.ends_with(".deps.json")) return parent;                                                // of dotnet publish
  if (name == "DESCRIPTION" && base_name(parent_of(parent)).ends_with("library")) return parent;  // .libPaths() of R
  if (name.ends_with(".app") && base_name(parent) == "ebin") return parent_of(parent);            // app(4) of OTP
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
  return std::ranges::find(kNames, base_name(path)) != std::end(kNames);
}

}  // namespace winnow
