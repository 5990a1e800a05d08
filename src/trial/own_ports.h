// SPDX-License-Identifier: Apache-2.0
// The TCP ports that a container itself listens on, and its network. Somebody else's port is never among them.
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
  std::string address;  // numeric; "0.0.0.0" and "::" are all of the machine's
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
  bool operator==(const Listener&) const = default;
};
// The listening sockets in the text of a /proc/PID/net/tcp or tcp6 (proc_pid_net(5)).
std::vector<Listener> parse_listeners(std::string_view text);

struct OwnPort {
  std::uint16_t port = 0;
  std::vector<std::string> addresses;  // where it can be asked within its network, best first; never empty
  bool operator==(const OwnPort&) const = default;
};
// The ports of ALL whose sockets are among OWN, sorted. An address where a socket of somebody else's could answer is
// left out.
std::vector<OwnPort> ports_of(const std::vector<Listener>& all, const std::set<std::uint64_t>& own);

// The ports that the processes in the cgroup of PID listen on, a container's first process.
Result<std::vector<OwnPort>> own_ports(pid_t pid);

// Runs WORK in the network that PID is in: sockets that it makes are there. Needs CAP_SYS_ADMIN if that is not ours.
Result<void> in_network_of(pid_t pid, const std::function<void()>& work);

// Whether PORT, in the network of PID, is one that the kernel may have chosen (ip_local_port_range, ip(7)).
bool is_ephemeral(std::uint16_t port);

}  // namespace winnow
