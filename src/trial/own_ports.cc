// SPDX-License-Identifier: Apache-2.0
// A container's sockets by their inodes: those that its processes hold, among those that its network has.
#include "trial/own_ports.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/record/cgroup.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxGroups = 256;         // cgroups below a container's own
constexpr std::size_t kMaxProcesses = 4096;     // of one container
constexpr std::size_t kMaxDescriptors = 65536;  // of one process
constexpr int kListening = 0x0a;                // TCP_LISTEN (include/net/tcp_states.h)

using Directory = std::unique_ptr<DIR, decltype([](DIR* directory) { ::closedir(directory); })>;

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "0100007F", or four such words for IPv6: each word is a number in the machine's byte order.
std::string address_in(std::string_view hex) {
  std::uint32_t words[4] = {};
  const std::size_t count = hex.size() / 8;
  if (hex.size() % 8 != 0 || (count != 1 && count != 4)) return "";
  for (std::size_t at = 0; at < count; ++at) {
    const auto word = number<std::uint32_t>(hex.substr(8 * at, 8), 16);
    if (!word) return "";
    words[at] = *word;
  }
  const bool mapped = count == 4 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff);
  char text[INET6_ADDRSTRLEN] = "";
  if (count == 1 || mapped)
    ::inet_ntop(AF_INET, &words[count - 1], text, sizeof text);
  else
    ::inet_ntop(AF_INET6, words, text, sizeof text);
  return text;
}

// Whether a socket at LISTENING could be the one that answers at ASKED.
bool may_answer(const std::string& listening, const std::string& asked) {
  return listening == asked || listening == "::" || (listening == "0.0.0.0" && !asked.contains(':'));
}

// The processes in the cgroup's directory and below it.
void add_processes(const std::string& directory, std::size_t& groups, std::vector<pid_t>& processes) {
  if (++groups > kMaxGroups) return;
  std::istringstream text(read_file(directory + "/cgroup.procs").value_or(""));
  for (pid_t pid = 0; text >> pid && processes.size() < kMaxProcesses;) processes.push_back(pid);
  const Directory children(::opendir(directory.c_str()));
  while (const dirent* child = children ? ::readdir(children.get()) : nullptr)
    if (child->d_type == DT_DIR && child->d_name[0] != '.')
      add_processes(directory + "/" + child->d_name, groups, processes);
}

Result<std::vector<pid_t>> processes_beside(pid_t pid) {
  TRY(const auto hierarchy, hierarchy_of_process(pid));
  TRY(const auto cgroup, cgroup_of_process(pid, hierarchy));
  std::vector<pid_t> processes = {pid};  // alone, if the cgroup is the whole machine's
  std::size_t groups = 0;
  if (cgroup.path != "/") add_processes(hierarchy.mount + cgroup.path, groups, processes);
  return processes;
}

// "socket:[12345]"
void add_sockets(pid_t pid, std::set<std::uint64_t>& inodes) {
  const Directory descriptors(::opendir(fmt::format("/proc/{}/fd", pid).c_str()));
  std::size_t seen = 0;
  while (const dirent* one = descriptors && seen < kMaxDescriptors ? ::readdir(descriptors.get()) : nullptr) {
    ++seen;
    char target[64];
    const ssize_t length = ::readlinkat(::dirfd(descriptors.get()), one->d_name, target, sizeof target);
    std::string_view text(target, static_cast<std::size_t>(std::max<ssize_t>(0, length)));
    if (!text.starts_with("socket:[") || !text.ends_with(']')) continue;
    text = text.substr(8, text.size() - 9);
    if (const auto inode = number<std::uint64_t>(text)) inodes.insert(*inode);
  }
}

std::string network_of(std::string_view process) { return fmt::format("/proc/{}/ns/net", process); }

}  // namespace

