// SPDX-License-Identifier: Apache-2.0
// apk's list of what is installed (apk-installed format: P: name, V: version, A: architecture, F: directory, R: file in
// it, D: what the package needs).
#include "attribute/packages/claims.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// "so:libz.so.1 musl>=1.2 !old cmd:x": names of libraries and of packages.
std::vector<std::string> needs_of(std::string_view list) {
  constexpr std::string_view kLibrary = "so:";
  std::vector<std::string> names;
  for (std::string_view name : split(list, ' ')) {
    if (name.starts_with(kLibrary)) name.remove_prefix(kLibrary.size());
    name = name.substr(0, name.find_first_of("<>=~"));
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

}  // namespace

void claim_apk(Claims& claims) {
  const Index& index = claims.index();
  for (const std::string_view database : {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}) {
    const auto entry = index.resolve(database).entry;
    if (!entry || index.entries[*entry].path != database) continue;  // the other name of the same file
    Package next{"apk", {}, {}};
    std::uint32_t package = 0;
    std::string directory;
    std::string_view needs;
    for (std::string_view line : lines(text_of(index, database))) {
      if (claims.exhausted()) break;
      if (line.empty()) {
        next = {"apk", {}, {}};
        package = 0;
        needs = {};
      }
      if (line.size() < 2 || line[1] != ':') continue;
      const char tag = line[0];
      line.remove_prefix(2);
      if (tag == 'P') next.name = line;
      if (tag == 'V') next.version = line;
      if (tag == 'A') next.architecture = line;
      if (tag == 'D') needs = line;
      if ((tag != 'F' && tag != 'R') || next.name.empty()) continue;
      if (package == 0) {
        package = claims.package(next);
        claims.needs(package, needs_of(needs));
      }
      if (tag == 'F') directory = "/" + std::string(line);
      claims.claim(package, tag == 'F' ? directory : directory + "/" + std::string(line));
    }
  }
}

}  // namespace winnow
