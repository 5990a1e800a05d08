// SPDX-License-Identifier: Apache-2.0
// Which ports are a container's own, and at which address each may be asked.
#include "trial/own_ports.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "winnow/base/file.h"

namespace winnow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Listeners, AreReadFromTheKernelsTables) {
  EXPECT_THAT(
      parse_listeners(
          "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
          "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n"
          "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n"
          "   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0\n"),
      ElementsAre(Listener{"127.0.0.1", 8080, 4711}, Listener{"0.0.0.0", 80, 4712}));
  EXPECT_THAT(parse_listeners("   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A "
                              "00000000:00000000 00:00000000 00000000     0        0 1 1 0\n"
                              "   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A "
                              "00000000:00000000 00:00000000 00000000     0        0 2 1 0\n"
                              "   2: 0000000000000000FFFF0000020011AC:0052 00000000000000000000000000000000:0000 0A "
                              "00000000:00000000 00:00000000 00000000     0        0 3 1 0\n"),
              ElementsAre(Listener{"::", 80, 1}, Listener{"::1", 81, 2}, Listener{"172.17.0.2", 82, 3}));
  EXPECT_THAT(parse_listeners(" 0A \n 0: x:y 0 0A 0 0 0 0 0 0 1\n 0: 0100007F 0 0A 0 0 0 0 0 0 1\n 0: 01:1F90 0 0A 0"),
              IsEmpty());
}

TEST(Ports, AreAskedWhereTheyListen) {
  EXPECT_THAT(
      ports_of({{"0.0.0.0", 80, 1}, {"::", 81, 2}, {"172.17.0.2", 82, 3}, {"::1", 80, 4}, {"fe80::1", 83, 5}},
               {1, 2, 3, 4, 5}),
      ElementsAre(OwnPort{80, {"127.0.0.1", "::1"}}, OwnPort{81, {"127.0.0.1", "::1"}}, OwnPort{82, {"172.17.0.2"}}));
}

TEST(Ports, OfOthersAreNeverAsked) {
  EXPECT_THAT(ports_of({{"0.0.0.0", 80, 1}, {"127.0.0.1", 22, 2}}, {1}), ElementsAre(OwnPort{80, {"127.0.0.1"}}));
  // [::]:80 for IPv6 alone beside somebody's 127.0.0.1:80.
  EXPECT_THAT(ports_of({{"::", 80, 1}, {"127.0.0.1", 80, 2}}, {1}), ElementsAre(OwnPort{80, {"::1"}}));
  // The same port twice, by SO_REUSEPORT: nobody knows who would answer.
  EXPECT_THAT(ports_of({{"0.0.0.0", 80, 1}, {"0.0.0.0", 80, 2}}, {1}), IsEmpty());
  EXPECT_THAT(ports_of({{"0.0.0.0", 80, 1}, {"0.0.0.0", 80, 2}}, {1, 2}), ElementsAre(OwnPort{80, {"127.0.0.1"}}));
  EXPECT_THAT(ports_of({{"127.0.0.1", 80, 1}, {"::", 80, 2}}, {1}), IsEmpty());
}

TEST(Ports, AreFoundThroughTheProcessesThatHoldThem) {
  const Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof where;
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  ASSERT_EQ(::bind(server.get(), address, size), 0);
  ASSERT_EQ(::getsockname(server.get(), address, &size), 0);
  const std::uint16_t port = ntohs(where.sin_port);
  const auto is_listed = [&] {
    const auto ports = own_ports(::getpid());
    return ports && std::ranges::find(*ports, OwnPort{port, {"127.0.0.1"}}) != ports->end();
  };
  EXPECT_FALSE(is_listed());
  ASSERT_EQ(::listen(server.get(), 1), 0);
  EXPECT_TRUE(is_listed());
}

TEST(Network, IsOursWhereWeAreInItAlready) {
  bool done = false;
  EXPECT_TRUE(in_network_of(::getpid(), [&] { done = true; }));
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace winnow
