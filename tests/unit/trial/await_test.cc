// SPDX-License-Identifier: Apache-2.0
// What a container waits for until it can be tested, and what is said of one that never gets there.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "engines.h"
#include "trial/ready.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using test::connect_to;
using test::container_json;
using test::plain;
using test::pong;
using test::ScriptedServer;
using ::testing::HasSubstr;

constexpr const char* kRuns = R"("Running":true,"Pid":7)";

// A frame of a container's log: what it wrote to stdout.
std::string frame(const std::string& text) {
  return std::string("\1\0\0\0\0\0\0", 7) + static_cast<char>(text.size()) + text;
}

std::string health(const std::string& status) {
  return std::string(kRuns) + R"(,"Health":{"Status":")" + status + "\"}";
}

// An engine whose container "c1" is always in this STATE. MORE are further members, LOG is what it wrote.
ScriptedServer engine_with(const std::string& state, const std::string& more = "", const std::string& log = "") {
  return ScriptedServer(
      {{"GET /_ping", pong()},
       {"GET /v1.41/containers/c1/json", plain(container_json("c1", 'a', state, R"("Image":"app")", more))},
       {"GET /v1.41/containers/c1/logs", plain(frame(log))}});
}

Result<Container> awaited(const ScriptedServer& server, const TestBed& bed, const std::stop_token& stop = {},
                          const std::vector<std::string>& environment = {}) {
  TRY(const auto engine, connect_to(server));
  return wait_ready(engine, "c1", bed, environment, "", stop);
}

// Without any patience: what is not ready at once is an error.
TestBed at_once() {
  TestBed bed;
  bed.ready_timeout = std::chrono::seconds(0);
  return bed;
}

// A TCP socket on the loopback interface that has a port, and listens once it is told to.
class Socket {
 public:
  Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    EXPECT_EQ(::bind(fd_.get(), address, size), 0);
    EXPECT_EQ(::getsockname(fd_.get(), address, &size), 0);
    port_ = ntohs(where.sin_port);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};  // of accept4()
    EXPECT_EQ(::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
  }
  void listen() const { ASSERT_EQ(::listen(fd_.get(), 16), 0); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  // As an engine says it: port 80 of the container is published there.
  [[nodiscard]] std::string published() const {
    return R"(,"NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":")" + std::to_string(port_) +
           R"("}]}})";
  }

 private:
  Fd fd_;
  std::uint16_t port_ = 0;
};

TEST(Ready, IsAContainerThatRunsAndHasNeitherHealthCheckNorPort) {
  const auto server = engine_with(kRuns);
  const auto container = awaited(server, at_once());
  ASSERT_TRUE(container) << container.error().what;
  EXPECT_EQ(container->id, "c1");
  EXPECT_EQ(container->pid, 7);
}

TEST(Ready, IsWhatItsHealthCheckCallsHealthy) {
  EXPECT_TRUE(awaited(engine_with(health("healthy")), at_once()));
  for (const std::string state : {"starting", "unhealthy"}) {
    const auto container = awaited(engine_with(health(state), "", "no route\n"), at_once());
    ASSERT_FALSE(container) << state;
    EXPECT_EQ(container.error().what, "the container was not ready after 0 s: its health check says " + state +
                                          "; its last words:\n  no route");
    EXPECT_EQ(container.error().advice, Advice::kNotReady);
  }
}

TEST(Ready, IsSaidByTheHealthCheckEvenIfNoPortAccepts) {
  const Socket closed;
  EXPECT_TRUE(awaited(engine_with(health("healthy"), closed.published()), at_once()));
  EXPECT_FALSE(awaited(engine_with(kRuns, closed.published()), at_once()));
}

TEST(Ready, IsAPortThatAcceptsAndStaysOpen) {
  const Socket socket;
  const auto server = engine_with(kRuns, socket.published());
  const auto before = awaited(server, at_once());
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().what, "the container was not ready after 0 s: none of its TCP ports accepts: 80");
  socket.listen();
  EXPECT_TRUE(awaited(server, at_once()));
}

