// SPDX-License-Identifier: Apache-2.0
// Fuzz target: what a container's web server answers: a page, an OpenAPI document, a redirection. The first byte
// chooses.
#include <string>

#include "target.h"
#include "trial/links.h"
#include "trial/openapi.h"
#include "trial/own_ports.h"

namespace {

using namespace winnow;

constexpr auto kOrigin = "http://localhost:8080";

// What goes into a request line stays one, is on this server, and is found again from itself.
void require_target(const std::string& target) {
  test::require(target.starts_with('/') && target.size() <= kMaxTarget);
  for (const char c : target) test::require(c > ' ' && c < '\x7f' && c != '#' && c != '\\');
  test::require(resolve_link(std::string(kOrigin) + target, kOrigin, "/") == target);
  (void)looks_harmful(target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = test::text_of(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0: {
      const auto links = links_in(text, kOrigin, "/a/b?c");
      test::require(links.targets.size() <= kMaxLinks && links.forms.size() <= kMaxLinks);
      for (const std::string& target : links.targets) require_target(target);
      break;
    }
    case 1:
      if (const auto api = read_openapi(text, kOrigin)) {
        test::require(api->targets.size() + api->others.size() + api->with_inputs.size() <= kMaxLinks);
        for (const std::string& target : api->targets) require_target(target);
      }
      break;
    case 2:
      if (const auto target = resolve_link(text, kOrigin, "/a/b?c")) require_target(*target);
      break;
    default:
      for (const Listener& one : parse_listeners(text)) test::require(!one.address.empty());
  }
  return 0;
}
