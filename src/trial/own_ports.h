// SPDX-License-Identifier: Apache-2.0
// Finds the TCP ports on which the processes of a container listen, and enters its network.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

struct Listener {
  std::string address;  // numeric; "0.0.0.0" and "::" mean all addresses
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
  bool operator==(const Listener&) const = default;
};
// The listening sockets in the text of a /proc/PID/net/tcp or tcp6 (proc_pid_net(5)).
std::vector<Listener> parse_listeners(std::string_view text);

struct OwnPort {
  std::uint16_t port = 0;
  std::vector<std::string> addresses;  // at which it can be reached in its network, the best first; never empty
  bool operator==(const OwnPort&) const = default;
};
// Returns the ports of those of ALL with an inode in OWN, sorted. An address at which another process's socket could
// answer is left out.
std::vector<OwnPort> ports_of(const std::vector<Listener>& all, const std::set<std::uint64_t>& own);

// Returns the ports on which the processes in the cgroup of PID listen. PID is a container's first process.
Result<std::vector<OwnPort>> own_ports(pid_t pid);

// Runs WORK in the network namespace of PID, so that its sockets are there. Needs CAP_SYS_ADMIN if that is not ours.
Result<void> in_network_of(pid_t pid, const std::function<void()>& work);

// Whether the kernel may have chosen PORT: it is in the ip_local_port_range (ip(7)) of the calling thread's network
// namespace.
bool is_ephemeral(std::uint16_t port);

}  // namespace winnow
