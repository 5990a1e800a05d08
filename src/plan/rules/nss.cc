// SPDX-License-Identifier: Apache-2.0
// Rule: once nsswitch.conf(5) or a module of the name service was touched, every module that the file names is kept:
// which one libc loads depends on what is looked up.
#include <algorithm>

#include "plan/decisions.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// The services of all databases: words outside comments and "[NOTFOUND=return]", without "passwd:".
std::vector<std::string> services_of(std::string_view text) {
  std::vector<std::string> services;
  for (std::string_view line : lines(text)) {
    if (services.size() >= 1000) break;
    line = line.substr(0, line.find('#'));
    line = line.substr(std::min(line.find(':') + 1, line.size()));
    while (!line.empty()) {
      const std::string_view word = line.substr(0, line.find_first_of(" \t"));
      line.remove_prefix(std::min(word.size() + 1, line.size()));
      if (!word.empty() && word.find_first_of("[]=") == std::string_view::npos) services.emplace_back(word);
    }
  }
  std::ranges::sort(services);
  services.erase(std::ranges::unique(services).begin(), services.end());
  return services;
}

}  // namespace

void seed_nss(Decisions& plan, std::string_view rule) {
  const auto asks = [&](const Attribution& found) {
    const std::string_view name = base_name(found.access->path);
    return found.label == Label::kEntry && (found.access->path == "/etc/nsswitch.conf" || name.starts_with("libnss_"));
  };
  const auto cause = std::ranges::find_if(plan.accesses(), asks);
  if (cause == plan.accesses().end()) return;
  for (const std::string& service : services_of(plan.text_at("/etc/nsswitch.conf"))) {
    const Reason why{std::string(rule), cause->access->path, "nsswitch.conf names " + service};
    for (const std::string_view directory : kLibraryDirs)
      plan.keep_path(std::string(directory) + "/libnss_" + service + ".so.2", why);
  }
}

}  // namespace winnow
