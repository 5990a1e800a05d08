// SPDX-License-Identifier: Apache-2.0
// The platforms of images, normalised.
#include <sys/utsname.h>

#include "image/store/source.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

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

// The number of a variant, "v7"; of an empty one what the architecture means by it (containerd's
// platforms/database.go).
std::optional<int> level_of(std::string_view architecture, std::string_view variant) {
  if (variant.empty()) return architecture == "arm64" ? 8 : architecture == "arm" ? 7 : 1;
  const bool plain = variant.size() == 2 && variant[0] == 'v' && variant[1] >= '0' && variant[1] <= '9';
  return plain ? std::optional(variant[1] - '0') : std::nullopt;
}

// How far OFFERED is from what is wanted; 0 is exactly that. Nothing: it does not serve.
std::optional<int> distance(const Platform& offered, const Platform& wanted) {
  constexpr int kAny = 100;
  if (offered.os != wanted.os || offered.architecture != wanted.architecture) return std::nullopt;
  if (offered.variant == wanted.variant) return 0;
  const auto has = level_of(offered.architecture, offered.variant);
  const auto asked = level_of(wanted.architecture, wanted.variant);
  if (has && asked && *has <= *asked) return 1 + *asked - *has;
  return wanted.variant.empty() ? std::optional(kAny) : std::nullopt;
}

}  // namespace

std::vector<std::size_t> best_platforms(const std::vector<Platform>& offered, const Platform& wanted) {
  std::vector<std::size_t> best;
  std::optional<int> least;
  for (std::size_t at = 0; at < offered.size(); ++at) {
    const auto found = distance(offered[at], wanted);
    if (!found || (least && *found > *least)) continue;
    if (found != least) best.clear();
    least = found;
    best.push_back(at);
  }
  return best;
}

Result<Platform> Platform::parse(std::string_view text) {
  if (text.empty()) return host_platform();
  std::string_view parts[3];
  for (std::string_view& part : parts) part = take_until(text, '/');
  if (parts[0].empty() || parts[1].empty() || !text.empty())
    return std::unexpected(
        Error::usage("this is not a platform", "write OS/ARCHITECTURE[/VARIANT], as in linux/arm64 or linux/arm/v7"));
  return Platform{std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
}

std::string Platform::str() const { return os + "/" + architecture + (variant.empty() ? "" : "/" + variant); }

}  // namespace winnow
