// SPDX-License-Identifier: Apache-2.0
// Names and platforms of images, normalised.
#include "image/names.h"

#include <sys/utsname.h>

#include "image/source.h"

namespace winnow {
namespace {

// GOARCH and variant of uname(2)'s machines.
Platform host_platform() {
  struct utsname host{};
  if (::uname(&host) != 0) return {"linux", {}, {}};
  const std::string_view machine = host.machine;
  if (machine == "x86_64") return {"linux", "amd64", {}};
  if (machine == "aarch64") return {"linux", "arm64", {}};
  if (machine.starts_with("armv7")) return {"linux", "arm", "v7"};
  if (machine == "i686") return {"linux", "386", {}};
  return {"linux", std::string(machine), {}};
}

}  // namespace

std::string full_name(std::string_view text) {
  std::string name(text);
  for (const std::string_view prefix : {"docker.io/", "library/"})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name.find(':', name.rfind('/') + 1) == std::string::npos ? name + ":latest" : name;
}

Result<Platform> Platform::parse(std::string_view text) {
  if (text.empty()) return host_platform();
  std::string_view parts[3];
  for (std::string_view& part : parts) {
    part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  if (parts[0].empty() || parts[1].empty() || !text.empty())
    return std::unexpected(
        Error::usage("this is not a platform", "write OS/ARCHITECTURE[/VARIANT], as in linux/arm64 or linux/arm/v7"));
  return Platform{std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
}

std::string Platform::str() const { return os + "/" + architecture + (variant.empty() ? "" : "/" + variant); }

}  // namespace winnow