std::vector<Listener> parse_listeners(std::string_view text) {
  std::vector<Listener> listeners;
  std::istringstream rows{std::string(text)};
  for (std::string row; std::getline(rows, row);) {
    if (!row.contains(" 0A ")) continue;  // most are connections
    // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
    std::istringstream fields(row);
    std::string number_of_row, local, remote, state, skipped, inode;
    fields >> number_of_row >> local >> remote >> state;
    for (int at = 0; at < 5; ++at) fields >> skipped;
    if (!(fields >> inode)) continue;
    const auto colon = local.find(':');
    if (colon == std::string::npos || number<int>(state, 16) != kListening) continue;
    const auto port = number<std::uint16_t>(std::string_view(local).substr(colon + 1), 16);
    const auto id = number<std::uint64_t>(inode);
    std::string address = address_in(std::string_view(local).substr(0, colon));
    if (port && id && !address.empty()) listeners.push_back({std::move(address), *port, *id});
  }
  return listeners;
}

std::vector<OwnPort> ports_of(const std::vector<Listener>& all, const std::set<std::uint64_t>& own) {
  const auto is_own = [&](const Listener& one) { return own.contains(one.inode); };
  std::map<std::uint16_t, std::vector<std::string>> found;
  for (const Listener& one : all) {
    if (!is_own(one)) continue;
    std::vector<std::string> asked = {one.address};
    if (one.address == "0.0.0.0") asked = {"127.0.0.1"};
    if (one.address == "::") asked = {"127.0.0.1", "::1"};
    if (one.address.starts_with("fe80:")) asked.clear();  // means nothing without an interface
    for (std::string& address : asked) {
      const bool shared = std::ranges::any_of(all, [&](const Listener& other) {
        return !is_own(other) && other.port == one.port && may_answer(other.address, address);
      });
      auto& addresses = found[one.port];
      if (!shared && std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(std::move(address));
    }
  }
  std::vector<OwnPort> ports;
  for (auto& [port, addresses] : found)
    if (!addresses.empty()) ports.push_back({port, std::move(addresses)});
  return ports;
}

Result<std::vector<OwnPort>> own_ports(pid_t pid) {
  std::vector<Listener> all;
  for (const char* table : {"tcp", "tcp6"}) {
    const auto text = read_file(fmt::format("/proc/{}/net/{}", pid, table));
    if (!text && table == std::string_view("tcp")) return std::unexpected(text.error());
    for (Listener& one : parse_listeners(text.value_or(""))) all.push_back(std::move(one));
  }
  if (all.empty()) return std::vector<OwnPort>{};
  TRY(const auto processes, processes_beside(pid));
  std::set<std::uint64_t> inodes;
  for (const pid_t one : processes) add_sockets(one, inodes);
  return ports_of(all, inodes);
}

Result<void> in_network_of(pid_t pid, const std::function<void()>& work) {
  const auto network = open_file(network_of(std::to_string(pid)), O_RDONLY);
  if (!network) return std::unexpected(network.error().within("the container's network"));
  struct stat its{}, ours{};
  if (::fstat(network->get(), &its) != 0 || ::stat(network_of("self").c_str(), &ours) != 0)
    return std::unexpected(Error::from_errno("telling the container's network from ours"));
  if (its.st_ino == ours.st_ino && its.st_dev == ours.st_dev) {
    work();
    return {};
  }
  int refused = 0;
  std::thread inside([&] {  // a thread can be in another network, and ends there
    if (::setns(network->get(), CLONE_NEWNET) == 0)
      work();
    else
      refused = errno;
  });
  inside.join();
  if (refused == 0) return {};
  auto error = Error::from_errno("entering the container's network", refused);
  error.advice = Advice::kPortsHidden;
  return std::unexpected(error);
}

bool is_ephemeral(std::uint16_t port) {
  std::istringstream range(read_file("/proc/sys/net/ipv4/ip_local_port_range", 64).value_or(""));
  int low = 32768, high = 60999;
  range >> low >> high;
  return port >= low && port <= high;
}

}  // namespace winnow
