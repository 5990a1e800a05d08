// SPDX-License-Identifier: Apache-2.0
// Image references: a transport in the words of skopeo(1), or a bare name for the running engine.
#include <algorithm>
#include <array>

#include "winnow/image.h"

namespace winnow {
namespace {

struct TransportName {
  std::string_view prefix;
  Transport transport;
};
constexpr std::array kTransports = {
    TransportName{"docker-daemon", Transport::kEngine},
    TransportName{"docker-archive", Transport::kDockerArchive},
    TransportName{"oci", Transport::kOciDirectory},
    TransportName{"oci-archive", Transport::kOciArchive},
};
// containers-transports(5) has these too; taking them for image names would only end in a puzzling "no such image".
constexpr std::string_view kUnsupported[] = {"atomic", "containers-storage", "dir", "docker", "ostree", "sif",
                                             "tarball"};
constexpr std::string_view kHint =
    "use docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-daemon:NAME or a bare image "
    "name";

}  // namespace

Result<Reference> Reference::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return std::unexpected(Error::usage(printable(text) + ": " + std::string(why), std::string(kHint)));
  };
  if (text.empty()) return std::unexpected(Error::usage("the image reference is empty", std::string(kHint)));
  const std::string_view prefix = text.substr(0, text.find(':'));
  if (prefix.size() < text.size()) {
    if (std::ranges::find(kUnsupported, prefix) != std::end(kUnsupported))
      return wrong("this transport is not supported");
    const std::string_view rest = text.substr(prefix.size() + 1);
    if (rest.starts_with("//")) return wrong("this transport is not supported");
    for (const auto& [name, transport] : kTransports) {
      if (name != prefix) continue;
      if (transport == Transport::kEngine)
        return rest.empty() ? Result<Reference>(wrong("no image is named"))
                            : Reference{transport, std::string(rest), {}};
      const std::string_view path = rest.substr(0, rest.find(':'));
      if (path.empty()) return wrong("no path is named");
      return Reference{transport, std::string(path), std::string(rest.substr(std::min(path.size() + 1, rest.size())))};
    }
  }
  if (text.starts_with('/') || text.starts_with('.')) return wrong("a path needs a transport");
  return Reference{Transport::kEngine, std::string(text), {}};
}

std::string Reference::str() const {
  const auto* const known = std::ranges::find(kTransports, transport, &TransportName::transport);
  std::string text = std::string(known->prefix) + ":" + location;
  return tag.empty() ? text : text + ":" + tag;
}

}  // namespace winnow
