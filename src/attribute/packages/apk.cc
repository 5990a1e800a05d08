// SPDX-License-Identifier: Apache-2.0
// apk's list of what is installed (apk-installed format: P: name, V: version, A: architecture, F: directory, R: file in
// it).
#include "attribute/packages/claims.h"

namespace winnow {

void claim_apk(Claims& claims) {
  const Index& index = claims.index();
  for (const std::string_view database : {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}) {
    const auto entry = index.resolve(database).entry;
    if (!entry || index.entries[*entry].path != database) continue;  // the other name of the same file
    Package next{"apk", {}, {}};
    std::uint32_t package = 0;
    std::string directory;
    for (std::string_view text = text_of(index, database); !text.empty() && !claims.exhausted();) {
      std::string_view line = take_until(text, '\n');
      if (line.empty()) {
        next = {"apk", {}, {}};
        package = 0;
      }
      if (line.size() < 2 || line[1] != ':') continue;
      const char tag = line[0];
      line.remove_prefix(2);
      if (tag == 'P') next.name = line;
      if (tag == 'V') next.version = line;
      if (tag == 'A') next.architecture = line;
      if ((tag != 'F' && tag != 'R') || next.name.empty()) continue;
      if (package == 0) package = claims.package(next);
      if (tag == 'F') directory = "/" + std::string(line);
      claims.claim(package, tag == 'F' ? directory : directory + "/" + std::string(line));
    }
  }
}

}  // namespace winnow
