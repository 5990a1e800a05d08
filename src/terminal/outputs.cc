// SPDX-License-Identifier: Apache-2.0
// Files that commands write, and what is said of them.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/terminal/terminal.h"

namespace winnow::cli {

Result<void> check_output(const std::string& file) {
  struct stat status{};
  if (file == "-" || (::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
    return {};
  if (S_ISDIR(status.st_mode)) return fail(printable(file) + " is a directory", "name a file with -o");
  const auto slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return std::unexpected(Error::from_errno("writing into " + printable(directory)));
  return {};
}

Result<void> write_output(const std::string& file, std::string_view text) {
  return file == "-" ? write_all(STDOUT_FILENO, text) : write_file_atomically(file, text);
}

void say_profile(const AccessProfile& profile, std::string_view file) {
  const auto reasons = profile.partial_reasons();
  std::uint64_t runs = 0;
  for (const Run& run : profile.runs) runs += run.times;
  say(fmt::format("{}: {} paths from {} run{}, {}", printable(file), profile.accesses.size(), runs,
                  runs == 1 ? "" : "s", reasons.empty() ? "complete" : "partial"));
  for (const std::string& reason : reasons) say("  partial: " + reason);
}

}  // namespace winnow::cli
