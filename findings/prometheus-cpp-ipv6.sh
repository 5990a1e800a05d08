#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Debian's prometheus-cpp cannot serve metrics on IPv6: "[::]:9090" is said to be a port's fault, "+9090" listens on IPv4 alone.
#
# Versions: Debian 12: prometheus-cpp-dev and libprometheus-cpp-{core,pull}1.0 1.0.1-1, libcivetweb1 1.15+dfsg-4.
#
# prometheus-cpp's Exposer hands its address to civetweb, which has IPv6 only if it is built with USE_IPV6; Debian builds it
# without. Behaviour: an address in brackets, and a list that has one, fails with an error that speaks of the port. "+PORT", which
# civetweb's manual calls IPv4 and IPv6, starts and has one socket, an IPv4 one. So an exporter in a pod of an IPv6 cluster
# either does not start, or is up and never scraped. mg_check_feature(8) of civetweb is the question to ask before.
#
# Output:
#   civetweb: feature TLS 2, feature IPv6 0
#   socket of this machine on [::1]: ok
#   127.0.0.1:9090: listens on 127.0.0.1:9090
#   [::1]:9090: null context when constructing CivetServer. Possible problem binding to port.
#   [::]:9090: null context when constructing CivetServer. Possible problem binding to port.
#   127.0.0.1:9090,[::1]:9090: null context when constructing CivetServer. Possible problem binding to port.
#   +9090: listens on 0.0.0.0:9090
#
# Usage, as root on Debian 12, amd64, with g++: findings/prometheus-cpp-ipv6.sh. The packages are unpacked into a temporary
# directory, and the servers listen in a network of their own; the host keeps none of it. Status: 0 as above, 1 something is
# different now, 77 the packages, g++ or root are not to be had.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
command -v g++ >/dev/null || { echo "SKIP: no g++"; exit 77; }
self=$(realpath "$0")
work=$(mktemp -d /var/tmp/finding-XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work"

(mkdir debs && cd debs && apt-get -o APT::Sandbox::User=root download prometheus-cpp-dev=1.0.1-1 libprometheus-cpp-core1.0=1.0.1-1 \
  libprometheus-cpp-pull1.0=1.0.1-1 libcivetweb1=1.15+dfsg-4 iproute2 >../log 2>&1) ||
  { echo "SKIP: no such packages: $(tail -1 log)"; exit 77; }
for deb in debs/*.deb; do dpkg-deb -x "$deb" host; done
libraries=$work/host/usr/lib/x86_64-linux-gnu

cat >serve.cc <<'CC'
#include <dlfcn.h>
#include <netinet/in.h>
#include <prometheus/exposer.h>
#include <sys/socket.h>

#include <cstdlib>
#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  auto* feature = reinterpret_cast<unsigned (*)(unsigned)>(dlsym(RTLD_DEFAULT, "mg_check_feature"));
  std::cout << "civetweb: feature TLS " << feature(2) << ", feature IPv6 " << feature(8) << "\n";
  const int control = socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  std::cout << "socket of this machine on [::1]: "
            << (bind(control, reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) == 0 ? "ok" : "none") << "\n";
  for (int i = 1; i < argc; ++i) try {
      std::cout << argv[i] << ": " << std::flush;
      const prometheus::Exposer exposer(argv[i]);
      std::cout << "listens on " << std::flush;
      if (std::system("ss -ltnH | awk '{ print $4 }' | paste -sd' '") != 0) return 1;
    } catch (const std::exception& error) {
      std::cout << error.what() << "\n";
    }
}
CC
g++ -Ihost/usr/include -o serve serve.cc -L"$libraries" -Wl,-rpath,"$libraries" -Wl,-rpath-link,"$libraries" \
  -l:libprometheus-cpp-pull.so.1.0 -l:libprometheus-cpp-core.so.1.0 -l:libcivetweb.so.1
PATH=$work/host/bin:$work/host/sbin:$PATH unshare -n sh -c 'ip link set lo up && exec ./serve "$@"' sh \
  127.0.0.1:9090 "[::1]:9090" "[::]:9090" "127.0.0.1:9090,[::1]:9090" +9090 | tee found
sed -n '/^# Output:/,/^#$/s/^#   //p' "$self" >expected
diff expected found || { echo "different now"; exit 1; }
