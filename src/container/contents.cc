// SPDX-License-Identifier: Apache-2.0
// Writes a bundle.
#include "container/contents.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "container/debris.h"
#include "container/runtime.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/container/unpack.h"

namespace winnow::container {
namespace {

constexpr std::size_t kMaxDatabase = std::size_t{1} << 20;  // of an image: /etc/passwd and /etc/group
constexpr std::size_t kMaxHostFile = std::size_t{16}
                                     << 20;  // of this machine: /etc/hosts may be a list of blocked ones

struct Machine {
  const char* uname;
  std::initializer_list<std::string_view> runs;  // architectures of images, as GOARCH has them
};
const Machine kMachines[] = {
    {"x86_64", {"amd64", "386"}}, {"aarch64", {"arm64", "arm"}}, {"armv7l", {"arm"}},      {"i686", {"386"}},
    {"ppc64le", {"ppc64le"}},     {"s390x", {"s390x"}},          {"riscv64", {"riscv64"}},
};

// An image that says nothing is taken at its word.
Result<void> check_platform(const RuntimeConfig& config) {
  utsname host{};
  ::uname(&host);
  bool runs = config.architecture.empty();
  for (const Machine& machine : kMachines)
    if (std::string_view(host.machine) == machine.uname)
      runs |= std::ranges::find(machine.runs, config.architecture) != machine.runs.end();
  if (runs && (config.os.empty() || config.os == "linux")) return {};
  return fail(fmt::format("the image is for {}/{}, this machine is linux/{}", printable(config.os),
                          printable(config.architecture), host.machine),
              "--platform chooses one of several images");
}

Result<std::string> random_id() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return std::unexpected(Error::from_errno("getting random numbers"));
  return Digest::from_bytes(bytes).hex();
}

// The path of an index has no links on its way, and the tree is as the index says.
std::string database(const Index& index, const std::string& tree, const char* path) {
  const auto entry = index.resolve(path).entry;
  if (!entry || index.entries[*entry].type != EntryType::kFile) return "";
  return read_regular_file(tree + index.entries[*entry].path, kMaxDatabase).value_or("");
}

std::string capabilities_mask() {
  const std::string text = read_file("/proc/self/status", 1 << 16).value_or("");
  constexpr std::string_view kField = "\nCapPrm:\t";
  const auto at = text.find(kField);
  if (at == std::string::npos) return "";
  return text.substr(at + kField.size(), text.find('\n', at + 1) - at - kField.size());
}

bool has_unified_cgroups() {
  struct statfs status{};
  return ::statfs("/sys/fs/cgroup", &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

// Not synced, which would write the whole unpacked image to the disk: after a crash of the machine nothing of it is
// wanted.
Result<void> write_file(const std::string& path, std::string_view text) {
  TRY(const auto fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
  return ::fchmod(fd.get(), 0644) == 0 ? write_all(fd.get(), text)
                                       : std::unexpected(Error::from_errno("writing " + printable(path)));
}

Result<void> make_directories(const std::string& directory) {
  TRY_DO(make_directory(directory));
  if (::chmod(directory.c_str(), 0700) != 0)
    return std::unexpected(Error::from_errno("closing " + printable(directory) + " to others"));
  for (const char* const name : {kTree, "upper", "work", kRootMount, "bundle", "files", "volumes"})
    TRY_DO(make_directory(fmt::format("{}/{}", directory, name)));
  return {};
}

// What docker lays over every image (moby, daemon/initlayer/setup_unix.go). What an image has there itself is not seen,
// unless it is a directory.
struct Laid {
  std::string_view path;
  enum { kDirectory, kFile, kLink } kind;
};
constexpr Laid kLaid[] = {
    {"/dev/pts", Laid::kDirectory},    {"/dev/shm", Laid::kDirectory}, {"/dev/console", Laid::kFile},
    {"/proc", Laid::kDirectory},       {"/sys", Laid::kDirectory},     {"/.dockerenv", Laid::kFile},
    {"/etc/resolv.conf", Laid::kFile}, {"/etc/hosts", Laid::kFile},    {"/etc/hostname", Laid::kFile},
    {"/etc/mtab", Laid::kLink},
};
constexpr auto kMtab = "/proc/mounts";

Result<Fd> directory_in(const Fd& above, const std::string& name) {
  if (::mkdirat(above.get(), name.c_str(), 0755) != 0 && errno != EEXIST)
    return std::unexpected(Error::from_errno("making " + printable(name)));
  Fd directory(::openat(above.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) return std::unexpected(Error::from_errno("opening " + printable(name)));
  return directory;
}

Result<void> lay(const std::string& tree, const Laid& laid) {
  auto at = open_file(tree, O_RDONLY | O_DIRECTORY);
  const auto parts = components_of(laid.path);
  for (std::size_t i = 0; at && i < parts.size(); ++i) {
    const std::string name(parts[i]);
    ::unlinkat(at->get(), name.c_str(), 0);  // a directory stays
    if (i + 1 < parts.size() || laid.kind == Laid::kDirectory) {
      at = directory_in(*at, name);
    } else if (laid.kind == Laid::kLink) {
      if (::symlinkat(kMtab, at->get(), name.c_str()) != 0 && errno != EEXIST)
        return std::unexpected(Error::from_errno("making " + printable(name)));
    } else {
      const Fd file(::openat(at->get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755));
      if (!file.valid() && errno != EEXIST) return std::unexpected(Error::from_errno("making " + printable(name)));
      if (file.valid()) ::fchmod(file.get(), 0755);
    }
  }
  return at ? Result<void>{} : std::unexpected(at.error());
}

// The upper directory stands for the image's root: its owner and mode are what the container sees there.
Result<void> like_root(const std::string& directory, const Entry& root) {
  if (::chown(directory.c_str(), root.uid, root.gid) == 0 && ::chmod(directory.c_str(), root.mode & 07777) == 0)
    return {};
  return std::unexpected(Error::from_errno("preparing " + printable(directory)));
}

}  // namespace

Result<Contents> Contents::begin(const Image& image, const ContainerOptions& options) {
  const Index& index = image.index();
  TRY_DO(check_platform(index.config));
  TRY(auto settings, settings_of(index.config, index.config_json, options, std::getenv));
  for (const MountPoint& mount : settings.mounts)
    if (mount.type == "bind" && ::access(mount.source.c_str(), F_OK) != 0)
      return std::unexpected(
          Error::from_errno("mounting " + printable(mount.source) + " at " + printable(mount.destination)));
  TRY(auto id, random_id());
  Contents contents;
  contents.id = std::move(id);
  contents.cgroup = cgroup_named(contents.id);
  contents.settings = std::move(settings);
  return contents;
}

Result<void> Contents::unpack_to(const Image& image, const std::string& directory, std::string_view from) {
  TRY(auto unpacked, unpack(image, directory, from, interrupted_));
  if (from != "/") return {};  // what is left out there was left out of the whole, too
  for (std::string& one : unpacked.left_out) notes.push_back("left out of the image: " + std::move(one));
  if (const auto more = unpacked.left_out_count - unpacked.left_out.size(); more > 0)
    notes.push_back(fmt::format("left out of the image: {} more", more));
  return {};
}

Result<std::vector<MountPoint>> Contents::make_volumes(const Image& image, const std::string& directory) {
  std::vector<MountPoint> mounts;
  for (const std::string& path : settings.anonymous) {
    const std::string source = fmt::format("{}/volumes/{}", directory, mounts.size());
    TRY_DO(make_directory(source));
    if (::chmod(source.c_str(), 0755) != 0) return std::unexpected(Error::from_errno("preparing a volume"));
    const auto entry = image.index().resolve(path).entry;
    const Entry* const found = entry ? &image.index().entries[*entry] : nullptr;
    if (found != nullptr && found->type == EntryType::kDirectory)
      if (auto unpacked = unpack_to(image, source, found->path); !unpacked)
        return std::unexpected(unpacked.error().within("filling volume " + printable(path)));
    if (found != nullptr && found->type != EntryType::kDirectory)
      return fail(fmt::format("volume {} is not a directory in the image", printable(path)));
    mounts.push_back({path, "bind", source, {"rbind", "rprivate"}});
  }
  return mounts;
}

// As docker has it for a container on the network of its host: files of the container's own with the host's content.
Result<std::vector<MountPoint>> Contents::make_host_files(const std::string& directory,
                                                          const std::string& hostname) const {
  std::vector<MountPoint> mounts;
  for (const std::string_view name : {"hostname", "hosts", "resolv.conf"}) {
    const std::string destination = fmt::format("/etc/{}", name);
    const std::string source = fmt::format("{}/files/{}", directory, name);
    const auto text = name == "hostname" ? hostname + "\n" : read_file(destination, kMaxHostFile).value_or("");
    TRY_DO(write_file(source, text));
    mounts.push_back({destination, "bind", source, {"rbind", "rprivate"}});
  }
  return mounts;
}

Result<void> Contents::make(const Image& image, const std::string& directory, const std::atomic<bool>* interrupted) {
  interrupted_ = interrupted;
  TRY_DO(make_directories(directory));
  TRY_DO(write_file(directory + std::string(kCgroupFile), cgroup + "\n"));
  const std::string tree = fmt::format("{}/{}", directory, kTree);
  const Index& index = image.index();
  TRY_DO(unpack_to(image, tree, "/"));
  TRY_DO(like_root(directory + "/upper", index.entries[0]));
  for (const Laid& one : kLaid)
    if (auto laid = lay(tree, one); !laid)
      return std::unexpected(laid.error().within("preparing the container's root"));
  TRY(const auto user,
      resolve_user(settings.user, database(index, tree, "/etc/passwd"), database(index, tree, "/etc/group")));
  utsname host{};
  ::uname(&host);
  Surroundings here{.root = fmt::format("{}/{}", directory, kRootMount),
                    .cgroup = cgroup,
                    .hostname = host.nodename,
                    .capabilities = default_capabilities(capabilities_mask()),
                    .mounts = {},
                    .unified_cgroups = has_unified_cgroups()};
  TRY(auto files, make_host_files(directory, here.hostname));
  TRY(auto volumes, make_volumes(image, directory));
  here.mounts = std::move(files);
  here.mounts.insert(here.mounts.end(), volumes.begin(), volumes.end());
  try {
    return write_file(directory + "/bundle/config.json", config_json(settings, user, here));
  } catch (const std::exception&) {
    return std::unexpected(Error::usage("an argument or a variable is not UTF-8", "runc reads its config as JSON"));
  }
}

}  // namespace winnow::container
