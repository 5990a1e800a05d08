// SPDX-License-Identifier: Apache-2.0
// The choice between tar and pick, and pick itself, as the build made it.
#include "emit/helper.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

// What the assembler copies in: WINNOW_PICK is the program's path.
__asm__(
    ".pushsection .rodata\n"
    ".global winnow_helper_begin\n"
    ".global winnow_helper_end\n"
    "winnow_helper_begin:\n"
    ".incbin \"" WINNOW_PICK
    "\"\n"
    "winnow_helper_end:\n"
    ".byte 0\n"
    ".popsection\n");
extern "C" {
extern const char winnow_helper_begin[];  // NOLINT(modernize-avoid-c-arrays): labels of the assembler
extern const char winnow_helper_end[];
}

namespace winnow {
namespace {

// As image configs write it (Go's GOARCH).
#if defined(__x86_64__)
constexpr std::string_view kArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kArchitecture = "arm64";
#else
constexpr std::string_view kArchitecture = "another architecture";
#endif

// The programs that the sh and tar form runs, at the places where their names may be.
constexpr std::array<std::array<const char*, 2>, 3> kTools = {{
    {"/bin/sh", "/usr/bin/sh"},
    {"/bin/tar", "/usr/bin/tar"},
    {"/bin/mkdir", "/usr/bin/mkdir"},
}};
// Variables of the source's config that make these programs do something else.
constexpr std::array<std::string_view, 6> kInfluences = {
    "TAR_OPTIONS=", "POSIXLY_CORRECT", "LD_PRELOAD=", "LD_LIBRARY_PATH=", "LD_AUDIT=", "ENV="};

std::string missing_tool(const Index& source) {
  for (const auto& paths : kTools)
    if (std::ranges::none_of(paths, [&](const char* path) { return source.resolve(path).entry.has_value(); }))
      return paths[0];
  return "";
}

// Several programs in one file, as /bin/tar: none has GNU tar's options and formats.
bool is_multi_call(const Index& source, const Entry& tar) {
  if (tar.path.ends_with("bsdtar")) return true;
  return std::ranges::any_of(source.entries, [&](const Entry& entry) {
    const auto name = base_name(entry.path);
    return (name.starts_with("busybox") || name.starts_with("toybox")) && entry.type == EntryType::kFile &&
           (entry.path == tar.path || entry.sha256 == tar.sha256);
  });
}

bool has_gnu_tar(const Index& source) {
  for (const char* path : kTools[1])
    if (const auto found = source.resolve(path).entry) return !is_multi_call(source, source.entries[*found]);
  return false;
}

// Why sh and tar, which are there, might not do it well.
bool tar_is_doubtful(const Index& source, std::span<const Entry* const> listed) {
  return std::ranges::any_of(listed, [](const Entry* entry) { return !entry->xattrs.empty(); }) ||
         std::ranges::any_of(source.config.env, [](const std::string& variable) {
           return std::ranges::any_of(kInfluences, [&](std::string_view name) { return variable.starts_with(name); });
         });
}

}  // namespace

std::string_view helper_program() {
  return {winnow_helper_begin, static_cast<std::size_t>(winnow_helper_end - winnow_helper_begin)};
}

bool needs_zero(std::span<const Entry* const> listed) {
  return std::ranges::any_of(
      listed, [](const Entry* entry) { return entry->path.find_first_of("\n\r\\\"'") != std::string::npos; });
}

Result<bool> choose_helper(const Index& source, std::span<const Entry* const> listed, bool special, HelperUse use) {
  const std::string& architecture = source.config.architecture;
  const bool runs = architecture.empty() || architecture == kArchitecture;
  if (use == HelperUse::kAlways && !runs)
    return fail(
        fmt::format("the helper program is for {}, the source image for {}", kArchitecture, printable(architecture)),
        "run winnow on that architecture, or use the image's own tar with --helper never");
  if (use == HelperUse::kAlways) return true;

  const std::string missing = missing_tool(source);
  const bool gnu = has_gnu_tar(source);
  std::string unfit;
  if (!missing.empty())
    unfit = fmt::format("the source image has no {}, which the Dockerfile needs to pick files", missing);
  else if (!gnu)
    unfit = "the tar of the source image is not GNU tar, which the Dockerfile needs to pick files";
  else if (special)
    unfit = "an addition is setuid, setgid or sticky, which a build context does not carry for tar";
  const bool helps = use == HelperUse::kAuto && runs;
  if (unfit.empty()) return helps && tar_is_doubtful(source, listed);
  if (helps) return true;
  return fail(unfit, use == HelperUse::kNever
                         ? "let a program of winnow's do it with --helper auto, or write the image with --image"
                         : fmt::format("winnow's own program is for {}: write the image itself with --image instead",
                                       kArchitecture));
}

}  // namespace winnow
