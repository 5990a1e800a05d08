// SPDX-License-Identifier: Apache-2.0
// Waits for containers: health check, a command of the user's, or a TCP port that accepts and stays open.
#include "trial/ready.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "trial/child.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kReadyPoll = 50ms;
constexpr int kConnectMs = 500;
constexpr int kStaysOpenMs = 100;  // an engine's proxy accepts at once, and hangs up when nobody listens inside
constexpr int kLogLines = 20;
constexpr const char* kLoopback = "127.0.0.1";

Error with_log(const Engine& engine, const std::string& id, std::string what) {
  const auto log = engine.container_log(id, kLogLines);
  Error error{std::move(what)};
  if (!log || log->both.empty()) return error;
  error.what += "; its last words:" + shown_lines(log->both);
  return error;
}

struct Door {
  std::string address;
  std::uint16_t port = 0;
};

// Where PORT of the container can be asked from here; port 0: nowhere.
Door door_of(const Container& container, const Port& port) {
  if (container.host_network) return {kLoopback, port.container};
  if (port.host != 0) return {kLoopback, port.host};
  if (!container.address.empty()) return {container.address, port.container};
  return {};
}

// Whether somebody listens there: accepts, and does not hang up at once.
bool answers(const Door& door) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(door.port);
  if (door.port == 0 || ::inet_pton(AF_INET, door.address.c_str(), &where.sin_addr) != 1) return false;
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return false;
  const auto* const address = reinterpret_cast<const sockaddr*>(&where);
  if (::connect(fd.get(), address, sizeof where) != 0 && errno != EINPROGRESS) return false;
  pollfd ready{fd.get(), POLLOUT, 0};
  if (::poll(&ready, 1, kConnectMs) != 1 || (ready.revents & (POLLERR | POLLHUP)) != 0) return false;
  ready = {fd.get(), POLLIN, 0};
  if (::poll(&ready, 1, kStaysOpenMs) == 0) return true;
  char byte = 0;
  return ::recv(fd.get(), &byte, 1, MSG_PEEK) > 0;  // it speaks first
}

// Which of its ports are awaited, in words; empty: one accepts, or none can be reached.
std::string closed_ports(const Container& now) {
  std::string waited;
  for (const Port& port : now.ports) {
    const Door door = door_of(now, port);
    if (answers(door)) return "";
    if (door.port != 0) waited += fmt::format("{}{}", waited.empty() ? "" : ", ", port.container);
  }
  return waited.empty() ? "" : "none of its TCP ports accepts: " + waited;
}

}  // namespace

std::vector<std::string> environment_of(const Container& container) {
  const bool published = std::ranges::any_of(container.ports, [](const Port& port) { return port.host != 0; });
  const bool loopback = container.host_network || published || container.address.empty();
  std::vector<std::string> environment = {"WINNOW_CONTAINER=" + container.id,
                                          "WINNOW_ADDRESS=" + (loopback ? kLoopback : container.address)};
  for (const Port& port : container.ports)
    if (const Door door = door_of(container, port); door.port != 0)
      environment.push_back(fmt::format("WINNOW_PORT_{}={}", port.container, door.port));
  return environment;
}

Error not_ready(const Engine& engine, const std::string& id, const TestBed& bed, const std::string& what) {
  Error error =
      with_log(engine, id, fmt::format("the container was not ready after {} s: {}", bed.ready_timeout.count(), what));
  error.advice = Advice::kNotReady;
  return error;
}

Result<std::string> said_to_wait_for(const Container& now, const TestBed& bed,
                                     const std::vector<std::string>& environment, const std::string& note,
                                     std::chrono::milliseconds left, const std::stop_token& stop) {
  if (bed.ready.empty()) {
    const bool ready = now.health.empty() || now.health == "healthy";
    return ready ? "" : fmt::format("its health check says {}", printable(now.health));
  }
  auto with_container = environment;
  for (std::string& one : environment_of(now)) with_container.push_back(std::move(one));
  std::string errors;
  TRY(const auto status, run_command({"sh", "-c", bed.ready}, with_container, stop,
                                     {.output = Output::kDiscarded, .errors = &errors, .limit = left, .note = note}));
  return status == 0 ? "" : fmt::format("`{}` returned {}", printable(bed.ready), status);
}

Result<Container> wait_ready(const Engine& engine, const std::string& id, const TestBed& bed,
                             const std::vector<std::string>& environment, const std::string& note,
                             const std::stop_token& stop) {
  const auto deadline = Clock::now() + bed.ready_timeout;
  while (!stop.stop_requested()) {
    const auto container = engine.find_container(id);
    if (!container) return std::unexpected(container.error());
    if (!*container) return fail("the container vanished before it was ready");
    const Container& now = **container;
    if (!now.running) {
      Error error = with_log(engine, id,
                             fmt::format("the container ended with status {}{}", now.exit_code,
                                         now.error.empty() ? "" : fmt::format(" ({})", printable(now.error))));
      error.advice = Advice::kEndsByItself;
      return std::unexpected(error);
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    TRY(auto waits_for, said_to_wait_for(now, bed, environment, note, std::max(left, 1ms), stop));
    if (waits_for.empty() && bed.ready.empty() && now.health.empty()) waits_for = closed_ports(now);
    if (waits_for.empty()) return now;
    if (Clock::now() > deadline) return std::unexpected(not_ready(engine, id, bed, waits_for));
    std::this_thread::sleep_for(kReadyPoll);
  }
  return fail("interrupted");
}

Result<std::optional<int>> wait_end(const Engine& engine, const std::string& id,
                                    std::optional<std::chrono::milliseconds> limit, const std::stop_token& stop) {
  const auto begun = Clock::now();
  while (!stop.stop_requested()) {
    TRY(const auto container, engine.find_container(id));
    if (!container) return fail("the container vanished before its exit status was known", "do not give --rm here");
    if (!container->running) return container->exit_code;
    if (limit && Clock::now() - begun > *limit) return std::nullopt;
    std::this_thread::sleep_for(kReadyPoll);
  }
  return fail("interrupted");
}

}  // namespace winnow
