// SPDX-License-Identifier: Apache-2.0
// Fuzz target: what an image's package databases say. The input is a list of files, "\n%%%%\n" between them; the first
// byte of each chooses where in the image it is.
#include "attribute/packages/claims.h"
#include "image/facts/facts.h"
#include "support/index_text.h"
#include "target.h"

namespace {

using namespace winnow;

constexpr std::string_view kPaths[] = {
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/info/a.list",
    "/var/lib/dpkg/info/b:amd64.list",
    "/var/lib/dpkg/status.d/c",
    "/var/lib/dpkg/status.d/c.md5sums",
    "/lib/apk/db/installed",
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/Packages",
    "/var/lib/rpm/Packages.db",
    "/usr/lib/python3/dist-packages/d-1.0.dist-info/RECORD",
    "/app/node_modules/@e/f/package.json",
    "/app/node_modules/@e/f/node_modules/g/package.json",
    "/usr/share/java/h.jar",
    "/usr/bin/i",
};

Index tree() {
  std::string text =
      "l /bin usr/bin\nl /loop loop\nl /bad ../../..\nf 0644 0:0 1 /usr/share/gems/specifications/j-1.gemspec\n";
  for (const std::string_view path : kPaths) text += "f 0644 0:0 1 " + std::string(path) + "\n";
  return test::index_from_text(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kBetween = "\n%%%%\n";
  static const Index kTree = tree();
  Index index = kTree;
  Budget budget({});
  for (std::string_view rest = test::text_of(data, size); !rest.empty();) {
    std::string_view file = rest.substr(0, rest.find(kBetween));
    rest.remove_prefix(std::min(file.size() + kBetween.size(), rest.size()));
    if (file.empty()) continue;
    const std::string_view path = kPaths[static_cast<unsigned char>(file[0]) % std::size(kPaths)];
    file.remove_prefix(1);
    FactsTaker taker(path, file.size(), budget);
    taker.add(std::as_bytes(std::span(file)));
    Entry& entry = index.entries[index.find(path).value()];
    entry.size = file.size();
    entry.facts = taker.finish();
  }
  const Ownership owners = find_owners(index);
  test::require(owners.owner.size() == index.entries.size());
  for (const std::uint32_t owner : owners.owner) test::require(owner <= owners.packages.size());
  return 0;
}
