// SPDX-License-Identifier: Apache-2.0
// What a reviewer should not overlook: new privileges, devices, and tools that an intruder would be glad of.
#include <algorithm>

#include "diff/tree.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

struct Tools {
  std::string_view what;
  std::vector<std::string_view> names;  // without the version at their end
};

const std::vector<Tools>& known_tools() {
  static const std::vector<Tools> kTools = {
      {"shell",
       {"sh", "ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "rbash", "tcsh", "toybox", "zsh"}},
      {"interpreter",
       {"awk", "bun", "deno", "expect", "gawk", "guile", "java", "lua", "luajit", "mawk", "node", "nodejs", "perl",
        "php", "pypy", "python", "ruby", "tclsh"}},
      {"package-manager",
       {"apk", "apt", "apt-get", "aptitude", "cargo", "composer", "conda", "dnf", "dpkg", "gem", "microdnf",
        "npm", "npx", "opkg",    "pacman",   "pip",   "pnpm",     "rpm",   "uv",  "yarn", "yum", "zypper"}},
      {"network-tool",
       {"curl", "ftp", "nc", "nc.openbsd", "nc.traditional", "ncat", "netcat", "nmap", "rsync", "scp", "sftp", "socat",
        "ssh", "sshd", "tcpdump", "telnet", "wget"}},
      {"compiler", {"as", "cc", "c++", "clang", "g++", "gcc", "go", "ld", "rustc", "tcc"}},
      {"debugger", {"gdb", "gdbserver", "ltrace", "strace"}},
  };
  return kTools;
}

// What kind of tool goes by the name of PATH; empty for none.
std::string_view tool_kind(std::string_view path) {
  const std::string_view name = base_name(path);
  std::string_view stem = name;
  while (!stem.empty() && (stem.back() == '.' || stem.back() == '-' || (stem.back() >= '0' && stem.back() <= '9')))
    stem.remove_suffix(1);
  for (const Tools& tools : known_tools())
    if (std::ranges::find(tools.names, name) != tools.names.end() ||
        std::ranges::find(tools.names, stem) != tools.names.end())
      return tools.what;
  return "";
}

bool can_run(const Entry& entry) {
  if (entry.type == EntryType::kFile) return (entry.mode & 0111) != 0;
  return entry.type == EntryType::kSymlink && parent_of(entry.path).ends_with("bin");
}

std::string_view capability_of(const Entry* entry) {
  if (entry == nullptr) return "";
  const auto found = std::ranges::find(entry->xattrs, "security.capability", &Xattrs::value_type::first);
  return found == entry->xattrs.end() ? std::string_view() : found->second;
}

// A file that gets a bit of MODE, or one that has it and gets another owner to act for.
bool gets(const EntryChange& change, std::uint32_t bit) {
  if (change.after->type != EntryType::kFile || (change.after->mode & bit) == 0) return false;
  const Entry* const before = change.before;
  return before == nullptr || before->type != EntryType::kFile || (before->mode & bit) == 0 ||
         before->uid != change.after->uid || before->gid != change.after->gid;
}

bool is_device(const Entry& entry) {
  return entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice;
}

void look_at(const EntryChange& change, std::size_t at, std::vector<Attention>& attention) {
  if (change.after == nullptr) return;
  const Entry& entry = *change.after;
  const auto tell = [&](std::string_view what) { attention.push_back({std::string(what), entry.path, at}); };
  if (gets(change, 04000)) tell("setuid");
  if (gets(change, 02000)) tell("setgid");
  if (const auto capability = capability_of(&entry); !capability.empty() && capability != capability_of(change.before))
    tell("capability");
  if (is_device(entry) && (change.before == nullptr || !is_device(*change.before))) tell("device");
  if (change.before == nullptr || !can_run(*change.before))
    if (const auto kind = tool_kind(entry.path); !kind.empty() && can_run(entry)) tell(kind);
}

bool is_root(const std::optional<std::string>& user) {
  if (!user) return true;
  const std::string_view name = std::string_view(*user).substr(0, user->find(':'));
  return name == R"("")" || name == R"("root)" || name == R"("root")" || name == R"("0)" || name == R"("0")";
}

}  // namespace

void find_attention(TreeDiff& diff) {
  for (const SettingChange& change : diff.config)
    if (change.field == "User" && is_root(change.after) && !is_root(change.before))
      diff.attention.push_back({"runs-as-root", "", {}});
  for (std::size_t at = 0; at < diff.entries.size(); ++at) look_at(diff.entries[at], at, diff.attention);
}

}  // namespace winnow
