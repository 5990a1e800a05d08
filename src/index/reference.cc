// SPDX-License-Identifier: Apache-2.0
// Image references: a transport in the words of skopeo(1), or a bare name for the running engine.
#include "winnow/index/reference.h"

#include <algorithm>
#include <array>
#include <optional>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

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
    TransportName{"containers-storage", Transport::kContainersStorage},
    TransportName{"containerd", Transport::kContainerd},
    TransportName{"pid", Transport::kPid},
};
// containers-transports(5) has these too; taking them for image names would only end in a puzzling "no such image".
constexpr std::string_view kUnsupported[] = {"atomic", "dir", "docker", "ostree", "sif", "tarball"};
constexpr std::string_view kReferenceForm =
    "use docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-daemon:NAME, "
    "containers-storage:NAME, containerd:NAMESPACE/NAME, pid:NUMBER or a bare image name";

// "[overlay@ROOT+RUNROOT]NAME" as containers-transports(5) has it; "[ROOT]NAME" will do. Nothing for other drivers, or
// when it is not closed.
std::optional<Reference> with_root(Transport transport, std::string_view rest) {
  Reference reference{transport, std::string(rest), {}, {}};
  if (!rest.starts_with('[')) return reference;
  const auto end = rest.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view root = rest.substr(1, end - 1);
  root = root.substr(0, root.find('+'));
  if (const auto driver = root.find('@'); driver != std::string_view::npos) {
    if (root.substr(0, driver) != "overlay") return std::nullopt;
    root.remove_prefix(driver + 1);
  }
  reference.root = root;
  reference.location = rest.substr(end + 1);
  return reference;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> transport_names() {
  std::vector<std::string_view> names;
  names.reserve(kTransports.size());
  for (const TransportName& known : kTransports) names.push_back(known.prefix);
  return names;
}

Result<Reference> Reference::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return std::unexpected(Error::usage(printable(text) + ": " + std::string(why), std::string(kReferenceForm)));
  };
  if (text.empty()) return std::unexpected(Error::usage("the image reference is empty", std::string(kReferenceForm)));
  const std::string_view prefix = text.substr(0, text.find(':'));
  if (prefix.size() < text.size()) {
    if (std::ranges::find(kUnsupported, prefix) != std::end(kUnsupported))
      return wrong("this transport is not supported");
    const std::string_view rest = text.substr(prefix.size() + 1);
    if (rest.starts_with("//")) return wrong("this transport is not supported");
    for (const auto& [name, transport] : kTransports) {
      if (name != prefix) continue;
      if (transport == Transport::kPid && !is_number(rest)) return wrong("a process id is a number");
      if (transport == Transport::kContainersStorage || transport == Transport::kContainerd) {
        const auto named = with_root(transport, rest);
        if (!named) return wrong("the store is written [DIRECTORY] or [overlay@DIRECTORY]");
        return named->location.empty() ? Result<Reference>(wrong("no image is named")) : *named;
      }
      if (transport == Transport::kEngine || transport == Transport::kPid)
        return rest.empty() ? Result<Reference>(wrong("no image is named"))
                            : Reference{transport, std::string(rest), {}, {}};
      const std::string_view path = rest.substr(0, rest.find(':'));
      if (path.empty()) return wrong("no path is named");
      return Reference{
          transport, std::string(path), std::string(rest.substr(std::min(path.size() + 1, rest.size()))), {}};
    }
  }
  if (text.starts_with('/') || text.starts_with('.')) return wrong("a path needs a transport");
  return Reference{Transport::kEngine, std::string(text), {}, {}};
}

std::string Reference::str() const {
  const auto* const known = std::ranges::find(kTransports, transport, &TransportName::transport);
  std::string text = std::string(known->prefix) + ":" + (root.empty() ? "" : "[" + root + "]") + location;
  return tag.empty() ? text : text + ":" + tag;
}

}  // namespace winnow