TEST(Ready, IsAPortWhoseServerSpeaksFirst) {
  const Socket socket;
  socket.listen();
  const std::jthread greeter([&] {
    const Fd client(::accept4(socket.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    (void)!::write(client.get(), "220 hello\r\n", 11);
  });
  EXPECT_TRUE(awaited(engine_with(kRuns, socket.published()), at_once()));
}

TEST(Ready, IsNotAwaitedAtAPortThatCannotBeReached) {
  EXPECT_TRUE(awaited(engine_with(kRuns, R"(,"NetworkSettings":{"Ports":{"80/tcp":null}})"), at_once()));
}

TEST(Ready, IsWhatTheCommandSaysWhateverTheHealthCheckDoes) {
  TestBed bed = at_once();
  bed.ready = "true";
  EXPECT_TRUE(awaited(engine_with(health("unhealthy")), bed));
  bed.ready = "exit 3";
  const auto container = awaited(engine_with(health("healthy")), bed);
  ASSERT_FALSE(container);
  EXPECT_THAT(container.error().what, HasSubstr("not ready after 0 s: `exit 3` returned 3"));
  EXPECT_EQ(container.error().advice, Advice::kNotReady);
}

TEST(Ready, IsAskedByACommandThatKnowsTheContainer) {
  const Socket socket;
  TestBed bed;
  bed.ready =
      R"(test "$WINNOW_CONTAINER $WINNOW_ADDRESS $WINNOW_IMAGE" = "c1 127.0.0.1 app" && test -n "$WINNOW_PORT_80")";
  bed.ready_timeout = 0s;
  const auto server = engine_with(kRuns, socket.published());
  EXPECT_TRUE(awaited(server, bed, {}, {"WINNOW_IMAGE=app"}));
  EXPECT_FALSE(awaited(server, bed, {}, {"WINNOW_IMAGE=other"}));
}

TEST(Ready, IsAwaitedAgainAndAgain) {
  const winnow::test::TemporaryDirectory directory;
  TestBed bed;
  bed.ready = "echo >>" + directory / "asked" + "; test $(wc -l <" + directory / "asked" + ") -ge 3";
  EXPECT_TRUE(awaited(engine_with(kRuns), bed));
  EXPECT_EQ(read_file(directory / "asked").value_or(""), "\n\n\n");
}

TEST(Ready, IsNoContainerThatHasEndedAndItsLastWordsSayWhy) {
  const auto ended =
      awaited(engine_with(R"("Running":false,"ExitCode":127)", "", "loading\n\nno \x1b such library\n"), TestBed());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().what,
            "the container ended with status 127; its last words:\n  loading\n  no \\x1b such library");
  EXPECT_EQ(ended.error().advice, Advice::kEndsByItself);
  const auto silent = awaited(engine_with(R"("Running":false,"ExitCode":0)"), TestBed());
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().what, "the container ended with status 0");
}

TEST(Ready, IsNoContainerThatCouldNotBeStarted) {
  const auto failed = awaited(engine_with(R"("Running":false,"ExitCode":128,"Error":"exec: \"x\": not found")"), {});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().what, HasSubstr(R"(status 128 (exec: "x": not found))"));
}

TEST(Ready, IsNoContainerThatVanished) {
  const ScriptedServer server({{"GET /_ping", pong()}});
  const auto gone = awaited(server, TestBed());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().what, "the container vanished before it was ready");
}

TEST(Ready, IsNotAwaitedAnyMoreAfterAStop) {
  std::stop_source stop;
  const auto server = engine_with(health("starting"));
  stop.request_stop();
  const auto container = awaited(server, TestBed(), stop.get_token());
  ASSERT_FALSE(container);
  EXPECT_EQ(container.error().what, "interrupted");
}

Result<std::optional<int>> ended(const ScriptedServer& server, std::optional<std::chrono::milliseconds> limit,
                                 const std::stop_token& stop = {}) {
  TRY(const auto engine, connect_to(server));
  return wait_end(engine, "c1", limit, stop);
}

TEST(End, HasTheStatusOfTheContainer) {
  const auto status = ended(engine_with(R"("Running":false,"ExitCode":42)"), std::nullopt);
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(*status, 42);
}

TEST(End, IsNotThereWhenTheTimeIsOver) {
  const auto status = ended(engine_with(kRuns), 0ms);
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(*status, std::nullopt);
}

TEST(End, OfAContainerThatRemovesItselfIsNotKnown) {
  const auto status = ended(ScriptedServer({{"GET /_ping", pong()}}), std::nullopt);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().what, HasSubstr("vanished before its exit status"));
  EXPECT_THAT(status.error().hint, HasSubstr("--rm"));
}

TEST(End, IsNotAwaitedAnyMoreAfterAStop) {
  std::stop_source stop;
  stop.request_stop();
  const auto status = ended(engine_with(kRuns), std::nullopt, stop.get_token());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "interrupted");
}

TEST(End, OfAnEngineThatFailsIsItsError) {
  const ScriptedServer server(
      {{"GET /_ping", pong()},
       {"GET /v1.41/containers/c1/json", plain(R"({"message":"the disk is full"})", "500 Internal Server Error")}});
  const auto status = ended(server, std::nullopt);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().what, HasSubstr("the disk is full"));
  EXPECT_THAT(awaited(server, TestBed()).error().what, HasSubstr("the disk is full"));
}

}  // namespace
}  // namespace winnow
