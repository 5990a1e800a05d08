// SPDX-License-Identifier: Apache-2.0
// Calls that need something made before: descriptors, sockets, mounts, structures.
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "real_calls.h"

namespace winnow::test {
namespace {

constexpr int kBroken = 71;

long number_of(const void* pointer) { return reinterpret_cast<long>(pointer); }

int opened(Place& place, const char* name) {
  const int fd = ::open(place.at(name), O_RDONLY);
  if (fd < 0) ::_exit(kBroken);
  return fd;
}

template <typename Value>
Value* low(Place& place, const Value& value) {
  return reinterpret_cast<Value*>(place.low({reinterpret_cast<const char*>(&value), sizeof(value)}));
}

// A struct sockaddr_un, and its length without the NUL of the name.
struct Address {
  sockaddr_un* place;
  long length;
};

Address address_of(Place& place, const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = place.at(name);
  std::memcpy(address.sun_path, path.data(), path.size());
  return {low(place, address), static_cast<long>(offsetof(sockaddr_un, sun_path) + path.size())};
}

int socket_at(Place& place, const char* name, int type) {
  const int fd = ::socket(AF_UNIX, type, 0);
  const auto [address, length] = address_of(place, name);
  if (::bind(fd, reinterpret_cast<sockaddr*>(address), static_cast<socklen_t>(length)) != 0) ::_exit(kBroken);
  if (type == SOCK_STREAM && ::listen(fd, 1) != 0) ::_exit(kBroken);
  return fd;
}

// A struct msghdr to that address, as the call reads it; in an array of struct mmsghdr each takes SIZE bytes.
std::string message_to(Place& place, const char* name, std::size_t size) {
  const auto [address, length] = address_of(place, name);
  std::string bytes(size, '\0');
  const std::size_t pointer = place.compat() ? 4 : 8;
  std::memcpy(bytes.data(), &address, pointer);  // x86 and arm64 are little-endian
  std::memcpy(bytes.data() + pointer, &length, 4);
  return bytes;
}

void open_by_handle(Place& place) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + 128> bytes{};
  auto* handle = reinterpret_cast<file_handle*>(bytes.data());
  handle->handle_bytes = 128;
  int mount = 0;
  if (::name_to_handle_at(AT_FDCWD, place.at("there"), handle, &mount, 0) != 0) ::_exit(kAbsent);
  place.call({opened(place, "."), number_of(place.low({bytes.data(), bytes.size()})), O_RDONLY});
}

void list(Place& place) {
  const int fd = opened(place, "d");
  while (place.call({fd, Word::room(), 4096}) > 0) continue;
}

void watch_inotify(Place& place) {
  const int fd = ::inotify_init();
  place.call({fd, "there", IN_OPEN});
  place.call({fd, "link", IN_OPEN | IN_DONT_FOLLOW});
  place.call({fd, "none", IN_OPEN});
}

void watch_fanotify(Place& place) {
  const int fd = ::fanotify_init(FAN_CLASS_NOTIF, 0);
  if (fd < 0) ::_exit(kAbsent);
  for (const auto& [name, flags] :
       {std::pair("there", 0), std::pair("link", FAN_MARK_DONT_FOLLOW), std::pair("none", 0)}) {
    if (place.compat())  // the 64-bit mask takes two
      place.call({fd, FAN_MARK_ADD | flags, FAN_OPEN, 0, AT_FDCWD, name});
    else
      place.call({fd, FAN_MARK_ADD | flags, FAN_OPEN, AT_FDCWD, name});
  }
}

std::vector<RealCall> of_descriptors() {
  const Lines moved = {"dir ./d -> ./d", "miss ./none"};
  const auto move = [](Place& place) {
    place.call({"none"});
    place.call({"d"});
  };
  return {
      {"sys_open_by_handle_at compat_sys_open_by_handle_at",
       open_by_handle,
       {"lstat ./there", "open ./. -> .", "open ./there -> ./there"}},
      {"sys_chdir sys_chroot", move, moved},
      {"sys_fchdir sys_fchroot", [](Place& place) { place.call({opened(place, "d")}); }, {"open,dir ./d -> ./d"}},
      {"sys_getdents sys_getdents64 compat_sys_getdents", list, {"open,list ./d -> ./d"}},
      {"compat_sys_old_readdir",
       [](Place& place) { place.call({opened(place, "d"), Word::room(), 1}); },
       {"open,list ./d -> ./d"}},
      {"sys_inotify_add_watch", watch_inotify, {"lstat ./link", "miss ./none", "stat ./there"}},
      {"sys_fanotify_mark compat_sys_fanotify_mark", watch_fanotify, {"lstat ./link", "miss ./none", "stat ./there"}},
  };
}

void send_to(Place& place) {
  (void)socket_at(place, "sock", SOCK_DGRAM);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  for (const char* name : {"sock", "there", "none"}) {
    const auto [address, length] = address_of(place, name);
    place.call({fd, Word::room(), 1, 0, number_of(address), length});
  }
  place.call({fd, Word::room(), 1, 0, 0, 0});
  place.call({::socket(AF_UNIX, SOCK_STREAM, 0), Word::room(), 1, 0, number_of(address_of(place, "other").place), 20});
}

void send_message(Place& place) {
  (void)socket_at(place, "sock", SOCK_DGRAM);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  for (const char* name : {"sock", "there", "none"})
    place.call({fd, number_of(place.low(message_to(place, name, 56))), 0});
}

void send_messages(Place& place) {
  for (const char* name : {"sock", "sock2"}) (void)socket_at(place, name, SOCK_DGRAM);
  const std::size_t size = place.compat() ? 32 : 64;
  const std::string two = message_to(place, "sock", size) + message_to(place, "sock2", size);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  if (place.call({fd, number_of(place.low(two)), 2, 0}) != 2) ::_exit(kBroken);
  place.call({fd, number_of(place.low(message_to(place, "none", size))), 1, 0});
}

void bind_socket(Place& place) {
  for (const char* name : {"sock", "none/x"}) {
    const auto [address, length] = address_of(place, name);
    place.call({::socket(AF_UNIX, SOCK_STREAM, 0), number_of(address), length});
  }
  sockaddr_un abstract{};
  abstract.sun_family = AF_UNIX;
  place.call({::socket(AF_UNIX, SOCK_STREAM, 0), number_of(low(place, abstract)), 20});
}

void connect_sockets(Place& place) {
  (void)socket_at(place, "sock", SOCK_STREAM);
  for (const char* name : {"sock", "there", "none"}) {
    const auto [address, length] = address_of(place, name);
    place.call({::socket(AF_UNIX, SOCK_STREAM, 0), number_of(address), length});
  }
}

// socketcall(2) with these arguments in memory.
long packed(Place& place, int number, const std::vector<long>& arguments) {
  std::string words;
  for (const long argument : arguments) words.append(reinterpret_cast<const char*>(&argument), 4);
  return place.call({number, number_of(place.low(words))});
}

void call_sockets(Place& place) {
  const int server = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  const int client = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  const auto to = [&](const char* name) { return number_of(address_of(place, name).place); };
  const long length = address_of(place, "sock").length;
  if (packed(place, 2, {server, to("sock"), length}) != 0) ::_exit(kBroken);
  packed(place, 3, {client, to("none"), length});
  packed(place, 11, {client, number_of(place.room()), 1, 0, to("there"), length + 1});
  packed(place, 16, {client, number_of(place.low(message_to(place, "other", 28))), 0});
  packed(place, 20, {client, number_of(place.low(message_to(place, "e", 32))), 1, 0});
  packed(place, 1, {AF_UNIX, SOCK_DGRAM, 0});
}

std::vector<RealCall> of_sockets() {
  const Lines sent = {"miss ./none", "stat ./there", "stat,dir ./sock"};
  return {
      {"sys_bind", bind_socket, {"dir ./sock", "miss ./none/x"}},
      {"sys_connect", connect_sockets, sent},
      {"sys_sendto", send_to, sent},
      {"sys_sendmsg compat_sys_sendmsg", send_message, sent},
      {"sys_sendmmsg compat_sys_sendmmsg", send_messages, {"miss ./none", "stat,dir ./sock", "stat,dir ./sock2"}},
      {"compat_sys_socketcall",
       call_sockets,
       {"dir ./sock", "miss ./none", "stat ./e", "stat ./other", "stat ./there"}},
  };
}

void mount_over(Place& place) {
  place.mount_own("tmpfs");
  place.call({Word::text("none"), "e", Word::text("tmpfs"), 0, 0});
  place.call({"there", "other", 0, MS_BIND, 0});
  place.call({"none", "none", 0, MS_BIND, 0});
}

void unmount(Place& place) {
  place.mount_own("tmpfs");
  place.call({"d", 0});
  place.call({"none", 0});
}

void move(Place& place) {
  place.mount_own("tmpfs");
  if (place.call({AT_FDCWD, "d", AT_FDCWD, "e", 0}) != 0) ::_exit(kBroken);
  place.call({AT_FDCWD, "none", AT_FDCWD, "none", 0});
}

void set_attributes(Place& place) {
  place.mount_own("tmpfs");
  const std::array<std::uint64_t, 4> read_only = {1, 0, 0, 0};  // struct mount_attr
  for (const char* name : {"d", "none"}) place.call({AT_FDCWD, name, 0, number_of(low(place, read_only)), 32});
}

void pick(Place& place) {
  place.mount_own("tmpfs");
  for (const char* name : {"d", "none"}) place.call({AT_FDCWD, name, 0});
}

// ext4 looks its journal's device up at once, and wants no more of it here than that it is one.
void configure(Place& place) {
  const int fd = static_cast<int>(::syscall(SYS_fsopen, "ext4", 0));
  if (fd < 0) ::_exit(kAbsent);
  if (::mknod(place.at("device"), S_IFBLK | 0600, 0x100) != 0) ::_exit(kBroken);
  constexpr int kSetPath = 3;
  if (place.call({fd, kSetPath, Word::text("journal_path"), "device", AT_FDCWD}) != 0) ::_exit(kBroken);
  place.call({fd, 1, Word::text("source"), "other", 0});  // FSCONFIG_SET_STRING
}

void pin(Place& place) {
  place.mount_own("bpf");
  std::array<char, 120> attributes{};  // union bpf_attr
  const std::array<std::uint32_t, 4> array = {BPF_MAP_TYPE_ARRAY, 4, 4, 1};
  std::memcpy(attributes.data(), array.data(), sizeof(array));
  const auto map = static_cast<int>(::syscall(SYS_bpf, BPF_MAP_CREATE, attributes.data(), attributes.size()));
  const auto object = [&](int command, const char* name) {
    const std::array<std::uint64_t, 2> named = {static_cast<std::uint64_t>(number_of(place.at(name))),
                                                static_cast<std::uint64_t>(command == BPF_OBJ_PIN ? map : 0)};
    return place.call({command, number_of(low(place, named)), 16});
  };
  if (object(BPF_OBJ_PIN, "d/pinned") != 0) ::_exit(kBroken);
  if (object(BPF_OBJ_GET, "d/pinned") < 0) ::_exit(kBroken);
  object(BPF_OBJ_GET, "none");
}

std::vector<RealCall> of_mounts() {
  return {
      {"sys_mount", mount_over, {"miss ./none", "stat ./d", "stat ./e", "stat ./other", "stat ./there"}},
      {"sys_umount sys_oldumount", unmount, {"miss ./none", "stat ./d"}},
      {"sys_move_mount", move, {"lstat ./e", "miss ./none", "stat,lstat ./d"}},
      {"sys_mount_setattr", set_attributes, {"miss ./none", "stat ./d"}},
      {"sys_fspick", pick, {"miss ./none", "stat ./d"}},
      {"sys_fsconfig", configure, {"stat,dir ./device"}},
      {"sys_bpf", pin, {"miss ./none", "stat ./d", "stat,dir ./d/pinned"}},
  };
}

}  // namespace

std::vector<RealCall> prepared_calls() {
  std::vector<RealCall> all = of_descriptors();
  for (const auto& more : {of_sockets(), of_mounts()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace winnow::test
